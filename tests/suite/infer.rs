//! `motherlode infer`: what observed events tell of θ, against the closed form.

use motherlode::analysis::{Analysis, EvaluationSettings, IntervalSettings, Observations, Warning};
use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, Miner};
use motherlode::nn::Model;
use motherlode_simulators::LinearGaussian;
use tempfile::TempDir;

use crate::command_line::{fails, failure, json, number, refused, run, said};

/// A model after a few steps and 40 observed events, of the linear Gaussian model.
pub fn prepared() -> TempDir {
    let dir = TempDir::new().unwrap();
    for arguments in [
        "mine linear-gaussian -n 400 -o train.h5",
        "train alices train.h5 -o alices.model --steps 200 --hidden 10",
        "mine linear-gaussian -n 40 --reference 0.25 --seed 3 -o observed.h5",
    ] {
        run(dir.path(), arguments);
    }
    dir
}

/// x ~ N(θ, 1): the best fit is the mean of x, its error 1/√n, and intervals are x̄ ± z/√n; expected results for 400 events are
/// √10 times narrower.
#[test]
fn the_exact_answer_is_the_closed_form() {
    let dir = prepared();
    let data = AugmentedData::read(&dir.path().join("observed.h5")).unwrap();
    let mean = data.x.mean().unwrap();
    for (expect, n) in [("", 40.0f64), (" --expect 400", 400.0)] {
        let found = json(
            dir.path(),
            &format!("infer alices.model observed.h5 --levels 0.6827,0.95{expect}"),
        );
        let answers = found["answers"].as_array().unwrap();
        assert_eq!(answers.len(), 2);
        let number = |path: &str| number(&answers[1], path);
        assert!((number("/best_fit/0") - mean).abs() < 1e-4);
        assert!((number("/covariance/0/0") * n - 1.0).abs() < 1e-4);
        for (level, z) in [(0, 1.0), (1, 1.959_964)] {
            let low = number(&format!("/intervals/{level}/0/0/0"));
            let high = number(&format!("/intervals/{level}/0/0/1"));
            // Ends are interpolated between hypotheses a hundredth of the box apart.
            assert!((low - (mean - z / n.sqrt())).abs() < 2e-3, "{low}");
            assert!((high - (mean + z / n.sqrt())).abs() < 2e-3, "{high}");
        }
    }
}

/// What is asked of a model about an array is what it is asked about the data set that the array was taken from.
#[test]
fn observations_may_be_an_array() {
    let dir = prepared();
    run(dir.path(), "export observed.h5 -o observed.npz");
    for (command, answers) in [
        ("infer alices.model", "answers"),
        ("evaluate alices.model", "quantities"),
    ] {
        let of = |file: &str| json(dir.path(), &format!("{command} {file}"))[answers].clone();
        let (array, data_set) = (of("observed.npz"), of("observed.h5"));
        assert!(array == data_set && array.is_array(), "{array}");
    }
    run(dir.path(), "mine linear-gaussian-10 -n 5 -o wide.h5");
    run(dir.path(), "export wide.h5 -o wide.npz");
    fails(dir.path(), "infer alices.model wide.npz", "a row of 1 is needed");
}

#[test]
fn events_that_were_trained_on_raise_a_warning() {
    let dir = prepared();
    run(dir.path(), "mine linear-gaussian -n 40 --reference 0.25 -o seen.h5");
    for (file, seen) in [("observed.h5", false), ("seen.h5", true)] {
        let found = json(dir.path(), &format!("infer alices.model {file}"));
        assert_eq!(found["warnings"].to_string().contains("of the same seed"), seen);
    }
}

#[test]
fn toys_say_what_they_do_not_go_with() {
    let dir = prepared();
    let arguments = "infer alices.model observed.h5 --toys 100 --expect 30";
    refused(dir.path(), arguments, "as many events as were observed");
}

#[test]
fn intervals_by_toys_are_the_same_every_time() {
    let dir = prepared();
    let arguments = "infer alices.model observed.h5 --events 5 --toys 100 --seed 2";
    let first = json(dir.path(), arguments);
    let interval = &first["answers"][0]["intervals_by_toys"][1][0][0];
    assert!(interval[0].as_f64().unwrap() < interval[1].as_f64().unwrap());
    assert_eq!(first, json(dir.path(), arguments));
}

