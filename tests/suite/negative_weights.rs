//! A quarter of the weights of an event file is negative, and nothing is dropped in silence.
//!
//! Expected: likelihood of the formula, smeared, on a grid by NumPy (`tests/data/cases/README.md`).

use std::path::Path;

use tempfile::TempDir;

use crate::command_line::{json, number, run};

/// The file, and 2 000 events at 0.5 and at −0.5.
fn inputs() -> [String; 3] {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cases"));
    [
        "negative_weights.h5",
        "negative_weights_observed_plus.npy",
        "negative_weights_observed_minus.npy",
    ]
    .map(|name| folder.join(name).display().to_string())
}

/// The errors of the observed events and of the file, which is worth about 2 200 events, in quadrature.
fn assert_right(dir: &Path, command: &str, name: &str) {
    let [_, plus, minus] = inputs();
    for (observed, expected, error) in [(plus, 0.42, 0.09), (minus, -0.485, 0.035)] {
        let found = json(dir, &format!("infer {command} {observed} --box -1:1"));
        let fit = number(&found["answers"][0], "/best_fit/0");
        assert!(
            (fit - expected).abs() < 2.0 * error,
            "{name}: {fit}, expected {expected}"
        );
    }
}

#[test]
fn networks_learn_from_signed_weights() {
    let dir = TempDir::new().unwrap();
    let [file, ..] = inputs();
    run(
        dir.path(),
        &format!("mine {file} --portion train -n 15000 --mixture 50 --points 200 -o points.h5"),
    );
    run(
        dir.path(),
        &format!("mine {file} --portion train -n 15000 --mixture 50 -o box.h5"),
    );
    run(
        dir.path(),
        &format!("mine {file} --portion train -n 15000 --reference 0 -o reference.h5"),
    );
    for (method, events) in [("alices", "points"), ("alices", "box")] {
        let model = format!("{method}-{events}.model");
        run(
            dir.path(),
            &format!("train {method} {events}.h5 --steps 2000 -o {model}"),
        );
        assert_right(dir.path(), &model, &model);
    }
    run(dir.path(), "train sally reference.h5 --steps 2000 -o sally.model");
    assert_right(dir.path(), &format!("sally.model --simulator {file}"), "sally");
}

#[test]
fn what_is_worth_less_says_so() {
    let dir = TempDir::new().unwrap();
    let [file, plus, _] = inputs();
    let limit = json(
        dir.path(),
        &format!("limit {file} --observed {plus} --no-rate --luminosity 1 --observables zs"),
    );
    let warnings = limit["warnings"].to_string();
    assert!(
        warnings.contains("too small by about 28 %") && warnings.contains("worth 2174"),
        "{warnings}"
    );
    // With the errors of the histogram, by NumPy: profiled factors of 25 bins on a grid of g.
    let with_errors = json(
        dir.path(),
        &format!("limit {file} --observed {plus} --no-rate --luminosity 1 --observables zs --template-errors"),
    );
    let found = [
        "/answer/best_fit/0",
        "/answer/intervals/0/0/0/0",
        "/answer/intervals/0/0/0/1",
    ];
    for (pointer, needed) in found.into_iter().zip([0.401, 0.322, 0.486]) {
        let value = number(&with_errors, pointer);
        assert!((value - needed).abs() < 0.002, "{pointer}: {value}, by NumPy {needed}");
    }
    assert!(!with_errors["warnings"].to_string().contains("few_simulated_events"));
    run(dir.path(), &format!("mine {file} -n 4000 --reference 0.5 -o events.h5"));
    let text = String::from_utf8(run(dir.path(), "inspect events.h5").stdout).unwrap();
    assert!(text.contains("have a negative weight: they are worth"), "{text}");
    let mean = number(&json(dir.path(), "inspect events.h5"), "/x/0/mean");
    // Without signs it would be 0.566.
    assert!((mean - 0.6116).abs() < 4.0 * 0.28 / 800f64.sqrt(), "{mean}");
}
