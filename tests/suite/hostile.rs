//! No argument and no file ends in a panic, an abort or an endless computation: exit codes are 0, 1 and 2, in seconds and bounded memory.
//!
//! `tests/data/hostile_arguments.txt` has one list of arguments a line. The suite runs some of them; `tests/hostile_arguments.sh` all.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command_line::run;

/// Address space of a command: 8 GiB, in kiB.
const MEMORY: u64 = 8 << 20;
/// Longest time of a command, which shares the machine with other tests.
const LIMIT: Duration = Duration::from_secs(20);
/// Of so many lists, the suite runs one.
const SHARE: usize = 12;

fn lists() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../data/hostile_arguments.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A folder with good files, and files whose sizes are lies.
fn workplace() -> TempDir {
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    run(path, "mine galton -n 300 --seed 4 -o a.h5");
    run(path, "mine galton -n 50 --reference -0.7 -o seen.h5");
    run(path, "train alice a.h5 -o a.model --steps 20 --hidden 8");
    run(path, "train nde a.h5 -o density.model --steps 5 --hidden 8");
    let write = |name: &str, bytes: &[u8]| fs::write(path.join(name), bytes).unwrap();
    write("empty", b"");
    write("garbage.h5", b"this is no file");
    write("garbage.model", b"\xff\xff\xff\xff\xff\xff\xff\xff{");
    write("deep.toml", format!("a = {}", "[".repeat(100_000)).as_bytes());
    write("deep.json", "[".repeat(200_000).as_bytes());
    write("huge.npy", &huge_array());
    let model = fs::read(path.join("a.model")).unwrap();
    write("huge.model", &[&(1_u64 << 50).to_le_bytes(), &model[8..]].concat());
    dir
}

/// The header of an array of 3e18 numbers, of which none is there.
fn huge_array() -> Vec<u8> {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000000, 3), }";
    let header = format!("{header:<117}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat()
}

/// Runs a command in bounded memory, for a limited time; `None` if it did not end.
fn run_bounded(dir: &Path, arguments: &str, errors: &Path) -> Option<ExitStatus> {
    let script = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_motherlode"))
        .args(arguments.split_whitespace());
    let errors = fs::File::create(errors).unwrap();
    let mut child = command
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap();
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

/// What is wrong with the end of a command.
fn fault(dir: &Path, arguments: &str, errors: &Path) -> Option<String> {
    let status = run_bounded(dir, arguments, errors);
    let words = fs::read_to_string(errors).unwrap_or_default();
    let is_fine = status.is_some_and(|status| matches!(status.code(), Some(0..=2))) && !words.contains("panicked");
    let end = status.map_or("no end".to_owned(), |status| status.to_string());
    (!is_fine).then(|| format!("{arguments}: {end}: {}", words.lines().last().unwrap_or_default()))
}

fn check<'a>(lists: impl Iterator<Item = &'a str>) {
    let (dir, aside) = (workplace(), TempDir::new().unwrap());
    let good: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let errors = aside.path().join("errors");
    let mut faults = Vec::new();
    for arguments in lists {
        faults.extend(fault(dir.path(), arguments, &errors));
        let made = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        for path in made.filter(|path| !good.contains(path)) {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn some_hostile_arguments_end_in_words() {
    assert!(lists().count() > 300);
    check(lists().step_by(SHARE));
}

/// Takes minutes.
#[test]
#[ignore = "long: tests/hostile_arguments.sh runs it"]
fn all_hostile_arguments_end_in_words() {
    check(lists());
}
