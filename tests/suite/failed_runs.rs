//! Runs that fail, and leave NaN, are observations: removing them answers another question.
//!
//! Expected: likelihood of the formula on a grid by NumPy (`tests/data/cases/README.md`).

use std::path::Path;

use motherlode::analysis::{Observations, header_of_simulator};
use motherlode_simulators::Galton;
use tempfile::TempDir;

use crate::command_line::{fails, json, number, run, said};

/// The file of events, and the observed ones.
fn inputs() -> [String; 2] {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cases"));
    ["failed_runs.npz", "failed_runs_observed.npy"].map(|name| folder.join(name).display().to_string())
}

/// The error of the observed events is 0.024, that of the network about 0.04.
#[test]
fn failed_runs_are_learned_from_by_default() {
    let dir = TempDir::new().unwrap();
    let [events, observed] = inputs();
    let text = said(dir.path(), &format!("import {events} -o events.h5"));
    for words in [
        "lack observables",
        "do not remove them",
        "for θ1 = 0",
        "theta_0 from -1.99997 to -0.666775",
        "would shift ln r",
    ] {
        assert!(text.contains(words), "{text}");
    }
    run(dir.path(), "train alice events.h5 --steps 3000 -o alice.model");
    let found = json(dir.path(), &format!("infer alice.model {observed} --box=-1.9:1.9"));
    let fit = number(&found["answers"][0], "/best_fit/0");
    assert!((fit - 0.987).abs() < 0.1, "{fit}");
    let inspected = said(dir.path(), "inspect events.h5");
    assert!(inspected.contains("events that lack observables (NaN)"), "{inspected}");
    let shares = json(dir.path(), "inspect events.h5");
    let share = number(&shares, "/missing/shares/1/n_failed") / number(&shares, "/missing/shares/1/n_runs");
    assert!((share - 0.5).abs() < 0.05, "{share}");
    fails(dir.path(), "train nde events.h5 -o nde.model", "lack observables (NaN)");
    // An exact likelihood knows of no failed runs.
    let header = header_of_simulator(&Galton::default());
    let refused = Observations::read(Path::new(&observed), None, Some(header)).unwrap_err();
    assert!(refused.to_string().contains("has NaN in column 0"), "{refused}");
}
