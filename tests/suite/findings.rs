//! What is said about a training when it is over: warnings that have their cause, and `motherlode inspect`.

use std::fs;
use std::path::Path;

use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, Miner, Prior};
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Activation, Finding, Labels, Method, Model, Settings};
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, Lensing, LinearGaussian};
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::command;
use crate::mined::over_the_prior;

fn mined(n: u64) -> AugmentedData {
    over_the_prior(&Galton::default(), 11, n)
}

fn settings() -> Settings {
    Settings {
        steps: 300,
        hidden: vec![20, 20],
        labels: Some(Labels::Stored),
        ..Settings::default()
    }
}

fn trained(method: Method, data: &AugmentedData, settings: &Settings) -> Model {
    Model::train(method, data, settings, &()).unwrap()
}

fn findings(method: Method, data: &AugmentedData, settings: &Settings) -> Vec<Finding> {
    trained(method, data, settings).provenance().unwrap().findings.clone()
}

#[test]
fn a_healthy_training_raises_no_warning() {
    let data = mined(10_000);
    let settings = Settings {
        steps: 1_500,
        ..settings()
    };
    for method in [
        Method::Carl,
        Method::Nre,
        Method::Alices,
        Method::Rascal,
        Method::Scandal,
    ] {
        assert_eq!(findings(method, &data, &settings), [], "{method}");
    }
    let galton = Galton::default();
    let recalled = Settings {
        labels: None,
        ..settings
    };
    for method in [Method::Alices, Method::Sally] {
        let model = Model::train(method, data.with_simulator(&galton), &recalled, &()).unwrap();
        assert_eq!(model.provenance().unwrap().findings, [], "{method}");
    }
}

#[test]
fn too_few_steps_and_too_heavy_a_score_are_found() {
    let data = mined(4_000);
    let too_short = Settings {
        steps: 40,
        ..settings()
    };
    let found = findings(Method::Alices, &data, &too_short);
    assert!(matches!(found[..], [Finding::StillFalling { .. }]), "{found:?}");
    let too_heavy = Settings {
        alpha: Some(1e4),
        steps: 1_500,
        ..settings()
    };
    let found = findings(Method::Alices, &data, &too_heavy);
    assert!(matches!(found[..], [Finding::ScoreDominates { .. }]), "{found:?}");
}

#[test]
fn weights_from_before_the_loss_was_no_number_are_kept() {
    let data = mined(4_000);
    let too_fast = Settings {
        learning_rate: Some(1e-3),
        final_learning_rate: 1e30, // grows from step to step
        patience: 1.0,
        ..settings()
    };
    let model = trained(Method::Alice, &data, &too_fast);
    let provenance = model.provenance().unwrap();
    let Finding::Diverged { step, best_step } = provenance.findings[0] else {
        panic!("{:?}", provenance.findings);
    };
    assert!(0 < best_step && best_step < step && step < too_fast.steps);
    assert_eq!((provenance.best_step, provenance.steps < step), (best_step, true));
    assert!(provenance.curve.validation.iter().all(|loss| loss.is_finite()));
    let log_ratio = model.log_ratio(data.x.view(), &[-0.8], &[-0.6]).unwrap();
    assert!(log_ratio.iter().all(|value| value.is_finite()));
    let at_once = Settings {
        learning_rate: Some(1e30),
        ..settings()
    };
    let message = Model::train(Method::Alice, &data, &at_once, &())
        .unwrap_err()
        .to_string();
    assert!(message.contains("lower --learning-rate"), "{message}");
}

#[test]
fn what_is_learned_by_heart_is_found() {
    let few = Settings {
        steps: 3_000,
        hidden: vec![100, 100],
        learning_rate: Some(3e-3),
        ..settings()
    };
    let found = findings(Method::Carl, &mined(200), &few);
    assert!(matches!(found[..], [Finding::Overfitted { .. }]), "{found:?}");
}

