//! Data sets in files: written, read back, refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use motherlode::ErrorKind;
use motherlode::dataset::{AugmentedData, FORMAT_VERSION, Header, MineOptions, Reader, merge, mine_to_file};
use motherlode::gold::Miner;
use motherlode::trace::Instrumented;
use motherlode_simulators::Galton;
use tempfile::TempDir;

use super::designs;
use super::fixtures::{Coin, Moody, Walk};

/// Mines to a file, with a silent progress.
pub fn mine_quietly(
    miner: &Miner<'_>,
    n_events: u64,
    shard: Option<(u64, u64)>,
    path: &Path,
    force: bool,
) -> motherlode::Result<()> {
    mine_to_file(miner, n_events, shard, path, MineOptions::new().with_force(force))
}

fn file(directory: &TempDir, name: &str) -> PathBuf {
    directory.path().join(name)
}

#[test]
fn data_survive_a_file() {
    let directory = TempDir::new().unwrap();
    for simulator in [&Galton::default() as &dyn Instrumented, &Walk, &Moody] {
        for (k, design) in designs(simulator).into_iter().enumerate() {
            for memories in [true, false] {
                let miner = Miner::new(simulator, design.clone(), 5)
                    .unwrap()
                    .with_memories(memories);
                let data = miner.events(10..1_010).unwrap();
                let path = file(&directory, &format!("{}{k}{memories}.h5", simulator.name()));
                data.write(&path).unwrap();
                assert_eq!(AugmentedData::read(&path).unwrap(), data);
                assert_eq!(Header::read(&path).unwrap(), data.header);
                for bytes in [fs::read(&path).unwrap(), data.to_bytes().unwrap()] {
                    assert_eq!(AugmentedData::from_bytes(bytes).unwrap(), data);
                }
                let some = Reader::open(&path).unwrap().rows(300..420).unwrap();
                assert_eq!(some, data.select(&(300..420).collect::<Vec<_>>()));
            }
        }
    }
}

#[test]
fn files_do_not_depend_on_threads_shards_or_the_way_they_are_written() {
    let directory = TempDir::new().unwrap();
    for simulator in [&Galton::default() as &dyn Instrumented, &Moody] {
        for (k, design) in designs(simulator).into_iter().enumerate() {
            let path = |kind: &str| file(&directory, &format!("{}{k}{kind}.h5", simulator.name()));
            let miner = Miner::new(simulator, design, 5).unwrap();
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| mine_quietly(&miner, 3_001, None, &path(&format!("on{threads}")), false))
                    .unwrap();
            }
            let whole = fs::read(path("on1")).unwrap();
            assert_eq!(fs::read(path("on2")).unwrap(), whole);

            let shards: Vec<PathBuf> = (1..=3).map(|i| path(&format!("shard{i}"))).collect();
            for (i, shard) in (1..=3).zip(&shards) {
                mine_quietly(&miner, 3_001, Some((i, 3)), shard, false).unwrap();
            }
            assert_eq!(Header::read(&shards[1]).unwrap().first_event, 1_000);
            let shuffled = [shards[2].clone(), shards[0].clone(), shards[1].clone()];
            merge(&shuffled, &path("merged"), false).unwrap();
            assert_eq!(fs::read(path("merged")).unwrap(), whole);

            miner.events(0..3_001).unwrap().write(&path("at_once")).unwrap();
            assert_eq!(fs::read(path("at_once")).unwrap(), whole);
        }
    }
}

#[test]
fn large_tables_span_several_chunks() {
    let directory = TempDir::new().unwrap();
    let galton = Galton::default();
    let [_, prior, ..] = designs(&galton);
    let miner = Miner::new(&galton, prior, 5).unwrap();
    let path = file(&directory, "large.h5");
    mine_quietly(&miner, 200_000, None, &path, false).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.n_events(), 200_000);
    assert_eq!(
        reader.rows(131_000..131_200).unwrap(),
        miner_rows(&miner, 131_000..131_200, &reader)
    );
    let last = reader.rows(199_990..200_000).unwrap();
    assert_eq!(last, miner_rows(&miner, 199_990..200_000, &reader));
    assert!(reader.rows(0..200_001).unwrap_err().is_usage());
    assert_eq!(reader.rows(7..7).unwrap().n_events(), 0);
}

/// The same events, mined again, with the header of the whole file.
fn miner_rows(miner: &Miner<'_>, events: std::ops::Range<u64>, reader: &Reader) -> AugmentedData {
    let mut data = miner.events(events).unwrap();
    data.header = reader.header().clone();
    data
}

#[test]
fn existing_files_are_kept_unless_forced() {
    let directory = TempDir::new().unwrap();
    let [pair, ..] = designs(&Coin);
    let path = file(&directory, "data.h5");
    fs::write(&path, "precious").unwrap();
    let miner = Miner::new(&Coin, pair, 5).unwrap();
    let message = mine_quietly(&miner, 10, None, &path, false).unwrap_err().to_string();
    assert!(
        message.contains("already exists") && message.contains("--force"),
        "{message}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    mine_quietly(&miner, 10, None, &path, true).unwrap();
    assert_eq!(Reader::open(&path).unwrap().n_events(), 10);
    assert!(merge(std::slice::from_ref(&path), &path, false).unwrap_err().is_usage());
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing is left behind"
    );
}

