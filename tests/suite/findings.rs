//! What is said about a training when it is over: warnings that have their cause, and `motherlode inspect`.

use std::fs;
use std::path::Path;

use motherlode::Real;
use motherlode::dataset::{AugmentedData, Header};
use motherlode::gold::{Design, Miner};
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Activation, Encoding, Finding, Labels, Method, Model, RatioErrors, Settings};
use motherlode::prior::Prior;
use motherlode::trace::density::Normal;
use motherlode::trace::{Hypotheses, Instrumented, Layout, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_simulators::{Galton, Lensing, LinearGaussian, RandomWalk};
use ndarray::Array2;
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::command;
use crate::mined::over_the_prior;

fn mined(n: u64) -> AugmentedData {
    over_the_prior(&Galton::default(), 11, n)
}

fn settings() -> Settings {
    Settings {
        steps: Some(300),
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
        steps: Some(1_500),
        ..settings()
    };
    for method in [
        Method::Carl,
        Method::Nre,
        Method::Alices,
        Method::Rascal,
        Method::Scandal,
    ] {
        // What hard labels teach in so short a training, two thousand held-out events may not show.
        let hard = [Method::Carl, Method::Nre].contains(&method);
        let mut found = findings(method, &data, &settings);
        found.retain(|finding| !(hard && matches!(finding, Finding::LearnedNothing { .. })));
        assert_eq!(found, [], "{method}");
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
        steps: Some(40),
        certificate: false, // which has more to say of so bad a network
        ..settings()
    };
    let found = findings(Method::Alices, &data, &too_short);
    assert!(matches!(found[..], [Finding::StillFalling { .. }]), "{found:?}");
    let too_heavy = Settings {
        alpha: Some(1e4),
        steps: Some(1_500),
        certificate: false,
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
    assert!(0 < best_step && best_step < step && Some(step) < too_fast.steps);
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
        steps: Some(3_000),
        hidden: vec![100, 100],
        learning_rate: Some(3e-3),
        ..settings()
    };
    let found = findings(Method::Carl, &mined(200), &few);
    assert!(matches!(found[..], [Finding::Overfitted { .. }, ..]), "{found:?}");
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

/// The ratios of a random walk span decades: squared errors learn the few largest ones, relative errors all of them.
#[test]
fn uneven_ratios_are_learned_by_their_relative_errors() {
    let data = over_the_prior(&RandomWalk, 11, 3_000);
    let truth = Instrumented::truth(&RandomWalk).unwrap();
    let (x, theta0, theta1) = (data.x.view(), [110.0], [100.0]);
    let exact = truth.log_ratio(x, &theta0, &theta1).unwrap();
    let trained = |ratio_errors| {
        let settings = Settings {
            ratio_errors,
            labels: None,
            steps: Some(1_000),
            ..settings()
        };
        Model::train(Method::Rascal, data.with_simulator(&RandomWalk), &settings, &()).unwrap()
    };
    let error = |model: &Model| {
        let found = model.log_ratio(x, &theta0, &theta1).unwrap();
        (found - &exact).mapv(|error| error * error).mean().unwrap()
    };
    let (by_default, squared) = (trained(None), trained(Some(RatioErrors::Squared)));
    let provenance = by_default.provenance().unwrap();
    assert_eq!(provenance.settings.ratio_errors, Some(RatioErrors::Relative));
    assert!(
        error(&by_default) < 0.1 * error(&squared),
        "{} {}",
        error(&by_default),
        error(&squared)
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

/// What is said of recalled labels, and the labels that were taken.
fn labels_of(
    method: Method,
    simulator: &dyn Instrumented,
    labels: Option<Labels>,
) -> (Option<Finding>, Option<Labels>) {
    let prior = Prior::Box {
        edges: simulator.hypotheses().unwrap().prior,
    };
    let design = Design::Mixture { prior, n_points: 20 };
    let data = Miner::new(simulator, design, 1).unwrap().events(0..300).unwrap();
    let settings = Settings {
        labels,
        steps: Some(20),
        ..settings()
    };
    let model = Model::train(method, data.with_simulator(simulator), &settings, &()).unwrap();
    let provenance = model.provenance().unwrap();
    let of_labels =
        |finding: &&Finding| matches!(finding, Finding::Unresolved { .. } | Finding::UnknownPosteriors { .. });
    let found = provenance.findings.iter().find(of_labels).cloned();
    (found, provenance.settings.labels)
}

/// Subhalos of a lens tell their abundance to a few per cent, where the prior spans a factor of 200: few of 128 points that fill the prior
/// see a path. They move to its posterior, and its labels are recalled; where hypotheses of the prior compete, that does not help.
#[test]
fn labels_are_recalled_where_the_posteriors_of_paths_are_narrow() {
    let lenses = Lensing::summaries();
    let (found, labels) = labels_of(Method::Alice, &lenses, None);
    assert!(labels == Some(Labels::Relabeled) && found.is_none(), "{found:?}");
    let (found, labels) = labels_of(Method::Calice, &lenses, None);
    let resolved =
        |finding: &Finding| matches!(finding, Finding::Unresolved { points, relabeled: true } if *points < 2.0);
    assert!(
        labels == Some(Labels::Relabeled) && found.as_ref().is_some_and(resolved),
        "{found:?}"
    );
}

/// x = sin(10⁷ θ) to 0.01: wherever a path is likely, it is impossible nearby.
struct Chaos;

impl Simulator for Chaos {
    fn name(&self) -> &str {
        "chaos"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.6], [0.5], [(0.0, 1.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let centre = (theta[0] * 1e7).sin();
        Ok(vec![trace.draw(Normal::new(centre, R::from(0.01))?)])
    }
}

#[test]
fn labels_are_not_recalled_where_the_posteriors_of_paths_are_not_found() {
    for asked in [None, Some(Labels::Relabeled)] {
        let (found, labels) = labels_of(Method::Alice, &Chaos, asked);
        let Some(Finding::UnknownPosteriors { share, relabeled }) = found else {
            panic!("{found:?}");
        };
        assert!(share > 0.5, "{share}");
        assert_eq!(relabeled, asked.is_some());
        assert_eq!(labels, Some(if relabeled { Labels::Relabeled } else { Labels::Stored }));
    }
}

/// A warning of a training is stored in the model, and whatever uses the model repeats it.
#[test]
fn every_command_repeats_what_the_training_found() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(500).write(&dir.join("data.h5")).unwrap();
    assert!(run(dir, "mine galton -n 50 --reference -0.7 --seed 9 -o observed.h5").0);
    assert!(run(dir, "train alices data.h5 -o a.model --steps 40 --hidden 10").0);
    assert!(
        run(
            dir,
            "train alices data.h5 -o e.model --steps 40 --hidden 10 --members 2"
        )
        .0
    );
    for arguments in [
        "inspect a.model",
        "evaluate a.model observed.h5",
        "infer a.model observed.h5",
        "sample a.model observed.h5 --draws 50 --warmup 50 --chains 2",
        "fisher galton a.model --events 500",
        "calibrate a.model --events 2000 --grid 3 -o c.model",
        "diagnose a.model --pairs 20 --held-out 4000 --converge 0",
        "export a.model -o a.onnx",
        "infer c.model observed.h5",
        "export c.model -o c.onnx",
        "infer e.model observed.h5",
        "evaluate e.model observed.h5",
    ] {
        let (done, said) = run(dir, arguments);
        let repeats = said.contains("warning: ") && said.contains("still falling at the last step");
        assert!(done && repeats, "{arguments}: {said}");
    }
    let (_, said) = run(dir, "infer a.model observed.h5 --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    let warnings = json["warnings"].as_array().unwrap();
    let training = warnings.iter().find(|warning| warning["kind"] == "training").unwrap();
    assert_eq!(training["remedy"], "raise --steps");
}

/// A file of NumPy arrays with a constant and a nearly constant column beside one that says something.
fn with_dull_columns() -> AugmentedData {
    let data = over_the_prior(&LinearGaussian::new(1).unwrap(), 3, 2_000);
    let n = data.n_events();
    let x = Array2::from_shape_fn((n, 3), |(event, column)| match column {
        0 => data.x[[event, 0]],
        1 => 125.0 + 1e-7 * data.x[[event, 0]],
        _ => 13.0,
    });
    let names = ["x", "m", "energy"].map(str::to_owned);
    let header = Header::imported(vec!["theta".into()], names.into(), data.header.design.clone());
    AugmentedData {
        x,
        header,
        memories: None,
        ..data
    }
}

#[test]
fn columns_that_hardly_vary_are_named_at_import_and_in_training() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    with_dull_columns().write_npz(&dir.join("dull.npz")).unwrap();
    let words = ["`energy` has the same value in all events", "`m` has a range of only"];
    for arguments in [
        "import dull.npz -o dull.h5 --observables x,m,energy --parameters theta",
        "train carl dull.h5 -o dull.model --steps 40 --hidden 10",
        "inspect dull.model",
        "export dull.model -o dull.onnx",
    ] {
        let (done, said) = run(dir, arguments);
        assert!(
            done && words.iter().all(|words| said.contains(words)),
            "{arguments}: {said}"
        );
    }
}

/// 125 ± 1e-7 is one number in single precision: the graph is compared with the model, and takes double precision.
#[test]
fn a_graph_that_single_precision_would_spoil_has_double() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let dull = with_dull_columns();
    let only = AugmentedData {
        x: dull.x.slice_axis(ndarray::Axis(1), (1..2).into()).to_owned(),
        header: Header::imported(vec!["theta".into()], vec!["m".into()], dull.header.design.clone()),
        ..dull
    };
    let settings = Settings {
        steps: Some(600),
        ..settings()
    };
    trained(Method::Alices, &only, &settings)
        .write(&dir.join("m.model"), false)
        .unwrap();
    let (done, said) = run(dir, "export m.model -o m.onnx --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    assert!(done && json["precision"] == "double", "{said}");
    assert!(json["difference"].as_f64().unwrap() < 1e-4, "{said}");
    assert!(json["difference_in_single"].as_f64().unwrap() > 0.05, "{said}");
    let (done, said) = run(dir, "export m.model -o m.onnx --force");
    assert!(
        done && said.contains("double precision") && said.contains("single precision"),
        "{said}"
    );
    trained(Method::Alices, &mined(2_000), &settings)
        .write(&dir.join("g.model"), false)
        .unwrap();
    let (_, said) = run(dir, "export g.model -o g.onnx --json");
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["precision"], "single", "{said}");
    assert!(json["difference"].as_f64().unwrap() < 1e-4, "{said}");
}

/// 300 numbers of which nobody says what they are.
#[test]
fn many_inputs_are_no_plain_vector_in_silence() {
    let data = mined(400);
    let n = data.n_events();
    let x = Array2::from_shape_fn((n, 300), |(event, k)| data.x[[event, 0]] + (event * k) as f64 % 7.0);
    let names: Vec<String> = (0..300).map(|k| format!("x{k}")).collect();
    let header = Header::imported(vec!["theta".into()], names, data.header.design.clone());
    let many = AugmentedData {
        x,
        header,
        memories: None,
        ..data
    };
    let short = Settings {
        steps: Some(50),
        ..settings()
    };
    let said = |data: &AugmentedData, settings: &Settings| {
        let found = findings(Method::Carl, data, settings);
        found
            .iter()
            .any(|finding| matches!(finding, Finding::ManyInputs { inputs: 300 }))
    };
    assert!(said(&many, &short));
    assert!(!said(&many, &short.clone().with_encoding(Encoding::Vector)));
    let mut declared = many;
    declared.header.layout = Some(Layout::Vector);
    assert!(!said(&declared, &short));
}

/// Images are learned from as images, because the simulator says that they are.
#[test]
fn a_declared_image_is_encoded_unless_asked_otherwise() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    assert!(run(dir, "mine lensing -n 24 -o images.h5 --seed 1").0);
    let (done, said) = run(dir, "train carl images.h5 -o images.model --steps 2 --batch 8");
    assert!(done && !said.contains("--encode"), "{said}");
    let (_, said) = run(dir, "inspect images.model");
    assert!(said.contains("residual network of images of 1 × 64 × 64"), "{said}");
    assert!(
        run(
            dir,
            "train carl images.h5 -o flat.model --steps 2 --batch 8 --encode vector"
        )
        .0
    );
    let (_, said) = run(dir, "inspect flat.model");
    assert!(said.contains("perceptron 4098"), "{said}");
}