#[test]
fn hypotheses_too_far_apart_are_found() {
    let far = Design::Pair {
        theta0: vec![8.0],
        theta1: vec![-8.0],
    };
    let data = Miner::new(&LinearGaussian::new(1).unwrap(), far, 3)
        .unwrap()
        .events(0..4_000)
        .unwrap();
    let found = findings(Method::Rolr, &data, &settings());
    assert!(matches!(found.first(), Some(Finding::HeavyTails { .. })), "{found:?}");
    let too_fast = Settings {
        learning_rate: Some(0.1),
        averaging: 1.0,
        activation: Some(Activation::Silu),
        ..settings()
    };
    let found = findings(Method::Carl, &data, &too_fast);
    assert!(
        matches!(found.first(), Some(Finding::Saturated { limit: 30.0, .. })),
        "{found:?}"
    );
}

/// Whether a command succeeds, and what it says.
fn run(dir: &Path, arguments: &str) -> (bool, String) {
    let output = command(dir, arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.success(), said.concat())
}

#[test]
fn a_model_can_be_inspected() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(500).write(&dir.join("data.h5")).unwrap();
    let (done, said) = run(dir, "train alices data.h5 -o a.model --steps 40 --hidden 10");
    assert!(
        done && said.contains("warning: the validation loss was still falling"),
        "{said}"
    );
    let (done, said) = run(dir, "inspect a.model --figure a.svg");
    assert!(done, "{said}");
    for words in [
        "alices, trained on 500 events of galton",
        "perceptron 2 → 10 → 1, silu; 41 weights",
        "40 of 40 steps",
        "kept",
        "warning: ",
        "--steps",
        "wrote a.svg",
    ] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
    assert!(fs::read_to_string(dir.join("a.svg")).unwrap().contains("gradient step"));
    let (done, said) = run(dir, "inspect a.model --figure a.svg");
    assert!(!done && said.contains("--force"), "{said}");
    assert!(run(dir, "inspect a.model --figure a.svg --force").0);
    let (done, said) = run(dir, "inspect a.model --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    assert!(done && json["provenance"]["steps"] == 40 && json["weights"] == 41 && json["warnings"][0].is_string());
    let (done, said) = run(dir, "inspect data.h5 --figure b.svg");
    assert!(!done && said.contains("give a model"), "{said}");
    let (done, said) = run(dir, "inspect a.svg");
    assert!(!done && said.contains("a.svg"), "{said}");
}

#[test]
fn an_ensemble_is_inspected_member_by_member() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(500).write(&dir.join("data.h5")).unwrap();
    let (done, said) = run(
        dir,
        "train carl data.h5 -o c.model --steps 40 --hidden 10 --members 3 --seed 7",
    );
    assert!(done, "{said}");
    let (done, said) = run(dir, "inspect c.model --figure c.svg");
    assert!(done && said.contains("an ensemble of 3 members of carl"), "{said}");
    for seed in 7..10 {
        assert!(
            said.contains(&format!("training seed {seed}: 40 of 40 steps")),
            "{said}"
        );
    }
    let drawing = fs::read_to_string(dir.join("c.svg")).unwrap();
    assert!(drawing.contains("3 members"));
    let (_, said) = run(dir, "inspect c.model --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["members"].as_array().unwrap().len(), 3);
    assert_eq!(json["members"][2]["provenance"]["settings"]["seed"], 9);
}

/// Subhalos of a lens tell their abundance to a few per cent, where the prior spans a factor of 200: labels at hypotheses between
/// 128 points would scatter wildly, and are not recalled unless that is insisted on.
#[test]
fn labels_are_not_recalled_between_points_that_do_not_resolve_them() {
    let lenses = Lensing::summaries();
    let prior = Prior::Box {
        edges: lenses.hypotheses().unwrap().prior,
    };
    let design = Design::Mixture { prior, n_points: 20 };
    let data = Miner::new(&lenses, design, 1).unwrap().events(0..300).unwrap();
    for asked in [None, Some(Labels::Relabeled)] {
        let settings = Settings {
            labels: asked,
            steps: 20,
            ..settings()
        };
        let model = Model::train(Method::Alice, data.with_simulator(&lenses), &settings, &()).unwrap();
        let provenance = model.provenance().unwrap();
        let Some(Finding::Unresolved { points, relabeled }) = provenance.findings.first() else {
            panic!("{:?}", provenance.findings);
        };
        assert!(*points < 2.0);
        assert_eq!(*relabeled, asked.is_some());
        let labels = if *relabeled { Labels::Relabeled } else { Labels::Stored };
        assert_eq!(provenance.settings.labels, Some(labels));
    }
}
