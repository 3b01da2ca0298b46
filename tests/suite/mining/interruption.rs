//! Mining to a file, killed and taken up again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use motherlode::dataset::{MineOptions, Reader, mine_to_file};
use motherlode::gold::{Design, Miner};
use motherlode::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode::{ErrorKind, Progress, Real};
use motherlode_simulators::Galton;
use tempfile::TempDir;

use super::files::mine_quietly;
use super::fixtures::Coin;

/// Where the child process of `a_killed_process_is_resumed` mines to; unset in an ordinary test run.
const CHILD: &str = "MOTHERLODE_TEST_MINE_TO";
const N_EVENTS: u64 = 40_000;
/// The child saves its events each time that it has mined this many more.
const SAVED_AT_LEAST: u64 = 500;

fn pair() -> Design {
    Design::Pair {
        theta0: vec![-0.8],
        theta1: vec![-0.6],
    }
}

fn partial(path: &Path) -> PathBuf {
    path.with_extension("h5.partial")
}

fn cursor(path: &Path) -> PathBuf {
    partial(path).join("cursor.json")
}

/// Stops once so many events of all are mined.
struct StopAfter {
    limit: u64,
    done: AtomicU64,
}

impl StopAfter {
    fn new(limit: u64) -> Self {
        let done = AtomicU64::new(0);
        Self { limit, done }
    }
}

