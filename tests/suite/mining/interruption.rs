//! Mining to a file, killed and taken up again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use motherlode::dataset::Reader;
use motherlode::gold::{Design, Miner};
use motherlode_simulators::Galton;
use tempfile::TempDir;

use super::files::mine_quietly;
use super::fixtures::Coin;

/// Where the child process of `a_killed_process_is_resumed` mines to; unset in an ordinary test run.
const CHILD: &str = "MOTHERLODE_TEST_MINE_TO";
const N_EVENTS: u64 = 300_000;

fn pair() -> Design {
    Design::Pair {
        theta0: vec![-0.8],
        theta1: vec![-0.6],
    }
}

fn parts(path: &Path) -> PathBuf {
    path.with_extension("h5.parts")
}

fn part_names(path: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(parts(path))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|name| name.extension().is_some_and(|extension| extension == "h5"))
        .collect();
    names.sort();
    names
}

#[test] // does something only in the child process of the next test
fn mine_as_a_child() {
    if let Some(path) = std::env::var_os(CHILD) {
        let galton = Galton::default();
        mine_quietly(
            &Miner::new(&galton, pair(), 8).unwrap(),
            N_EVENTS,
            None,
            Path::new(&path),
            false,
        )
        .unwrap();
    }
}

#[test]
fn a_killed_process_is_resumed() {
    let directory = TempDir::new().unwrap();
    let (path, untouched) = (
        directory.path().join("killed.h5"),
        directory.path().join("untouched.h5"),
    );
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "mining::interruption::mine_as_a_child"])
        .env(CHILD, &path)
        .stdout(Stdio::null())
        .spawn()
        .expect("the test binary can be run again");
    let began = Instant::now();
    while part_names(&path).len() < 3 && !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child does not mine");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();

    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    if !path.exists() {
        mine_quietly(&miner, N_EVENTS, None, &path, false).unwrap();
    }
    mine_quietly(&miner, N_EVENTS, None, &untouched, false).unwrap();
    assert!(
        fs::read(&path).unwrap() == fs::read(&untouched).unwrap(),
        "the resumed file differs"
    );
    assert!(!parts(&path).exists());
}

/// What an interrupted run leaves behind: parts from one event to before another.
fn interrupt(miner: &Miner<'_>, path: &Path, ranges: &[(u64, u64)]) {
    fs::create_dir(parts(path)).unwrap();
    for &(first, end) in ranges {
        let part = parts(path).join(format!("part-{first:015}.h5"));
        miner.events(first..end).unwrap().write(&part).unwrap();
    }
}

#[test]
fn finished_parts_are_used_and_gaps_are_filled() {
    let directory = TempDir::new().unwrap();
    let whole = directory.path().join("whole.h5");
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    mine_quietly(&miner, 3_000, None, &whole, false).unwrap();
    let whole = fs::read(whole).unwrap();
    // All parts, the first only, the first missing, one missing in between.
    let cases: [&[(u64, u64)]; 4] = [
        &[(0, 1_000), (1_000, 3_000)],
        &[(0, 64)],
        &[(500, 900)],
        &[(0, 64), (1_000, 1_001), (2_000, 3_000)],
    ];
    for (k, ranges) in cases.into_iter().enumerate() {
        let path = directory.path().join(format!("resumed{k}.h5"));
        interrupt(&miner, &path, ranges);
        fs::write(parts(&path).join("part-000000000000064.h5.tmp"), "half a part").unwrap();
        let first = OnceLock::new();
        let progress = &|done: u64, total: u64| {
            first.get_or_init(|| (done, total));
        };
        let options = motherlode::dataset::MineOptions { force: false, progress };
        motherlode::dataset::mine_to_file(&miner, 3_000, None, &path, options).unwrap();
        assert_eq!(first.get(), Some(&(0, 3_000)));
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert!(!parts(&path).exists());
    }
}

#[test]
fn killed_after_the_last_rename_only_tidying_is_left() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let miner = Miner::new(&Coin, Design::Reference { theta: vec![0.5] }, 8).unwrap();
    mine_quietly(&miner, 100, None, &path, false).unwrap();
    let whole = fs::read(&path).unwrap();
    interrupt(&miner, &path, &[(0, 100)]);
    mine_quietly(&miner, 100, None, &path, false).unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
    assert!(!parts(&path).exists());
    // The same command once more is a request to replace the file.
    assert!(mine_quietly(&miner, 100, None, &path, false).unwrap_err().is_usage());
}

/// What is in progress is told to whoever looks for the result, and to whoever asks for something else.
#[test]
fn an_interrupted_command_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let absent = |path: &Path| Reader::open(path).unwrap_err().to_string();
    assert!(absent(&path).contains("check the name"), "nothing was begun yet");
    // A disk that is full after the first part.
    fs::create_dir(parts(&path)).unwrap();
    fs::create_dir(parts(&path).join("part-000000000000064.h5.tmp")).unwrap();
    let galton = Galton::default();
    let mine = |seed, n| mine_quietly(&Miner::new(&galton, pair(), seed).unwrap(), n, None, &path, false);
    assert!(mine(8, 1_000).is_err());
    assert_eq!(part_names(&path).len(), 1);
    let command = "1000 events of galton, seed 8, θ0 = -0.8 against θ1 = -0.6";
    let message = absent(&path);
    assert!(
        message.contains("data.h5.parts") && message.contains(command),
        "{message}"
    );
    let message = mine(9, 500).unwrap_err().to_string();
    assert!(
        message.contains(command) && message.contains("500 events of galton, seed 9"),
        "{message}"
    );
    fs::remove_dir(parts(&path).join("part-000000000000064.h5.tmp")).unwrap();
    mine(8, 1_000).unwrap();
    assert!(path.exists() && !parts(&path).exists());
}

#[test]
fn parts_of_another_command_are_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    interrupt(&miner, &path, &[(0, 100), (100, 200)]);
    let other_design = Design::Reference { theta: vec![0.5] };
    let others = [
        (Miner::new(&galton, pair(), 9).unwrap(), 1_000, None),
        (Miner::new(&galton, other_design, 8).unwrap(), 1_000, None),
        (
            Miner::new(&galton, pair(), 8).unwrap().with_memories(false),
            1_000,
            None,
        ),
        (Miner::new(&galton, pair(), 8).unwrap(), 150, None),
        (Miner::new(&galton, pair(), 8).unwrap(), 1_000, Some((2, 2))),
    ];
    for (other, n_events, shard) in others {
        let message = mine_quietly(&other, n_events, shard, &path, false)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("data.h5.parts") && message.contains("interrupted"),
            "{message}"
        );
        assert_eq!(part_names(&path).len(), 2, "the parts of the other command are kept");
    }
    // A damaged part is named, not papered over.
    fs::write(parts(&path).join("part-000000000000100.h5"), "damaged").unwrap();
    let message = mine_quietly(&miner, 1_000, None, &path, false).unwrap_err().to_string();
    assert!(message.contains("part-000000000000100.h5"), "{message}");
    // Who asks for it gives them up.
    mine_quietly(&miner, 150, None, &path, true).unwrap();
    assert!(path.exists() && !parts(&path).exists());
}
