//! `motherlode import ANALYSIS.toml` and `motherlode inspect FILE.lhe`: from the events of generators to a simulator.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::command_line::{failure, json, number, run};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(name: &str) -> String {
    repository().join(name).display().to_string()
}

/// The analysis of the book.
fn analysis() -> String {
    file("book/src/analysis.toml")
}

/// What it says, and what can be done with the file that it makes.
#[test]
fn an_analysis_becomes_a_simulator() {
    let dir = TempDir::new().unwrap();
    let made = json(dir.path(), &format!("import {} -o events.h5 --seed 3", analysis()));
    let (seen, kept) = (
        made["samples"][0]["n_events"].as_u64(),
        made["n_events"].as_u64().unwrap(),
    );
    let left_out: u64 = made["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cut| cut["n_events"].as_u64().unwrap())
        .sum();
    assert_eq!((seen, kept + left_out), (Some(400), 400));
    let inside = json(dir.path(), "inspect events.h5");
    assert_eq!(inside["n_events"].as_u64(), Some(kept));
    assert_eq!(inside["observables"].as_array().unwrap().len(), 5);
    // The efficiency is between .7 and .9, and all but a few events pass the cuts: σ was 1 pb.
    let sigma = number(&inside, "/benchmarks/0/cross_section/value");
    assert!(sigma > 0.7 && sigma < 0.9, "{sigma}");
    run(dir.path(), "mine events.h5 -n 300 --mixture 10 -o mined.h5");
    let mined = json(dir.path(), "inspect mined.h5");
    assert_eq!(mined["n_events"].as_u64(), Some(300));
}

#[test]
fn the_same_seed_makes_the_same_file() {
    let dir = TempDir::new().unwrap();
    let bytes = |seed: u64, name: &str| {
        run(dir.path(), &format!("import {} -o {name} --seed {seed}", analysis()));
        fs::read(dir.path().join(name)).unwrap()
    };
    let first = bytes(3, "a.h5");
    assert_eq!(bytes(3, "b.h5"), first);
    assert_ne!(bytes(4, "c.h5"), first);
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "nothing else is left behind: {left:?}");
}

#[test]
fn a_file_of_a_generator_is_inspected() {
    let dir = TempDir::new().unwrap();
    let found = json(
        dir.path(),
        &format!("inspect {}", file("tests/data/lhe/lhe_sum_scalevar.lhe.gz")),
    );
    assert_eq!(found["format"], "lhe");
    assert_eq!(found["n_events"], 200);
    assert_eq!(found["normalisation"], "sum");
    let weights = found["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 1 + 9);
    let sum = |name: &str| -> f64 {
        let weight = weights.iter().find(|weight| weight["name"] == name).unwrap();
        number(weight, "/cross_section/value")
    };
    // What MadMiner 0.9.6 adds up, tests/data/lhe/lhe.reference.json.
    assert!((sum("sm") - 0.99114323467665).abs() < 1e-9);
    assert!((sum("1004") - 1.4268358636098).abs() < 1e-9);
    assert_eq!(found["groups"][1]["weights"].as_array().unwrap().len(), 4);
}

#[test]
fn an_analysis_says_which_benchmarks_it_needs() {
    let dir = TempDir::new().unwrap();
    let text = "[parameters]\na = [-1, 1]\n[benchmarks]\nsm = [0]\n";
    fs::write(dir.path().join("plan.toml"), text).unwrap();
    let found = json(dir.path(), "inspect plan.toml");
    // 1, a and a²: the points -1, 0 and 1 have the mean squared weight of (1 - a²)² + ((a² - a)/2)² + ((a² + a)/2)², 4/5 over the box.
    let mut proposed: Vec<f64> = found["proposed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| number(point, "/theta/0"))
        .collect();
    proposed.sort_by(f64::total_cmp);
    let mean = number(&found, "/mean_squared_weight");
    assert!(
        proposed.len() == 2 && proposed[0] < -0.9 && proposed[1] > 0.9,
        "{found}"
    );
    assert!(mean < 0.81, "{found}");
    let whole = json(dir.path(), &format!("inspect {}", analysis()));
    assert_eq!(whole["proposed"].as_array().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_imported_is_refused() {
    let dir = TempDir::new().unwrap();
    let refusal = |arguments: &str| failure(dir.path(), arguments).1;
    let generated = file("tests/data/lhe/lhe_average.lhe.gz");
    assert!(refusal(&format!("import {generated} -o x.h5")).contains("import an analysis"));
    assert!(refusal(&format!("inspect {generated} --figure x.svg")).contains("give a model"));
    assert!(refusal("import missing.toml -o x.h5").contains("missing.toml"));
    fs::write(dir.path().join("a.toml"), "samples = 3").unwrap();
    assert!(refusal("import a.toml -o x.h5").contains("`a.toml` cannot be understood"));
    let slips = [
        (
            "[observables]\nmet = \"met.pt\"\ncuts = [\"met > 1\"]",
            "an observable is a formula in quotes",
        ),
        (
            "[[samples]]\nfile = \"a.lhe\"\ncuts = [\"met.pt > 1\"]",
            "unknown field `cuts`",
        ),
        ("[observables]\nmet = 3", "an observable is a formula in quotes"),
        (
            "[parameters]\na = { power = 2 }",
            "a parameter is [lowest, highest], or",
        ),
    ];
    for (text, remedy) in slips {
        fs::write(dir.path().join("a.toml"), text).unwrap();
        let message = refusal("import a.toml -o x.h5");
        assert!(message.contains(remedy), "{text}: {message}");
    }
    run(dir.path(), &format!("import {} -o there.h5", analysis()));
    assert!(refusal(&format!("import {} -o there.h5", analysis())).contains("--force"));
    assert!(!dir.path().join("x.h5").exists());
}