/// A stopped construction goes on with the toys it has, and refuses those of other settings.
#[test]
fn toys_are_kept_and_figures_drawn() {
    let dir = prepared();
    let arguments = "infer alices.model observed.h5 --events 5 --toys 100 --seed 2 -o out";
    let first = json(dir.path(), arguments);
    let toys = dir.path().join("out/toys.jsonl");
    let all = std::fs::read_to_string(&toys).unwrap();
    assert_eq!(all.lines().count(), 1 + 101);
    std::fs::write(&toys, &all[..all.len() / 2]).unwrap(); // in the middle of a line
    std::fs::remove_file(dir.path().join("out/inference.json")).unwrap();
    assert_eq!(first, json(dir.path(), arguments));
    std::fs::remove_file(dir.path().join("out/inference.json")).unwrap();
    let mut found: Vec<String> = std::fs::read_to_string(&toys)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let mut expected: Vec<String> = all.lines().map(str::to_owned).collect();
    found[1..].sort();
    expected[1..].sort();
    assert_eq!(found, expected);
    let other = "infer alices.model observed.h5 --events 5 --toys 100 --seed 3 -o out";
    fails(dir.path(), other, "holds toys of other data");
    assert_ne!(first, json(dir.path(), &format!("{other} --force")));
    let page = std::fs::read_to_string(dir.path().join("out/inference.html")).unwrap();
    assert!(page.contains("<figure id=\"profiles\">") && page.contains("by toys"));
    assert!(dir.path().join("out/figures/profiles.svg").exists());
}

/// Events in other units are outside of all that a network was trained on: every command that asks it about them says so.
#[test]
fn events_outside_of_what_was_trained_on_are_named() {
    let dir = prepared();
    let model = Model::read(&dir.path().join("alices.model")).unwrap();
    let simulator = LinearGaussian::new(1).unwrap();
    let mined = |unit: f64| {
        let design = Design::Reference { theta: vec![0.25] };
        let mut data = Miner::new(&simulator, design, 3).unwrap().events(0..40).unwrap();
        data.x *= unit;
        Observations::from_data_set(data).unwrap()
    };
    for (observations, outside) in [(mined(1.0), false), (mined(1_000.0), true)] {
        let analysis = Analysis::new(&model)
            .with_simulator(&simulator)
            .with_observations(&observations);
        let evaluated = analysis.evaluate(&EvaluationSettings::default(), &()).unwrap().warnings;
        let inferred = analysis.infer(&IntervalSettings::default(), &()).unwrap().warnings;
        for warnings in [evaluated, inferred] {
            let named = |warning: &Warning| matches!(warning, Warning::OutsideTraining { of: 40, observables, .. } if observables == &["x"]);
            assert_eq!(warnings.iter().any(named), outside, "{warnings:?}");
        }
    }
}

/// Events of a truth outside of the box: the best fit is at its edge, and says so.
#[test]
fn a_best_fit_at_an_edge_is_doubted() {
    let dir = prepared();
    run(
        dir.path(),
        "mine linear-gaussian -n 40 --reference 3 --seed 5 -o outside.h5",
    );
    for (file, doubted) in [("observed.h5 --constraint theta=0:0.1", false), ("outside.h5", true)] {
        let found = json(dir.path(), &format!("infer alices.model {file}"));
        let warnings = found["warnings"].to_string();
        for words in [
            "at the edge of the box in theta",
            "Checked: the network (",
            "and the data (",
            "which cannot be checked",
        ] {
            assert_eq!(warnings.contains(words), doubted, "{words}: {warnings}");
        }
    }
}

/// n x̄ and a/σ², each over its variance: the constraint 0 ± 0.1 counts like 100 events of the model.
#[test]
fn constraints_are_named() {
    let dir = prepared();
    let data = AugmentedData::read(&dir.path().join("observed.h5")).unwrap();
    let found = json(dir.path(), "infer alices.model observed.h5 --constraint theta=0:0.1");
    let best = found["answers"][1]["best_fit"][0].as_f64().unwrap();
    assert!((best - 40.0 * data.x.mean().unwrap() / 140.0).abs() < 1e-4, "{best}");
    refused(
        dir.path(),
        "infer alices.model observed.h5 --constraint mu=0:0.1",
        "the parameters are theta",
    );
}