impl Progress for StopAfter {
    fn report(&self, done: u64, _: u64) {
        self.done.fetch_max(done, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.limit
    }
}

/// Mines until at least `limit` events are done, and leaves them beside the output.
fn interrupt(miner: &Miner<'_>, n_events: u64, path: &Path, limit: u64) {
    let stop = StopAfter::new(limit);
    let options = MineOptions::new().with_progress(&stop);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let error = pool
        .install(|| mine_to_file(miner, n_events, None, path, options))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(cursor(path).exists() && !path.exists());
}

#[test] // does something only in the child process of the next test
fn mine_as_a_child() {
    if let Some(path) = std::env::var_os(CHILD) {
        let galton = Galton::default();
        let miner = Miner::new(&galton, pair(), 8).unwrap();
        let path = Path::new(&path);
        // Stopped on purpose every now and then, so that it saves often.
        for limit in (SAVED_AT_LEAST..).step_by(SAVED_AT_LEAST as usize) {
            let stop = StopAfter::new(limit);
            let options = MineOptions::new().with_progress(&stop);
            if mine_to_file(&miner, N_EVENTS, None, path, options).is_ok() {
                break;
            }
        }
    }
}

/// Number of events that the cursor beside `path` says are saved.
fn saved_events(path: &Path) -> u64 {
    let cursor = fs::read_to_string(cursor(path)).unwrap_or_default();
    let cursor: serde_json::Value = serde_json::from_str(&cursor).unwrap_or_default();
    cursor["extent"]["n_events"].as_u64().unwrap_or(0)
}

#[test]
fn a_killed_process_is_resumed() {
    let directory = TempDir::new().unwrap();
    let untouched = directory.path().join("untouched.h5");
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    mine_quietly(&miner, N_EVENTS, None, &untouched, false).unwrap();
    let untouched = fs::read(&untouched).unwrap();
    let mut was_resumed = false;
    for kill_after in [1, 5_000, 10_000, 20_000] {
        let path = directory.path().join(format!("killed_after_{kill_after}.h5"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "mining::interruption::mine_as_a_child"])
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .spawn()
            .expect("the test binary can be run again");
        let began = Instant::now();
        while saved_events(&path) < kill_after && !path.exists() {
            assert!(began.elapsed() < Duration::from_secs(60), "the child does not mine");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        was_resumed |= !path.exists();
        if !path.exists() {
            mine_quietly(&miner, N_EVENTS, None, &path, false).unwrap();
        }
        assert!(fs::read(&path).unwrap() == untouched, "the resumed file differs");
    }
    assert!(was_resumed, "the child was always faster than the kill");
}

#[test]
fn saved_events_are_used_and_the_rest_is_mined() {
    let directory = TempDir::new().unwrap();
    let whole = directory.path().join("whole.h5");
    let galton = Galton::default();
    for memories in [true, false] {
        let miner = Miner::new(&galton, pair(), 8).unwrap().with_memories(memories);
        mine_quietly(&miner, 3_000, None, &whole, true).unwrap();
        let whole = fs::read(&whole).unwrap();
        for (k, limit) in [64, 700, 1_500].into_iter().enumerate() {
            let path = directory.path().join(format!("resumed{k}{memories}.h5"));
            interrupt(&miner, 3_000, &path, limit);
            interrupt(&miner, 3_000, &path, limit + 500);
            // A process that was killed while it wrote leaves rows beyond the cursor, and a cursor under another name.
            let x = partial(&path).join("x.raw");
            let mut rows = fs::read(&x).unwrap();
            rows.extend(b"half a row of x");
            fs::write(&x, rows).unwrap();
            fs::write(partial(&path).join("cursor.json.0123456789abcdef.tmp"), "half a cursor").unwrap();
            let first = OnceLock::new();
            let progress = &|done: u64, total: u64| {
                first.get_or_init(|| (done, total));
            };
            mine_to_file(&miner, 3_000, None, &path, MineOptions::new().with_progress(progress)).unwrap();
            assert_eq!(first.get(), Some(&(0, 3_000)));
            assert!(fs::read(&path).unwrap() == whole);
            assert!(!partial(&path).exists());
        }
    }
}

/// A coin whose tosses take 20 ms.
struct SlowCoin;

impl Simulator for SlowCoin {
    fn name(&self) -> &str {
        "slow coin"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Coin.parameters()
    }

    fn observables(&self) -> Vec<Observable> {
        Coin.observables()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Coin.hypotheses()
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        std::thread::sleep(Duration::from_millis(20));
        Coin.simulate(theta, trace)
    }
}

#[test]
fn slow_mining_stops_soon_and_is_resumed() {
    let directory = TempDir::new().unwrap();
    let (path, whole) = (directory.path().join("stopped.h5"), directory.path().join("whole.h5"));
    let design = Design::Reference { theta: vec![0.5] };
    let miner = Miner::new(&SlowCoin, design, 8).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.install(|| {
        let began = Instant::now();
        interrupt(&miner, 1_000_000, &path, 24);
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "it went on for {:?}",
            began.elapsed()
        );
        mine_quietly(&miner, 60, None, &path, false).unwrap();
        mine_quietly(&miner, 60, None, &whole, false).unwrap();
    });
    assert_eq!(fs::read(&path).unwrap(), fs::read(&whole).unwrap());
    assert!(!partial(&path).exists());
}

#[test]
fn killed_after_the_last_rename_only_tidying_is_left() {
    let directory = TempDir::new().unwrap();
    let (path, other) = (directory.path().join("data.h5"), directory.path().join("other.h5"));
    let miner = Miner::new(&Coin, Design::Reference { theta: vec![0.5] }, 8).unwrap();
    interrupt(&miner, 100, &path, 50);
    mine_quietly(&miner, 100, None, &other, false).unwrap();
    let whole = fs::read(&other).unwrap();
    fs::rename(&other, &path).unwrap();
    mine_quietly(&miner, 100, None, &path, false).unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
    assert!(!partial(&path).exists());
    // The same command once more is a request to replace the file.
    assert!(mine_quietly(&miner, 100, None, &path, false).unwrap_err().is_usage());
}

/// Remains of an interrupted command are used as they were written, or refused: one flipped bit of any of its files.
#[test]
fn damaged_events_of_an_interrupted_command_are_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    interrupt(&miner, 1_000, &path, 64);
    let files = fs::read_dir(partial(&path)).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|file| !file.ends_with("task.json")).collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let sound = fs::read(&file).unwrap();
        for place in [0, sound.len() / 3, sound.len() / 2] {
            let mut damaged = sound.clone();
            damaged[place] ^= 1;
            fs::write(&file, &damaged).unwrap();
            let refused = mine_quietly(&miner, 1_000, None, &path, false).unwrap_err().to_string();
            assert!(
                refused.contains("is damaged") && refused.contains("--force"),
                "{}: {refused}",
                file.display()
            );
            assert!(!path.exists());
        }
        fs::write(&file, sound).unwrap();
    }
    mine_quietly(&miner, 1_000, None, &path, false).unwrap();
}

