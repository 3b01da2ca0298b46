//! Readers of other people's files meet spoiled ones: each ends with an answer or an error. A fixed number of mutations; `cargo fuzz` goes
//! on from there.

use std::fs;
use std::io::Read;
use std::panic::catch_unwind;
use std::path::Path;

use motherlode_core::trace::{Stream, stream};
use rand::RngExt;

#[path = "../../../../fuzz/readers.rs"]
mod readers;

/// Mutations of each file.
const MUTATIONS: u64 = 300;
/// Largest number of bytes of a file: the first events are enough.
const LONGEST: usize = 200_000;

/// Replacements of numbers and words.
const WORDS: [&[u8]; 12] = [
    b"-1",
    b"0",
    b"nan",
    b"1e999",
    b"99999999999999999999",
    b"\xff\xff\xff\xff",
    b"<",
    b">",
    b"\"",
    b"((((",
    b"[[[[",
    b"\n",
];

fn seed(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut plain = Vec::new();
    let is_compressed = flate2::read::GzDecoder::new(bytes.as_slice())
        .read_to_end(&mut plain)
        .is_ok();
    let mut bytes = if is_compressed { plain } else { bytes };
    bytes.truncate(LONGEST);
    bytes
}

/// Loses, repeats or exchanges bytes.
fn mutate(bytes: &mut Vec<u8>, rng: &mut Stream) {
    let n = bytes.len();
    if n == 0 {
        return;
    }
    let at = rng.random_range(0..n);
    let length = rng.random_range(0..=(n - at).min(64));
    match rng.random_range(0..6) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = rng.random(),
        2 => drop(bytes.drain(at..at + length)),
        3 => {
            let again = bytes[at..at + length].to_vec();
            drop(bytes.splice(at..at, again));
        }
        4 => bytes.truncate(at),
        _ => {
            let word = WORDS[rng.random_range(0..WORDS.len())];
            drop(bytes.splice(at..(at + word.len()).min(n), word.iter().copied()));
        }
    }
}

#[test]
fn spoiled_files_are_answered_or_refused() {
    for (name, read, files) in readers::READERS {
        for (f, file) in files.iter().enumerate() {
            let whole = seed(file);
            read(&whole);
            for mutation in 0..MUTATIONS {
                let mut rng = stream(mutation, f as u64, 0);
                let mut bytes = whole.clone();
                (0..1 + mutation % 5).for_each(|_| mutate(&mut bytes, &mut rng));
                let ended = catch_unwind(|| read(&bytes));
                assert!(ended.is_ok(), "{name} panics at mutation {mutation} of {file}");
            }
        }
    }
}
