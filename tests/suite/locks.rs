//! Of two processes that write one output, the second leaves with a word, and the first is not disturbed.

use std::fs;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{command, run};

fn start(dir: &Path, arguments: &str) -> Child {
    let mut command = command(dir, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts two processes at once; exactly one succeeds, and the other says why it does not.
fn one_of_two(dir: &Path, arguments: &str) {
    let children = [(); 2].map(|()| start(dir, arguments));
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let failed: Vec<&Output> = outputs.iter().filter(|output| !output.status.success()).collect();
    assert_eq!(
        failed.len(),
        1,
        "{arguments}: {}\n{}",
        said(&outputs[0]),
        said(&outputs[1])
    );
    let message = said(failed[0]);
    let expected = match failed[0].status.code() {
        Some(1) => "is being written by ", // a process, whose number may not be written yet
        // It began after the other had ended.
        Some(2) => "already exists",
        code => panic!("{arguments}: {code:?} {message}"),
    };
    assert!(message.contains(expected), "{arguments}: {message}");
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn of_two_minings_one_is_made() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine random-walk -n 20000 --seed 5 -o whole.h5");
    let whole = fs::read(dir.join("whole.h5")).unwrap();
    for _ in 0..6 {
        one_of_two(dir, "mine random-walk -n 20000 --seed 5 -o both.h5");
        assert!(fs::read(dir.join("both.h5")).unwrap() == whole);
        assert_eq!(names(dir), ["both.h5", "whole.h5"]);
        fs::remove_file(dir.join("both.h5")).unwrap();
    }
}

#[test]
fn of_two_trainings_merges_and_exports_one_is_made() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine random-walk -n 40000 --seed 5 -o a.h5");
    for shard in 1..=2 {
        run(
            dir,
            &format!("mine random-walk -n 40000 --seed 5 --shard {shard}/2 -o {shard}.h5"),
        );
    }
    one_of_two(dir, "merge 1.h5 2.h5 -o merged.h5");
    assert!(fs::read(dir.join("merged.h5")).unwrap() == fs::read(dir.join("a.h5")).unwrap());
    one_of_two(dir, "train alice a.h5 -o a.model --steps 300 --hidden 10");
    one_of_two(dir, "export a.h5 -o a.npz");
    one_of_two(dir, "import a.npz -o again.h5");
    one_of_two(dir, "evaluate a.model a.h5 -o a.csv");
    one_of_two(
        dir,
        "calibrate a.model --theta0 90 --theta1 100 --grid 3 --events 2000 -o calibrated.model",
    );
    let made = [
        "1.h5",
        "2.h5",
        "a.csv",
        "a.h5",
        "a.model",
        "a.npz",
        "again.h5",
        "calibrated.model",
        "merged.h5",
    ];
    assert_eq!(names(dir), made);
}

#[test]
fn of_two_studies_one_is_made() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let arguments = "compare coins --methods carl,alice --budgets 100 --seeds 2 --steps 200 --hidden 10 --json -o";
    let alone: Value = serde_json::from_slice(&run(dir, &format!("{arguments} alone")).stdout).unwrap();
    one_of_two(dir, &format!("{arguments} both"));
    let both: Value = serde_json::from_slice(&fs::read(dir.join("both/results.json")).unwrap()).unwrap();
    for (run, expected) in both["runs"]
        .as_array()
        .unwrap()
        .iter()
        .zip(alone["runs"].as_array().unwrap())
    {
        assert_eq!(run["mse_log_ratio_prior"], expected["mse_log_ratio_prior"]);
    }
    assert_eq!(names(&dir.join("both")), ["figures", "report.html", "results.json"]);
}

/// The lock of a killed process is gone, though its file is there.
#[test]
fn a_killed_process_locks_nothing() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let arguments = "mine random-walk -n 2000000 --seed 5 -o a.h5";
    let mut child = start(dir, arguments);
    let began = Instant::now();
    while !dir.join("a.h5.lock").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child locks nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
    let refused = command(dir, &format!("{arguments} --force")).output().unwrap();
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains(&format!("process {} on ", child.id())), "{message}");
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    assert!(dir.join("a.h5.lock").exists());
    run(dir, "mine random-walk -n 100 --seed 5 -o a.h5 --force");
    assert_eq!(names(dir), ["a.h5"]);
}