/// Errors of a missing result and of another command name the command that was interrupted.
#[test]
fn an_interrupted_command_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let absent = |path: &Path| Reader::open(path).unwrap_err().to_string();
    assert!(absent(&path).contains("check the name"), "nothing was begun yet");
    let galton = Galton::default();
    let miner = |seed| Miner::new(&galton, pair(), seed).unwrap();
    interrupt(&miner(8), 1_000, &path, 64);
    let command = "1000 events of galton, seed 8, θ0 = -0.8 against θ1 = -0.6";
    let message = absent(&path);
    assert!(
        message.contains("data.h5.partial") && message.contains(command),
        "{message}"
    );
    let message = mine_quietly(&miner(9), 500, None, &path, false)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains(command) && message.contains("500 events of galton, seed 9"),
        "{message}"
    );
    mine_quietly(&miner(8), 1_000, None, &path, false).unwrap();
    assert!(path.exists() && !partial(&path).exists());
}

/// Once mining goes on, puts a folder where the cursor was, so that no new cursor can be written.
struct Obstacle {
    stop: StopAfter,
    cursor: PathBuf,
    aside: PathBuf,
}

impl Progress for Obstacle {
    fn report(&self, done: u64, total: u64) {
        if !self.aside.exists() {
            fs::rename(&self.cursor, &self.aside).unwrap();
            fs::create_dir(&self.cursor).unwrap();
        }
        self.stop.report(done, total);
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }
}

#[test]
fn a_disk_that_fails_leaves_what_was_saved() {
    let directory = TempDir::new().unwrap();
    let (path, whole) = (directory.path().join("data.h5"), directory.path().join("whole.h5"));
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    interrupt(&miner, 1_000, &path, 64);
    let saved = fs::read(cursor(&path)).unwrap();
    let aside = partial(&path).join("aside");
    let stop = Obstacle {
        stop: StopAfter::new(500),
        cursor: cursor(&path),
        aside: aside.clone(),
    };
    assert!(mine_to_file(&miner, 1_000, None, &path, MineOptions::new().with_progress(&stop)).is_err());
    assert_eq!(fs::read(&aside).unwrap(), saved);
    fs::remove_dir(cursor(&path)).unwrap();
    fs::rename(&aside, cursor(&path)).unwrap();
    mine_quietly(&miner, 1_000, None, &path, false).unwrap();
    mine_quietly(&miner, 1_000, None, &whole, false).unwrap();
    assert!(fs::read(&path).unwrap() == fs::read(&whole).unwrap());
}

#[test]
fn events_of_another_command_are_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data.h5");
    let galton = Galton::default();
    let miner = Miner::new(&galton, pair(), 8).unwrap();
    interrupt(&miner, 1_000, &path, 160);
    let saved = fs::read(cursor(&path)).unwrap();
    let other_design = Design::Reference { theta: vec![0.5] };
    let others = [
        (Miner::new(&galton, pair(), 9).unwrap(), 1_000, None),
        (Miner::new(&galton, other_design, 8).unwrap(), 1_000, None),
        (
            Miner::new(&galton, pair(), 8).unwrap().with_memories(false),
            1_000,
            None,
        ),
        (Miner::new(&galton, pair(), 8).unwrap(), 10, None),
        (Miner::new(&galton, pair(), 8).unwrap(), 1_000, Some((2, 2))),
    ];
    for (other, n_events, shard) in others {
        let message = mine_quietly(&other, n_events, shard, &path, false)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("data.h5.partial") && message.contains("interrupted"),
            "{message}"
        );
        assert_eq!(
            fs::read(cursor(&path)).unwrap(),
            saved,
            "the events of the other command are kept"
        );
    }
    // Damaged files are named, not papered over.
    for (name, contents) in [("x.raw", "short"), ("y.raw", ""), ("cursor.json", "{")] {
        let file = partial(&path).join(name);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, contents).unwrap();
        let message = mine_quietly(&miner, 1_000, None, &path, false).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("--force"), "{message}");
        fs::write(&file, whole).unwrap();
    }
    // --force gives them up.
    mine_quietly(&miner, 10, None, &path, true).unwrap();
    assert!(path.exists() && !partial(&path).exists());
}
