//! Event files of MadMiner on the command line: what is known of nuisance parameters is taken for granted.

use std::path::Path;

use motherlode::hep::madminer::{BenchmarkEvents, EventFile, Selection};
use motherlode::inference::Information;
use serde_json::json;
use tempfile::TempDir;

use crate::command_line::{json, number, run};
use finite_difference_file::with_finite_differences;

#[path = "../../src/hep/tests/suite/madminer/finite_difference_file.rs"]
mod finite_difference_file;

/// 600 events with two parameters of the theory and two of systematics.
pub fn events() -> String {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/madminer"));
    folder.join("toy2d_v083.h5").display().to_string()
}

/// One standard deviation is one unit of information; without events nothing else is known.
#[test]
fn nuisance_parameters_are_known_to_one_standard_deviation() {
    let dir = TempDir::new().unwrap();
    let found = json(
        dir.path(),
        &format!("fisher {} --at 0,0 --events 2000 --luminosity 1", events()),
    );
    let expected = json!([
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0]
    ]);
    assert_eq!(found["constraints"], expected);
    for source in found["sources"].as_array().unwrap() {
        let deviation = number(source, "/resolution/3/others_known/value");
        let information = number(source, "/information/3/3");
        assert!((deviation - (information + 1.0).powf(-0.5)).abs() < 1e-9, "{source}");
    }
}

#[test]
fn constraints_of_the_file_are_those_that_one_would_give() {
    let dir = TempDir::new().unwrap();
    run(
        dir.path(),
        &format!("mine {} -n 3000 --mixture 30 -o train.h5", events()),
    );
    run(
        dir.path(),
        &format!("mine {} -n 100 --reference 0,0,0,0 --seed 5 -o observed.h5", events()),
    );
    run(
        dir.path(),
        "train alices train.h5 -o alices.model --steps 600 --hidden 20 --paths 1",
    );
    let infer = |more: &str| json(dir.path(), &format!("infer alices.model observed.h5 {more}"))["answers"][0].clone();
    let names: Vec<String> = json(dir.path(), "inspect observed.h5")["header"]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let given = format!(
        "--unconstrained --constraint {}=0:1 --constraint {}=0:1",
        names[2], names[3]
    );
    // Points by their names, and without nuisance parameters.
    let evaluate = |points: &str| json(dir.path(), &format!("evaluate alices.model observed.h5 {points}"));
    assert_eq!(
        evaluate("--theta0 w --theta1 sm"),
        evaluate("--theta0 0.9,0.1 --theta1 0,0,0,0")
    );
    let own = infer("");
    assert_eq!(own, infer(&given));
    assert_ne!(own, infer("--unconstrained"));
    let elsewhere = infer(&format!("--constraint {}=1:0.01", names[3]));
    assert!((number(&elsewhere, "/best_fit/3") - 1.0).abs() < 0.05, "{elsewhere}");

    // 100 of 600 rows repeat some, and are few; 2 000 of 600 are reported.
    run(
        dir.path(),
        &format!("mine {} -n 2000 --reference 0,0 --seed 5 -o many.h5", events()),
    );
    for (file, repeats) in [("observed.h5 --events 20", false), ("many.h5", true)] {
        let found = json(dir.path(), &format!("infer alices.model {file}"));
        assert_eq!(
            found["warnings"].to_string().contains("are different"),
            repeats,
            "{found}"
        );
    }
}

/// Standard output and standard error of the program, and whether it succeeded.
fn program(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_motherlode"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[test]
fn an_event_file_goes_where_a_simulator_goes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(events(), folder.path().join("toy.h5")).unwrap();
    let run = |arguments: &[&str]| program(folder.path(), arguments);
    for (arguments, expected) in [
        (vec!["list", "toy.h5"], "600 weighted events of MadMiner"),
        (vec!["inspect", "toy.h5"], "scale mu 0.5,1.0,2.0"),
        (vec!["mine", "toy.h5", "-n", "200", "-o", "mined.h5"], "mined toy.h5"),
        (vec!["inspect", "mined.h5"], "200 events of toy.h5"),
        (
            vec!["mine", "toy.h5", "-n", "90", "--portion", "test", "-o", "test.h5"],
            "mined toy.h5:test",
        ),
        (vec!["inspect", "test.h5"], "90 events of toy.h5:test"),
        (vec!["list", "toy.h5:train"], "360 weighted events of MadMiner"),
        (
            vec!["merge", "toy.h5", "-o", "shuffled.h5"],
            "merged 600 events of 1 file",
        ),
        (vec!["inspect", "shuffled.h5"], "scale mu 0.5,1.0,2.0"),
        (
            vec!["fisher", "toy.h5", "--events", "500", "--luminosity", "100"],
            "number of events",
        ),
    ] {
        let (success, words) = run(&arguments);
        assert!(success && words.contains(expected), "{arguments:?}: {words}");
    }
    for (arguments, expected) in [
        (
            vec!["mine", "mined.h5", "-n", "9", "-o", "x.h5"],
            "not an event file of MadMiner",
        ),
        (
            vec!["mine", "none.h5", "-n", "9", "-o", "x.h5"],
            "there is no file `none.h5`",
        ),
        (
            vec!["mine", "galton", "-n", "9", "--portion", "test", "-o", "x.h5"],
            "has no rows",
        ),
        (
            vec!["mine", "toy.h5", "-n", "9", "--portion", "first", "-o", "x.h5"],
            "is not a portion",
        ),
        (
            vec!["mine", "toy.h5:train", "-n", "9", "--portion", "test", "-o", "x.h5"],
            "already selects a portion",
        ),
        (vec!["merge", "toy.h5", "mined.h5", "-o", "x.h5"], "files of one kind"),
        (
            vec!["merge", "mined.h5", "--seed", "1", "-o", "x.h5"],
            "omit them for shards",
        ),
    ] {
        let (success, words) = run(&arguments);
        assert!(!success && words.contains(expected), "{arguments:?}: {words}");
    }
}

#[test]
fn a_file_with_finite_differences_is_inspected_and_not_mined() {
    let file = EventFile::read(Path::new(&events())).unwrap();
    let file = with_finite_differences(file, 1e-6);
    let found = BenchmarkEvents::new(&file, "sm", &Selection::default()).unwrap();
    let information = Information::from_weights(found.weights.view(), found.gradients.view()).unwrap();
    let folder = TempDir::new().unwrap();
    file.write(&folder.path().join("toy.h5")).unwrap();
    let (success, words) = program(folder.path(), &["inspect", "toy.h5"]);
    assert!(
        success && words.contains(&format!("{:.5}", information.matrix()[(0, 1)])),
        "{words}"
    );
    let (success, words) = program(folder.path(), &["mine", "toy.h5", "-n", "9", "-o", "x.h5"]);
    assert!(!success && words.contains("nothing elsewhere"), "{words}");
}
