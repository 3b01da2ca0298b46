//! Event files of MadMiner on the command line: what is known of nuisance parameters is taken for granted.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::command_line::{json, number, run};

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

    // 100 of 600 rows repeat some, and are few; 2 000 of 600 are told of.
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
