//! What was learned leaves as a workspace of pyhf, and limits come of any.

use std::fs;
use std::path::{Path, PathBuf};

use motherlode::hep::pyhf::Workspace;
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::{fails, json, number, numbers, run, said};
use crate::tolerance::{ALGEBRA, close};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// A folder with an event file of 600 events, two parameters and two systematics.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::copy(data().join("madminer/toy2d_v083.h5"), dir.path().join("events.h5")).unwrap();
    dir
}

fn workspace(dir: &TempDir, name: &str) -> Workspace {
    Workspace::read(&dir.path().join(name)).unwrap()
}

/// The workspace is the one that pyhf was asked about, and so is the limit.
#[test]
fn an_exported_workspace_is_limited_as_pyhf_does() {
    let dir = folder();
    run(
        dir.path(),
        "export events.h5 --pyhf --luminosity 100 --observable pt_ll --bins 4 --background 0,0 --signal 0.5,-0.5 --inject 0.5 -o w.json",
    );
    let record: Value = serde_json::from_slice(&fs::read(data().join("pyhf/exported.json")).unwrap()).unwrap();
    let recorded = Workspace::from_json(record["workspace"].to_string().as_bytes()).unwrap();
    let made = workspace(&dir, "w.json");
    for (made, recorded) in made.channels[0].samples.iter().zip(&recorded.channels[0].samples) {
        assert_eq!(made.name, recorded.name);
        assert!(
            made.data
                .iter()
                .zip(&recorded.data)
                .all(|(a, b)| close(*a, *b, ALGEBRA))
        );
        assert_eq!(made.modifiers.len(), recorded.modifiers.len());
    }
    let found = json(dir.path(), "limit w.json --test 0.2,0.5");
    let expected = &record["expected"]["upper_limit"];
    for (found, expected) in numbers(&found, "/expected_upper_limits")
        .iter()
        .zip(numbers(expected, "/expected"))
    {
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} and {expected}");
    }
    let (observed, recorded) = (number(&found, "/upper_limit"), number(expected, "/observed"));
    assert!((observed / recorded - 1.0).abs() < 1e-6, "{observed} and {recorded}");
    assert!((number(&found, "/best_fit") - 0.5).abs() < 1e-4);
    assert_eq!(found["tests"].as_array().unwrap().len(), 2);
    let words = said(dir.path(), "limit w.json --level 0.9 --test 0.5");
    for part in [
        "1 channel, 4 bins with 166.4 events, 7 parameters",
        "upper limit on mu at 90 %",
        "68 % of data",
    ] {
        assert!(words.contains(part), "{words}");
    }
}

