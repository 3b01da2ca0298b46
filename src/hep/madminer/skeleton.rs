//! An HDF5 file with space for events: the setup of a file of MadMiner.
//!
//! As MadMiner writes it: words of 256 bytes, integers and reals of 64 bits, data sets in one piece each and without attributes.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use hdf5_pure::{Datatype, File, FileBuilder, Layout, make_f64_type, make_i64_type};

use motherlode_core::error::{Error, Result};

/// Bytes of a word.
pub(super) const WORD: usize = 256;
/// Bytes of nothing that are worth a hole in the file.
const HOLE: usize = 1 << 12;

/// A file that is being described: groups of small data sets, and room for large ones.
pub(super) struct Skeleton {
    builder: FileBuilder,
}

/// One data set.
pub(super) enum Content<'a> {
    Words(Vec<&'a str>),
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    /// Numbers of 8 bytes that are filled in later: integers, or else reals.
    Room {
        integers: bool,
    },
}

impl Skeleton {
    pub(super) fn new() -> Self {
        Self {
            builder: FileBuilder::new(),
        }
    }

    /// A group with its data sets, `[name, shape, content]`.
    pub(super) fn group(&mut self, name: &str, sets: Vec<(&str, Vec<usize>, Content)>) -> Result<()> {
        let mut group = self.builder.create_group(name);
        for (set, shape, content) in sets {
            let shape: Vec<u64> = shape.into_iter().map(|n| n as u64).collect();
            let into = group.create_dataset(set);
            match content {
                Content::Words(words) => {
                    let fits = into.with_ascii_strings_sized(&words, WORD as u32).map(drop);
                    fits.map_err(|error| Error::data(format!("`{name}/{set}` cannot be written: {error}")))?;
                }
                Content::Integers(values) => drop(into.with_i64_data(&values)),
                Content::Reals(values) => drop(into.with_f64_data(&values)),
                Content::Room { integers } => {
                    let n: u64 = shape.iter().product();
                    let kind: Datatype = if integers { make_i64_type() } else { make_f64_type() };
                    into.with_raw_data(kind, untouched(n)?, n);
                }
            }
            into.with_shape(&shape);
        }
        self.builder.add_group(group.finish());
        Ok(())
    }

    /// Writes the file; room takes no place on the disk yet, where the file system knows of holes.
    pub(super) fn write(self, path: &Path) -> Result<()> {
        let file = fs::File::create(path).map_err(|error| Error::io(path, error))?;
        let unwritable = |error| match error {
            hdf5_pure::Error::Io(source) => Error::io(path, source),
            other => Error::file(path, format!("cannot be written: {other}")),
        };
        self.builder.finish_to(WithHoles(file)).map_err(unwritable)
    }
}

/// Zeros that no one has looked at, so that they take no memory: the library wants the content of a data set in one piece.
fn untouched(n: u64) -> Result<Vec<u8>> {
    let bytes = usize::try_from(n).ok().and_then(|n| n.checked_mul(8));
    // Asked first, for a refusal would end the program.
    let granted = bytes.filter(|bytes| Vec::<u8>::new().try_reserve_exact(*bytes).is_ok());
    granted.map(|bytes| vec![0; bytes]).ok_or_else(|| {
        Error::data(format!(
            "a data set of {n} numbers is more than this machine can address: write several files"
        ))
    })
}

/// Fills the room of a data set with the `bytes` that a reader has.
pub(super) fn fill(path: &Path, name: &str, bytes: u64, from: &mut impl Read) -> Result<()> {
    let file = File::open_streaming(path);
    let layout = file.and_then(|file| file.dataset(name)?.layout());
    let layout = layout.map_err(|error| Error::file(path, format!("cannot be written: {error}")))?;
    let address = match layout {
        Layout::Contiguous {
            address: Some(address),
            size,
        } if size == bytes => address,
        _ => {
            let what = format!(
                "cannot be written: `{name}` needs {bytes} bytes in one piece, and has no such place in the file"
            );
            return Err(Error::file(path, what));
        }
    };
    let mut copy = || -> io::Result<u64> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.seek(SeekFrom::Start(address))?;
        io::copy(&mut from.take(bytes), &mut file)
    };
    match copy().map_err(|error| Error::io(path, error))? {
        copied if copied == bytes => Ok(()),
        copied => Err(Error::file(
            path,
            format!("cannot be written: of the {bytes} bytes of `{name}` only {copied} are left beside it"),
        )),
    }
}

/// Skips zeros instead of writing them.
struct WithHoles(fs::File);

impl Write for WithHoles {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() < HOLE || bytes.iter().any(|byte| *byte != 0) {
            return self.0.write(bytes);
        }
        let end = self
            .0
            .seek_relative(bytes.len() as i64)
            .and_then(|()| self.0.stream_position())?;
        if self.0.metadata()?.len() < end {
            self.0.set_len(end)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
