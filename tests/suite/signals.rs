//! SIGINT and SIGTERM: a word on how to go on, the exit code of shells, and an output that the same command completes.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{command, run};

/// Starts a command and sends it a signal once `there` exists and some time has passed.
fn stopped(dir: &Path, arguments: &str, signal: &str, there: &str) -> Output {
    let mut child = command(dir, arguments);
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while !dir.join(there).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child does not begin");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(200));
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    child.wait_with_output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_mining_that_is_stopped_goes_on() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let arguments = "mine random-walk -n 200000 --seed 5 -o";
    let output = stopped(dir, &format!("{arguments} a.h5"), "-INT", "a.h5.lock");
    assert_eq!(output.status.code(), Some(130), "{}", words(&output));
    assert!(
        words(&output).contains("stopped by SIGINT: the same command goes on"),
        "{}",
        words(&output)
    );
    assert!(dir.join("a.h5.partial").is_dir() && !dir.join("a.h5.lock").exists());
    run(dir, &format!("{arguments} a.h5"));
    run(dir, &format!("{arguments} whole.h5"));
    assert!(fs::read(dir.join("a.h5")).unwrap() == fs::read(dir.join("whole.h5")).unwrap());
}

#[test]
fn a_training_that_is_terminated_goes_on() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine galton -n 2k --seed 5 -o a.h5");
    let arguments = "train alice a.h5 --steps 20k --json -o a.model";
    let output = stopped(dir, arguments, "-TERM", "a.model.training");
    assert_eq!(output.status.code(), Some(143), "{}", words(&output));
    let error: Value = serde_json::from_str(words(&output).lines().last().unwrap()).unwrap();
    assert_eq!(
        (&error["kind"], &error["exit_code"]),
        (&Value::from("interrupted"), &Value::from(143))
    );
    assert!(error["error"].as_str().unwrap().contains("SIGTERM"), "{error}");
    assert!(dir.join("a.model.training").exists() && !dir.join("a.model").exists());
}
