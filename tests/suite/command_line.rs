//! The binary as a user meets it: the commands of the book, JSON for machines, and runs that are killed.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub fn command(dir: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motherlode"));
    command.args(arguments.split_whitespace()).current_dir(dir);
    command
}

pub fn run(dir: &Path, arguments: &str) -> Output {
    let output = command(dir, arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

pub fn json(dir: &Path, arguments: &str) -> Value {
    serde_json::from_slice(&run(dir, &format!("{arguments} --json")).stdout).unwrap()
}

/// What a command that succeeds says.
pub fn said(dir: &Path, arguments: &str) -> String {
    String::from_utf8(run(dir, arguments).stdout).unwrap()
}

/// The exit code of a command that fails, 2 for misuse and 1 otherwise, and what it says; a panic has another code.
pub fn failure(dir: &Path, arguments: &str) -> (i32, String) {
    let output = command(dir, arguments).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code().filter(|code| matches!(code, 1 | 2));
    (
        code.unwrap_or_else(|| panic!("{arguments}: {}, {words}", output.status)),
        words,
    )
}

/// Runs a command that fails, with `expected` among its words.
pub fn fails(dir: &Path, arguments: &str, expected: &str) {
    let (_, words) = failure(dir, arguments);
    assert!(words.contains(expected), "{arguments}: {words}");
}

/// Runs a command that is misuse, with `expected` among its words.
pub fn refused(dir: &Path, arguments: &str, expected: &str) {
    let (code, words) = failure(dir, arguments);
    assert!(code == 2 && words.contains(expected), "{arguments}: {code}, {words}");
}

/// A number in an answer.
pub fn number(answer: &Value, pointer: &str) -> f64 {
    let found = answer.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number {pointer} in {answer}"))
}

/// A list of numbers in an answer; with the pointer `""`, the answer is the list.
pub fn numbers(answer: &Value, pointer: &str) -> Vec<f64> {
    let all = answer.pointer(pointer).and_then(Value::as_array);
    let all = all.unwrap_or_else(|| panic!("no list {pointer} in {answer}"));
    all.iter().map(|value| number(value, "")).collect()
}

/// The commands of a chapter, in order; `compare` with fewer steps, for it is the form that is tested here.
fn commands(chapter: &str) -> Vec<String> {
    let lines = chapter.lines().filter_map(|line| line.strip_prefix("$ motherlode "));
    lines
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .map(|line| match line.starts_with("compare") || line.starts_with("train") {
            true => line + " --steps 100 --hidden 10",
            false => line,
        })
        .collect()
}

#[test]
fn the_commands_of_the_book_and_the_readme_work_in_order() {
    for text in [
        include_str!("../../book/src/first-vein.md"),
        include_str!("../../README.md"),
    ] {
        let dir = TempDir::new().unwrap();
        let commands = commands(text);
        assert!(commands.len() >= 5, "{commands:?}");
        for arguments in commands {
            let output = run(dir.path(), &arguments);
            assert!(!output.stdout.is_empty(), "{arguments} says nothing");
        }
    }
}

#[test]
fn every_command_prints_json() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let list = json(dir, "list");
    assert!(
        list["simulators"]
            .as_array()
            .unwrap()
            .iter()
            .any(|simulator| simulator["name"] == "galton")
    );
    assert_eq!(json(dir, "mine galton -n 300 --seed 4 -o a.h5")["header"]["seed"], 4);
    let inspected = json(dir, "inspect a.h5");
    assert_eq!(inspected["n_events"], 300);
    assert_eq!(inspected["n_numerator"], 150);
    assert!(
        inspected["identities"]
            .as_array()
            .unwrap()
            .iter()
            .all(|identity| identity["holds"] == true)
    );
    let trained = json(dir, "train alice a.h5 -o a.model --steps 50 --hidden 10");
    assert!(trained["validation_loss"].as_f64().unwrap() > 0.0);
    let evaluated = json(dir, "evaluate a.model a.h5");
    assert!(evaluated["quantities"][0]["mean_square_error"].as_f64().unwrap() > 0.0);
    assert!(evaluated["quantities"][0]["spread"].is_null());
    let compared = json(
        dir,
        "compare coins --methods carl,alice --budgets 100 --seeds 1 --steps 50 --hidden 10 -o c",
    );
    let run = &compared["runs"][0];
    for key in [
        "simulator",
        "method",
        "n_events",
        "seed",
        "mse_log_ratio",
        "mse_log_ratio_prior",
        "mse_score",
        "train_seconds",
    ] {
        assert!(!run[key].is_null(), "{key}");
    }
    let written: Value = serde_json::from_slice(&std::fs::read(dir.join("c/results.json")).unwrap()).unwrap();
    assert_eq!(written["runs"], compared["runs"]);
}

#[test]
fn an_ensemble_says_how_far_its_members_agree() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine galton -n 300 --seed 4 -o a.h5");
    let trained = json(
        dir,
        "train alice a.h5 -o a.model --members 2 --seed 3 --steps 50 --hidden 10",
    );
    let seeds = [0, 1].map(|k| trained["members"][k]["provenance"]["settings"]["seed"].as_u64());
    assert_eq!(seeds, [Some(3), Some(4)]);
    let evaluated = json(dir, "evaluate a.model a.h5 -o a.csv");
    assert_eq!(evaluated["n_members"], 2);
    assert!(evaluated["quantities"][0]["spread"].as_f64().unwrap() > 0.0);
    let words = run(dir, "evaluate a.model a.h5").stdout;
    assert!(String::from_utf8_lossy(&words).contains("spread of members"));
    let table = std::fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(
        table.lines().next(),
        Some("log_ratio,log_ratio_spread,score_theta,score_theta_spread")
    );
    assert!(table.lines().skip(1).all(|line| line.split(',').count() == 4));
    assert_eq!(table.lines().count(), 301);
}