/// Interference has the cross-section 1 + θ²: the number n of events adds n (2θ/(1 + θ²))² to their information.
#[test]
fn the_number_of_events_is_data_where_the_cross_section_is_known() {
    let dir = TempDir::new().unwrap();
    for arguments in [
        "mine interference -n 400 -o train.h5",
        "train alices train.h5 -o alices.model --steps 200 --hidden 10",
        "mine interference -n 400 --reference 0.5 --seed 3 -o observed.h5",
    ] {
        run(dir.path(), arguments);
    }
    let information = |options: &str| {
        let found = json(dir.path(), &format!("infer alices.model observed.h5{options}"));
        let exact = &found["answers"][1];
        let number = |path: &str| number(exact, path);
        (number("/best_fit/0"), 1.0 / number("/covariance/0/0"))
    };
    let (_, of_events) = information("");
    let (best, of_all) = information(" --luminosity 320"); // 400 events are expected at 0.5
    let of_number = 400.0 * (2.0 * best / (1.0 + best * best)).powi(2);
    assert!(
        (of_all - of_events - of_number).abs() < 0.15 * of_number,
        "{of_events} {of_all} {of_number}"
    );
    let dir = prepared();
    refused(
        dir.path(),
        "infer alices.model observed.h5 --luminosity 3",
        "knows no cross-section",
    );
}

/// The score of the linear Gaussian is linear in x: the densities of what SALLY learned of it, and of x itself, say as much as the
/// exact answer, but for the width of their bins.
#[test]
fn densities_of_a_score_and_of_an_observable_are_estimators() {
    let dir = prepared();
    for arguments in [
        "mine linear-gaussian -n 2000 --reference 0 -o reference.h5",
        "train sally reference.h5 -o sally.model --steps 300 --hidden 10",
    ] {
        run(dir.path(), arguments);
    }
    for (option, name) in [
        ("", "density of its score"),
        (" --projected", "density of its projected score"),
    ] {
        let found = json(
            dir.path(),
            &format!("infer sally.model observed.h5 --histogram x --pool 30000{option}"),
        );
        let answers = found["answers"].as_array().unwrap();
        let names: Vec<&str> = answers.iter().map(|answer| answer["name"].as_str().unwrap()).collect();
        assert!(
            names[0].contains(name) && names[1] == "histogram of x" && names.len() == 3,
            "{names:?}"
        );
        let sd = 1.0 / 40.0f64.sqrt();
        let number = |i: usize, path: &str| number(&answers[i], path);
        for (answer, name) in names.iter().enumerate().take(2) {
            let moved = (number(answer, "/best_fit/0") - number(2, "/best_fit/0")) / sd;
            assert!(moved.abs() < 0.5, "{moved} of {name}");
            let width = number(answer, "/intervals/0/0/0/1") - number(answer, "/intervals/0/0/0/0");
            assert!((width / (2.0 * sd) - 1.0).abs() < 0.25, "{width} of {name}");
        }
    }
}

#[test]
fn what_cannot_be_inferred_is_a_usage_error() {
    let dir = prepared();
    run(dir.path(), "mine galton -n 10 --reference -0.7 -o galton.h5");
    let (code, words) = failure(dir.path(), "infer alices.model galton.h5");
    assert!(
        code == 1 && words.contains("the model was trained on linear-gaussian"),
        "{code}: {words}"
    );
    let (code, words) = failure(dir.path(), "infer alices.model train.h5");
    assert!(
        code == 1 && words.contains("drawn at several hypotheses"),
        "{code}: {words}"
    );
    for (arguments, words) in [
        ("infer alices.model observed.h5 --histogram y", "of x"),
        (
            "infer alices.model observed.h5 --levels 1.5",
            "a confidence level of 1.5",
        ),
        ("infer alices.model observed.h5 --box 1:0", "the lower one first"),
        ("infer alices.model observed.h5 --box -9:0", "knows nothing beyond"),
        (
            "infer alices.model observed.h5 --box 0:0.1,0:1",
            "one is needed for each",
        ),
        ("infer alices.model observed.h5 --toys 50", "takes 100 at least"),
        ("infer alices.model observed.h5 --luminosity 0", "above 0"),
        ("infer alices.model observed.h5 --events 0", "at least 1"),
        ("infer alices.model observed.h5 --events 41", "no more than there are"),
        ("infer alices.model observed.h5 --expect -3", "unexpected argument"),
    ] {
        refused(dir.path(), arguments, words);
    }
    fails(dir.path(), "infer observed.h5 observed.h5", "is a data set");
}

