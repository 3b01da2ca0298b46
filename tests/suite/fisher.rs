//! `motherlode fisher`: what each observable and network tells, side by side.

use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{fails, json, number, refused, run};

/// x ~ N(θ, 1) of z ~ N(θ, 1/2): 2 of the path, 1 of the observation, 0.987 in 25 bins; a network in between. 100 events tell θ to
/// a tenth.
#[test]
fn sources_are_listed_side_by_side() {
    let dir = TempDir::new().unwrap();
    run(dir.path(), "mine linear-gaussian -n 2000 --reference 0 -o reference.h5");
    run(
        dir.path(),
        "train sally reference.h5 -o sally.model --steps 800 --hidden 20",
    );
    let found = json(dir.path(), "fisher sally.model --expect 100 --events 40000");
    let sources = found["sources"].as_array().unwrap();
    let expected = [
        ("latent path", 200.0),
        ("observation, exactly", 100.0),
        ("sally", 100.0),
        ("histogram of x", 98.7),
    ];
    assert_eq!(sources.len(), expected.len());
    for (source, (name, expected)) in sources.iter().zip(expected) {
        assert!(source["name"].as_str().unwrap().starts_with(name), "{source}");
        let (value, error) = (
            number(source, "/information/0/0"),
            number(source, "/standard_errors/0/0"),
        );
        // The network has learned from 2000 events only.
        let lost = if name == "sally" { 0.03 * expected } else { 0.0 };
        assert!(
            value < expected + 4.0 * error && value > expected - 4.0 * error - lost,
            "{source}"
        );
        assert!((number(source, "/resolution/0/others_known/value") - value.powf(-0.5)).abs() < 1e-9);
    }
    assert_eq!(found["rate"], Value::Null);
    assert_eq!(
        found,
        json(dir.path(), "fisher sally.model --expect 100 --events 40000")
    );
}

/// 100/fb at 500 GeV: 182.7 events, whose number tells ν ∇ln σ ∇ln σ^T; ellipses are drawn once.
#[test]
fn rates_count_and_ellipses_are_drawn() {
    let dir = TempDir::new().unwrap();
    let arguments = "fisher higgsstrahlung-partons --at 0,0 --events 4000 --luminosity 100 --figure ellipses.svg \
                     --observables cos_theta_star,phi_star";
    let found = json(dir.path(), arguments);
    assert!(
        (number(&found, "/n_expected") - 182.69).abs() < 0.1,
        "{}",
        found["n_expected"]
    );
    assert!((number(&found, "/rate/0/1") / (182.69 * 2.530_062 * 1.745_386) - 1.0).abs() < 3e-3);
    let alone = number(&found, "/sources/1/resolution/0/others_unknown/value");
    let with_rate = number(&found, "/sources/1/resolution_with_rate/0/others_unknown/value");
    assert!(with_rate < 0.5 * alone, "{with_rate} and {alone}");
    let drawing = std::fs::read_to_string(dir.path().join("ellipses.svg")).unwrap();
    assert!(drawing.contains("histogram of cos_theta_star, phi_star") && drawing.contains("f_WW"));
    refused(dir.path(), arguments, "--force");
    run(dir.path(), &format!("{arguments} --force"));
}

#[test]
fn what_cannot_be_asked_is_a_usage_error() {
    let dir = TempDir::new().unwrap();
    run(dir.path(), "mine galton -n 300 --reference -0.7 -o galton.h5");
    run(
        dir.path(),
        "train sally galton.h5 -o galton.model --steps 20 --hidden 5",
    );
    for (arguments, words) in [
        ("fisher nothing", "neither a simulator nor a file"),
        ("fisher coins galton.model", "several simulators"),
        ("fisher galton.model --at -0.6", "knows the score at -0.7 only"),
        ("fisher galton --at 0.1,0.2", "theta"),
        ("fisher galton --observables y", "name each once, of bin"),
        ("fisher galton --bins 15,5", "no histogram is of 2 observables"),
        ("fisher galton --bins 0", "at least 1"),
        ("fisher galton --luminosity 3", "knows no cross section"),
        ("fisher galton --figure a.svg", "shows two parameters"),
        ("fisher galton --events 10", "20 events or more"),
        ("fisher galton --expect 0", "above 0"),
        ("fisher higgsstrahlung-partons --luminosity 0", "above 0"),
    ] {
        refused(dir.path(), arguments, words);
    }
    fails(dir.path(), "fisher galton galton.h5", "is a data set");
}