#[test]
fn shards_merge_into_the_unsharded_file() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    run(dir, "mine random-walk -n 1001 --seed 3 -o whole.h5");
    for portion in 1..=3 {
        run(
            dir,
            &format!("mine random-walk -n 1001 --seed 3 --shard {portion}/3 -o {portion}.h5"),
        );
    }
    run(dir, "merge 3.h5 1.h5 2.h5 -o merged.h5");
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    assert!(
        read("merged.h5") == read("whole.h5"),
        "the merged file differs from the unsharded one"
    );
}

#[test]
fn mining_survives_sigkill() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let arguments = "mine random-walk -n 300000 --seed 5 -o killed.h5";
    run(dir, &arguments.replace("killed", "whole"));
    let mut kills = 0;
    for attempt in 0.. {
        let mut child = command(dir, arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Long enough to finish some parts, a little longer every time so that the test ends.
        std::thread::sleep(Duration::from_millis(60 + 40 * attempt));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!dir.join("killed.h5").exists() || attempt > 0);
        kills += 1;
    }
    assert!(kills > 0, "the process ended before it could be killed");
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    assert!(read("killed.h5") == read("whole.h5"), "the resumed file differs");
    assert_eq!(
        std::fs::read_dir(dir).unwrap().count(),
        2,
        "parts or temporary files were left behind"
    );
}

#[test]
fn a_study_survives_sigkill() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let arguments = "compare coins --methods carl,alice --budgets 100,200 --seeds 3 --steps 200 --hidden 40,40 -o";
    let started = Instant::now();
    run(dir, &format!("{arguments} whole"));
    let whole = started.elapsed();
    let mut child = command(dir, &format!("{arguments} killed"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(whole / 2);
    child.kill().unwrap();
    child.wait().unwrap();
    run(
        dir,
        &format!(
            "{arguments} killed{}",
            if dir.join("killed/results.json").exists() {
                " --force"
            } else {
                ""
            }
        ),
    );
    let errors = |folder: &str| -> Vec<String> {
        let bytes = std::fs::read(dir.join(folder).join("results.json")).unwrap();
        let results: Value = serde_json::from_slice(&bytes).unwrap();
        results["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["mse_log_ratio_prior"].to_string())
            .collect()
    };
    assert_eq!(errors("killed"), errors("whole"));
}

#[test]
fn long_lists_of_observables_are_shortened() {
    let dir = TempDir::new().unwrap();
    let list = said(dir.path(), "list lensing");
    assert!(list.contains("… pixel_63_63 (4096 in all)"), "{list}");
    run(dir.path(), "mine lensing -n 2 -o image.h5");
    let inspected = said(dir.path(), "inspect image.h5");
    assert!(
        inspected.contains("and 4086 more") && inspected.lines().count() < 40,
        "{inspected}"
    );
}

/// Walks of 60 and of 140 expected steps have ratios up to e^40: no mean of theirs says anything.
#[test]
fn a_mean_that_few_ratios_carry_is_no_verdict() {
    let dir = TempDir::new().unwrap();
    run(
        dir.path(),
        "mine random-walk -n 1000 --theta0 140 --theta1 60 -o wide.h5",
    );
    let inspected = said(dir.path(), "inspect wide.h5");
    assert!(
        inspected.contains("undecided: too few effective events") && !inspected.contains("VIOLATED"),
        "{inspected}"
    );
}

/// The table of exit codes in the documentation of the command line.
#[test]
fn exit_codes_tell_success_failure_and_malformed_requests_apart() {
    let dir = TempDir::new().unwrap();
    run(dir.path(), "mine galton -n 20 --reference -0.7 -o score.h5");
    for (arguments, code) in [
        ("list", 0),
        ("--help", 0),
        ("inspect missing.h5", 1),                // io
        ("train carl score.h5 -o new.model", 1),  // data
        ("mine galton -n 0 -o new.h5", 2),        // a value out of range
        ("mine galton -n 9 -o score.h5", 2),      // an output that exists
        ("mine nothing -n 9 -o new.h5", 2),       // an unknown simulator
        ("train nothing score.h5 -o x.model", 2), // an unknown method
        ("dig galton", 2),                        // an unknown command
    ] {
        let output = command(dir.path(), arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{arguments}");
    }
    assert!(said(dir.path(), "--help").contains("Exit codes: 0 success, 1 failure, 2 malformed request."));
    let output = command(dir.path(), "inspect missing.h5 --json").output().unwrap();
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("missing.h5"), "{error}");
}