#[test]
fn diagnose_gives_verdicts_and_what_to_do() {
    let dir = prepared();
    let arguments = "diagnose alices.model --pairs 100 --held-out 4000 --converge 100 --output report";
    let found = json(dir.path(), arguments);
    let verdicts = found["checks"].as_array().unwrap();
    // Two coverages, ranks of the parameter and of a log likelihood, distances, the mean posterior, posteriors one by one, intervals at a
    // hypothesis, the bias of the best fit, the mean weight, a classifier and its power, probabilities, and the mean score.
    assert_eq!(verdicts.len(), 14, "{verdicts:#?}");
    for verdict in verdicts {
        assert_eq!(verdict["outcome"] == "pass", verdict["remedy"].is_null(), "{verdict}");
    }
    assert_eq!(found, json(dir.path(), arguments));
    for file in [
        "report.html",
        "figures/coverage.svg",
        "figures/ranks.svg",
        "figures/distances.svg",
        "figures/convergence.svg",
    ] {
        let text = std::fs::read_to_string(dir.path().join("report").join(file)).unwrap();
        assert!(!text.contains("NaN") && text.contains("<svg"), "{file}");
    }
    let local = json(
        dir.path(),
        "diagnose alices.model --pairs 100 --held-out 4000 --converge 0 --local observed.h5",
    );
    assert_eq!(local["events"], 40);
    let checks: Vec<_> = local["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| &verdict["name"])
        .collect();
    assert!(
        checks.iter().any(|check| check.as_str().unwrap().contains("L-C2ST")),
        "{checks:?}"
    );
    run(
        dir.path(),
        "train sally observed.h5 -o sally.model --steps 20 --hidden 5",
    );
    for (arguments, words) in [
        ("diagnose sally.model", "knows no ratio"),
        ("diagnose alices.model --pairs 5", "draw 20 at least"),
        ("diagnose alices.model --held-out 3", "too few to tell"),
    ] {
        refused(dir.path(), arguments, words);
    }
    fails(
        dir.path(),
        "diagnose alices.model --local train.h5",
        "drawn at several hypotheses",
    );
}

/// After 100 steps of training a model is off; calibrated, it is closer to the truth at the pair, and is a model like any other.
#[test]
fn a_calibrated_model_is_a_better_one_that_every_command_takes() {
    let dir = prepared();
    run(dir.path(), "train carl train.h5 -o carl.model --steps 100 --hidden 10");
    let arguments = "calibrate carl.model --events 8000 --output calibrated.model --report report";
    let found = json(dir.path(), arguments);
    let error = |when: &str| found["changed"]["mean_square_error"][when].as_f64().unwrap();
    assert!(error("after") < error("before"), "{found:#}");
    assert_eq!(found["nodes"], 7);
    for figure in ["reliability", "calibration"] {
        assert!(dir.path().join(format!("report/figures/{figure}.svg")).exists());
    }
    let evaluated = json(dir.path(), "evaluate calibrated.model observed.h5");
    assert_eq!(evaluated["quantities"].as_array().unwrap().len(), 1); // no score
    assert!(evaluated["method"].as_str().unwrap().contains("calibrated (histogram)"));
    let intervals = json(dir.path(), "infer calibrated.model observed.h5");
    assert_eq!(
        found.pointer("/certificate/coverage/2"),
        intervals.pointer("/certificate/coverage")
    );
    assert!(said(dir.path(), "inspect calibrated.model").contains("after calibration: certificate"));
    assert_eq!(
        json(dir.path(), "inspect calibrated.model")["calibration"]["method"],
        "histogram"
    );
    // The same bytes, whatever the number of threads.
    run(dir.path(), "calibrate carl.model --events 8000 --output again.model");
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    assert_eq!(bytes("calibrated.model"), bytes("again.model"));
    for (arguments, words) in [
        (
            "calibrate carl.model --events 8000 --output calibrated.model",
            "already exists",
        ),
        ("calibrate carl.model --events 50", "at least 100 of each"),
        ("calibrate carl.model --grid 1000", "are the most"),
        ("calibrate carl.model --theta0 1,2", "give 1 finite value"),
        ("evaluate calibrated.model observed.h5 --theta0 3", "outside of"),
    ] {
        refused(dir.path(), arguments, words);
    }
    let (code, words) = failure(
        dir.path(),
        "calibrate calibrated.model --events 8000 --output twice.model",
    );
    assert!(code == 1 && words.contains("not calibrated yet"), "{code}: {words}");
}