#[test]
fn paths_that_cannot_be_written_are_refused_before_mining() {
    let directory = TempDir::new().unwrap();
    let [pair, ..] = designs(&Coin);
    let miner = Miner::new(&Coin, pair, 5).unwrap();
    let called = AtomicBool::new(false);
    for path in [
        file(&directory, "no/such/directory/data.h5"),
        directory.path().to_owned(),
    ] {
        let progress = &|_: u64, _: u64| called.store(true, Ordering::Relaxed);
        let options = MineOptions::new().with_force(true).with_progress(progress);
        let message = mine_to_file(&miner, 10, None, &path, options).unwrap_err().to_string();
        assert!(message.contains(&*path.to_string_lossy()), "{message}");
    }
    assert!(
        !called.into_inner(),
        "events were mined although the path cannot be written"
    );
}

#[test]
fn shards_that_do_not_exist_or_fit_are_refused() {
    let directory = TempDir::new().unwrap();
    let [pair, prior, ..] = designs(&Coin);
    let miner = Miner::new(&Coin, pair.clone(), 5).unwrap();
    for shard in [(0, 3), (4, 3), (1, 0)] {
        assert!(
            mine_quietly(&miner, 30, Some(shard), &file(&directory, "x.h5"), false)
                .unwrap_err()
                .is_usage()
        );
    }
    assert!(
        mine_quietly(&miner, 0, None, &file(&directory, "x.h5"), false)
            .unwrap_err()
            .is_usage()
    );
    assert!(
        mine_quietly(&miner, 2, Some((1, 3)), &file(&directory, "x.h5"), false)
            .unwrap_err()
            .is_usage()
    );

    let name = |kind: &str| file(&directory, &format!("{kind}.h5"));
    for i in 1..=3 {
        mine_quietly(&miner, 30, Some((i, 3)), &name(&i.to_string()), false).unwrap();
    }
    let other = Miner::new(&Coin, prior, 5).unwrap();
    mine_quietly(&other, 30, Some((2, 3)), &name("other"), false).unwrap();
    let bare = Miner::new(&Coin, pair, 5).unwrap().with_memories(false);
    mine_quietly(&bare, 30, Some((2, 3)), &name("bare"), false).unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["1", "3"], "without gap"),
        (&["1", "1"], "without gap"),
        (&["1", "other"], "another data set"),
        (&["1", "bare"], "memories"),
        (&[], "at least one"),
    ];
    for (shards, words) in cases {
        let shards: Vec<PathBuf> = shards.iter().map(|shard| name(shard)).collect();
        let message = merge(&shards, &name("merged"), false).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        assert!(!name("merged").exists());
    }
}

/// A whole file, as bytes, of three columns of every kind.
fn whole_file(directory: &TempDir) -> Vec<u8> {
    let [.., mixture, _] = designs(&Walk);
    let path = file(directory, "whole.h5");
    Miner::new(&Walk, mixture, 5)
        .unwrap()
        .events(0..50)
        .unwrap()
        .write(&path)
        .unwrap();
    fs::read(path).unwrap()
}

#[test]
fn damaged_files_are_errors_and_never_panics() {
    let directory = TempDir::new().unwrap();
    let whole = whole_file(&directory);
    let path = file(&directory, "damaged.h5");
    let mut lengths: Vec<usize> = (0..whole.len()).step_by(97).collect();
    lengths.extend([1, 7, 8, 9, whole.len() - 1, whole.len() - 8]);
    for length in lengths {
        fs::write(&path, &whole[..length]).unwrap();
        let message = AugmentedData::read(&path)
            .expect_err("a truncated file is refused")
            .to_string();
        assert!(
            message.contains("damaged.h5") && message.contains(':'),
            "{length}: {message}"
        );
    }
    // Flipped bytes may go unseen where they are data, but must never panic.
    for at in (0..whole.len()).step_by(31) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        fs::write(&path, &bytes).unwrap();
        let _ = AugmentedData::read(&path);
    }
    for garbage in [&b""[..], b"x", b"\x89HDF\r\n\x1a\n", &[0x5a; 4096]] {
        fs::write(&path, garbage).unwrap();
        assert!(AugmentedData::read(&path).is_err());
    }
    let message = AugmentedData::read(&file(&directory, "missing.h5"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("missing.h5"), "{message}");
}

#[test]
fn damaged_bytes_are_errors() {
    let [pair, ..] = designs(&Coin);
    let data = Miner::new(&Coin, pair, 5).unwrap().events(0..50).unwrap();
    let bytes = data.to_bytes().unwrap();
    for bytes in [vec![], b"x".to_vec(), bytes[..bytes.len() / 2].to_vec()] {
        let message = AugmentedData::from_bytes(bytes).unwrap_err().to_string();
        assert!(message.contains("data set in memory"), "{message}");
    }
}