/// Σ_b w_b(θ) template_b is the signal at θ, w_b(θ) being what the second file says.
#[test]
fn templates_add_up_to_the_signal_anywhere() {
    let dir = folder();
    let export = "export events.h5 --pyhf --luminosity 100 --observable m_jj --edges=0,300,500,800,inf";
    run(dir.path(), &format!("{export} --templates -o templates.json"));
    run(dir.path(), &format!("{export} --signal 0.4,-0.7 -o signal.json"));
    let morphing = fs::read(dir.path().join("templates.morphing.json")).unwrap();
    let morphing: Value = serde_json::from_slice(&morphing).unwrap();
    let monomial = |powers: &Value| {
        let powers = numbers(powers, "");
        0.4f64.powi(powers[0] as i32) * (-0.7f64).powi(powers[1] as i32)
    };
    let monomials: Vec<f64> = morphing["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(monomial)
        .collect();
    let matrix: Vec<Vec<f64>> = morphing["matrix"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| numbers(row, ""))
        .collect();
    let templates = &workspace(&dir, "templates.json").channels[0].samples;
    let signal = &workspace(&dir, "signal.json").channels[0].samples[1];
    assert_eq!((templates.len(), signal.name.as_str()), (6, "signal"));
    for (bin, expected) in signal.data.iter().enumerate() {
        let factor = |b: usize| -> f64 {
            monomials
                .iter()
                .zip(&matrix)
                .map(|(monomial, row)| monomial * row[b])
                .sum()
        };
        let found: f64 = templates
            .iter()
            .enumerate()
            .map(|(b, template)| factor(b) * template.data[bin])
            .sum();
        assert!(close(found, *expected, ALGEBRA), "{found} and {expected}");
    }
}

/// Score and ratio of models fill histograms, and observed events are counted.
#[test]
fn models_and_observed_events_fill_histograms() {
    let dir = folder();
    for line in [
        "mine events.h5 -n 400 --seed 1 --reference 0,0,0,0 -o score.h5",
        "train sally score.h5 -o score.model --steps 20 --hidden 5",
        "mine events.h5 -n 400 --seed 1 -o ratio.h5",
        "train alices ratio.h5 -o ratio.model --steps 20 --hidden 5",
        "mine events.h5 -n 70 --seed 2 --reference 0,0,0,0 -o observed.h5",
        "export score.model --pyhf --luminosity 100 --score CPWL2 --bins 3 -o score.json",
        "export ratio.model --pyhf --luminosity 100 --bins 3 --observed observed.h5 -o ratio.json",
    ] {
        run(dir.path(), line);
    }
    assert_eq!(workspace(&dir, "score.json").channels[0].name, "score_CPWL2");
    let ratio = workspace(&dir, "ratio.json");
    assert_eq!(ratio.channels[0].name, "log_ratio");
    assert_eq!(ratio.observations[0].data.iter().sum::<f64>(), 70.0);
    assert!(number(&json(dir.path(), "limit ratio.json"), "/upper_limit") > 0.0);
    for (arguments, words) in [
        (
            "export score.model --pyhf -o x.json --luminosity 1",
            "the score has several components",
        ),
        (
            "export score.model --pyhf -o x.json --luminosity 1 --theta0 0,0,0,0",
            "estimates no ratio",
        ),
        ("export score.h5 --pyhf -o x.json --luminosity 1", "is a data set"),
        (
            "export ratio.model --pyhf -o ratio.json --luminosity 1",
            "already exists",
        ),
        (
            "export ratio.model --pyhf -o x.json --luminosity 1 --signal 0,0",
            "every log ratio is 0",
        ),
        (
            "export ratio.model --pyhf -o x.json --luminosity 1 --of galton",
            "the data are events of galton",
        ),
    ] {
        fails(dir.path(), arguments, words);
    }
}

#[test]
fn what_cannot_be_filled_or_limited_is_said() {
    let dir = folder();
    run(
        dir.path(),
        "export events.h5 --pyhf --luminosity 1 --observable ht --templates -o templates.json",
    );
    fs::write(dir.path().join("broken.json"), r#"{"channels": [], "oops": 1}"#).unwrap();
    let events = "export events.h5 --pyhf -o x.json --luminosity";
    for (arguments, words) in [
        (format!("{events} 1"), "no quantity to fill into histograms"),
        (format!("{events} 1 --observable mass"), "there is no observable `mass`"),
        (
            format!("{events} 0 --observable ht"),
            "--luminosity 0: give a number above 0",
        ),
        (format!("{events} 1 --observable ht --signal 1"), "2 finite values"),
        (format!("{events} 1 --observable ht --background 1"), "2 finite values"),
        (
            format!("{events} 1 --observable ht --edges 2,1"),
            "each above that before",
        ),
        (
            format!("{events} 1 --observable ht --edges 1e8,1e9"),
            "without signal 0 events",
        ),
        (format!("{events} 1 --observable ht --bins 0"), "0 bins"),
        (format!("{events} 1 --observable ht --of galton"), "omit --of"),
        (
            "export galton --pyhf -o x.json --luminosity 1 --observable bin".into(),
            "has no cross section",
        ),
        (
            "export events.h5 --pyhf -o x.npz --luminosity 1".into(),
            "ends in .json",
        ),
        (
            "export nothing --pyhf -o x.json --luminosity 1".into(),
            "there is no simulator `nothing`",
        ),
        ("export events.h5 --pyhf -o x.json".into(), "--luminosity"),
        ("limit templates.json".into(), "no parameter of interest"),
        (
            "limit templates.json --measurement other".into(),
            "there is no measurement `other`",
        ),
        ("limit broken.json".into(), "unknown field `oops`"),
        ("limit nowhere.json".into(), "nowhere.json"),
    ] {
        fails(dir.path(), &arguments, words);
    }
    assert!(!dir.path().join("x.json").exists());
}
