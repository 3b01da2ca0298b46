//! The three-line `main` of this crate has the whole command line.

use std::path::PathBuf;
use std::process::Command;

/// What a command prints, if it succeeds.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_drunkard"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_simulator_is_listed_mined_and_inspected() {
    let list = run(&["list"]);
    assert!(list.contains("drunkard") && !list.contains("galton"), "{list}");

    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("drunkard.h5");
    let file = file.to_str().unwrap();
    run(&["mine", "drunkard", "-n", "2000", "--seed", "1", "-o", file, "--force"]);
    let found = run(&["inspect", file, "--json"]);
    assert!(found.contains("drunkard") && found.contains("\"position\""), "{found}");
    assert!(
        found.contains("\"holds\": true") && !found.contains("\"holds\": false"),
        "{found}"
    );
}

#[test]
fn another_simulator_is_refused_by_name() {
    let output = Command::new(env!("CARGO_BIN_EXE_drunkard"))
        .args(["mine", "galton", "-n", "10", "-o", "x.h5"])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("choose one of drunkard"), "{message}");
}