#[test]
fn arrays_that_do_not_fit_are_not_written() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "misfit.h5");
    let [pair, ..] = designs(&Walk);
    let data = Miner::new(&Walk, pair, 5).unwrap().events(0..20).unwrap();
    let misfits: [fn(&mut AugmentedData); 6] = [
        |d| d.y = vec![0.0; 3].into(),
        |d| d.theta1 = Some(ndarray::Array2::zeros((20, 3))),
        |d| d.joint_log_ratio = Some(vec![0.0; 19].into()),
        |d| d.header.parameters.clear(),
        |d| d.memories.as_mut().unwrap().memory.clear(),
        |d| *d = d.take(0),
    ];
    for misfit in misfits {
        let mut wrong = data.clone();
        misfit(&mut wrong);
        assert_eq!(wrong.write(&path).unwrap_err().kind(), ErrorKind::Data);
        assert!(!path.exists());
    }
}

/// Runs a script of `tests/python`, or says why it does not.
fn python(script: &str, arguments: &[&Path]) -> Option<String> {
    let known = Command::new("python3").args(["-c", "import h5py"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: python3 with h5py is not installed");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new("python3")
        .arg(script)
        .args(arguments)
        .output()
        .expect("python3 was found before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn h5py_finds_what_it_expects() {
    let directory = TempDir::new().unwrap();
    let [.., mixture, _] = designs(&Walk);
    let path = file(&directory, "walk.h5");
    let miner = Miner::new(&Walk, mixture, u64::MAX).unwrap();
    // Enough that every table has several chunks, of the largest size there is.
    mine_quietly(&miner, 40_000, None, &path, false).unwrap();
    let Some(sums) = python("read_with_h5py.py", &[&path]) else {
        return;
    };
    let data = AugmentedData::read(&path).unwrap();
    let expected = data.x.sum() + data.joint_score0.unwrap().sum() + data.memories.unwrap().memory.iter().sum::<f64>();
    let found: f64 = sums.trim().parse().expect("the script prints a sum");
    assert!(crate::tolerance::close(found, expected, crate::tolerance::ALGEBRA));
}

#[test]
fn files_that_other_tools_have_changed_are_understood_or_refused() {
    let directory = TempDir::new().unwrap();
    whole_file(&directory);
    let whole = file(&directory, "whole.h5");
    if python("change_with_h5py.py", &[&whole, directory.path()]).is_none() {
        return;
    }
    let original = AugmentedData::read(&whole).unwrap();
    assert_eq!(
        AugmentedData::read(&file(&directory, "two_dimensional.h5")).unwrap(),
        original
    );
    let newer = format!("format version {}", FORMAT_VERSION + 1);
    let cases: [(&str, &[&str]); 13] = [
        ("newer.h5", &[&newer, "update"]),
        ("incomplete.h5", &["not complete"]),
        ("foreign.h5", &["format_version", "import"]),
        ("no_x.h5", &["no data set `x`"]),
        ("short_y.h5", &["`y`", "[49]", "[50]"]),
        ("single_precision.h5", &["`x`", "64-bit"]),
        ("not_a_number.h5", &["NaN", "`x`", "event 3"]),
        ("half_a_memory.h5", &["only one of"]),
        ("wrong_memory_end.h5", &["memory_end"]),
        ("no_mixture.h5", &["no data set `mixture`", "belongs to its events"]),
        ("short_mixture.h5", &["`mixture` of shape"]),
        ("infinite_mixture.h5", &["inf in `mixture`"]),
        ("other_theta0.h5", &["`theta0` =", "event 7"]),
    ];
    for (name, words) in cases {
        let message = AugmentedData::read(&file(&directory, name))
            .expect_err(name)
            .to_string();
        for word in words {
            assert!(message.contains(word), "{name}: {message:?} does not say {word:?}");
        }
    }
}

/// No bit of a table can be flipped without a word: chunks have checksums, and headers and tables must fit each other.
#[test]
fn flipped_bits_never_change_the_events() {
    const FLIPS: usize = 400;
    let directory = TempDir::new().unwrap();
    let whole = whole_file(&directory);
    let original = AugmentedData::read(&file(&directory, "whole.h5")).unwrap();
    let events = |data: AugmentedData| AugmentedData {
        header: original.header.clone(),
        ..data
    };
    let mut n_refused = 0;
    for flip in 0..FLIPS {
        let mut damaged = whole.clone();
        let bit = flip * (8 * whole.len() - 1) / (FLIPS - 1);
        damaged[bit / 8] ^= 1 << (bit % 8);
        match AugmentedData::from_bytes(damaged) {
            Ok(data) => {
                assert_eq!(data.header.mixture, original.header.mixture, "bit {bit}");
                assert_eq!(events(data), original, "bit {bit}");
            }
            Err(_) => n_refused += 1,
        }
    }
    assert!(n_refused > FLIPS / 4, "{n_refused} of {FLIPS}");
}
