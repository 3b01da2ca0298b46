//! Training that streams: from memory and from disk the same estimator, after an interruption too.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use motherlode::dataset::{AugmentedData, Reader};
use motherlode::estimator::{
    Activation, Finding, Labels, Method, Model, RatioEstimator, ScoreEstimator, Settings, TrainingData,
};
use motherlode::gold::{Design, Miner, Prior};
use motherlode::likelihood::LogRatio;
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, LinearGaussian};
use tempfile::TempDir;

/// Events enough for several windows of `TINY` bytes.
const N_EVENTS: u64 = 6_000;
const TINY: u64 = 100_000;

fn over_the_prior() -> Design {
    Design::Prior {
        prior: Prior::Box {
            edges: vec![(-1.0, -0.4)],
        },
        theta1: vec![-0.6],
    }
}

fn mined(design: Design, n: u64) -> AugmentedData {
    Miner::new(&Galton::default(), design, 11)
        .unwrap()
        .events(0..n)
        .unwrap()
}

fn settings() -> Settings {
    Settings {
        steps: 300,
        hidden: vec![20, 20],
        ..Settings::default()
    }
}

fn trained(method: Method, data: TrainingData, settings: &Settings) -> Model {
    match method {
        Method::Sally => Model::Score(ScoreEstimator::train(data, settings, &mut |_, _| ()).unwrap()),
        method => Model::Ratio(RatioEstimator::train(method, data, settings, &mut |_, _| ()).unwrap()),
    }
}

/// The model as a file: weights, scaling and curve to the last bit.
fn bytes(model: &Model, dir: &Path) -> Vec<u8> {
    let path = dir.join("some.model");
    model.write(&path, true).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn memory_and_disk_give_the_same_estimator() {
    let dir = TempDir::new().unwrap();
    let galton = Galton::default();
    let reference = Design::Reference { theta: vec![-0.7] };
    let cases = [
        (Method::Alices, over_the_prior(), Some(Labels::Stored)),
        (Method::Nre, over_the_prior(), None),
        (Method::Rascal, over_the_prior(), Some(Labels::Recalled)),
        (Method::Sally, reference, None),
    ];
    for (method, design, labels) in cases {
        let path = dir.path().join(format!("{method}.h5"));
        mined(design, N_EVENTS).write(&path).unwrap();
        let (reader, data) = (Reader::open(&path).unwrap(), AugmentedData::read(&path).unwrap());
        let [of_memory, of_disk] = [TrainingData::from(&data), TrainingData::from(&reader)].map(|data| {
            let recalled = labels == Some(Labels::Recalled);
            if recalled { data.recalled_by(&galton) } else { data }
        });
        let whole = Settings { labels, ..settings() };
        let windows = Settings {
            memory: TINY,
            ..whole.clone()
        };
        let [memory, disk] = [of_memory, of_disk].map(|data| trained(method, data, &windows));
        assert!(
            bytes(&memory, dir.path()) == bytes(&disk, dir.path()),
            "{method} in windows"
        );
        let [memory_whole, disk_whole] = [of_memory, of_disk].map(|data| trained(method, data, &whole));
        assert!(
            bytes(&memory_whole, dir.path()) == bytes(&disk_whole, dir.path()),
            "{method}"
        );
        let losses = |model: &Model| model.provenance().curve.validation.clone();
        assert_ne!(losses(&memory), losses(&memory_whole), "{method} saw no windows");
    }
}

#[test]
fn windows_learn_what_the_whole_does() {
    let data = mined(over_the_prior(), 4_000);
    let settings = Settings {
        memory: TINY,
        steps: 1_500,
        hidden: vec![50, 50],
        ..settings()
    };
    let estimator = RatioEstimator::train(Method::Alices, &data, &settings, &mut |_, _| ()).unwrap();
    let truth = Instrumented::truth(&Galton::default()).unwrap();
    let x = truth.support().unwrap();
    let found = estimator.log_ratio(x.view(), &[-0.8], &[-0.6]).unwrap();
    let exact = truth.log_ratio(x.view(), &[-0.8], &[-0.6]).unwrap();
    let weight = truth.log_likelihood(x.view(), &[-0.6]).unwrap().mapv(f64::exp);
    let error = (found - exact).mapv(|d| d * d).dot(&weight);
    assert!(error < 0.006, "{error}; the answer 0 has the error 0.0632");
}

fn motherlode(dir: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motherlode"));
    command.args(arguments.split_whitespace()).current_dir(dir);
    command
}

#[test]
fn training_survives_sigkill() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(over_the_prior(), 20_000).write(&dir.join("data.h5")).unwrap();
    // Two windows of a mebibyte, and long enough to be killed in the middle.
    let arguments =
        "train alices data.h5 -o killed.model --labels stored --memory 1 --hidden 50,50 --steps 12000 --json";
    let untouched = motherlode(dir, &arguments.replace("killed", "untouched"))
        .output()
        .unwrap();
    assert!(
        untouched.status.success(),
        "{}",
        String::from_utf8_lossy(&untouched.stderr)
    );

    let mut child = motherlode(dir, arguments).stdout(Stdio::null()).spawn().unwrap();
    let (began, state) = (Instant::now(), dir.join("killed.model.training"));
    while !state.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the child keeps no state");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    assert!(
        !dir.join("killed.model").exists(),
        "the training was too short to be killed"
    );

    let other = motherlode(dir, &format!("{arguments} --seed 1")).output().unwrap();
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(
        !other.status.success() && message.contains("interrupted training"),
        "{message}"
    );
    let resumed = motherlode(dir, arguments).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert!(said["resumed_at"].as_u64().unwrap() > 0);
    let read = |name| fs::read(dir.join(name)).unwrap();
    assert!(
        read("killed.model") == read("untouched.model"),
        "the resumed model differs"
    );
    assert!(!state.exists());
}

/// What is found about a training on `data`.
fn findings(method: Method, data: &AugmentedData, settings: &Settings) -> Vec<Finding> {
    trained(method, data.into(), settings).provenance().findings.clone()
}

#[test]
fn a_clean_training_raises_no_warning() {
    let data = mined(over_the_prior(), 10_000);
    for method in [Method::Carl, Method::Alices, Method::Rascal] {
        let settings = Settings {
            steps: 1_500,
            ..settings()
        };
        assert_eq!(findings(method, &data, &settings), [], "{method}");
    }
}

#[test]
fn every_warning_has_its_cause() {
    let data = mined(over_the_prior(), 4_000);
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

    let too_fast = Settings {
        learning_rate: Some(1e-3),
        final_learning_rate: 1e30, // grows from step to step
        patience: 1.0,
        ..settings()
    };
    let found = findings(Method::Alice, &data, &too_fast);
    assert!(
        matches!(found[0], Finding::Diverged { best_step: 1.., .. }),
        "{found:?}"
    );
    let at_once = Settings {
        learning_rate: Some(1e30),
        ..settings()
    };
    assert!(RatioEstimator::train(Method::Alice, &data, &at_once, &mut |_, _| ()).is_err());

    let few = Settings {
        steps: 3_000,
        hidden: vec![100, 100],
        learning_rate: Some(3e-3),
        ..settings()
    };
    let found = findings(Method::Carl, &mined(over_the_prior(), 200), &few);
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

#[test]
fn a_model_can_be_inspected() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    mined(over_the_prior(), 500).write(&dir.join("data.h5")).unwrap();
    let run = |arguments: &str| {
        let output = motherlode(dir, arguments).output().unwrap();
        let said = [output.stdout, output.stderr]
            .map(|text| String::from_utf8(text).unwrap())
            .concat();
        (output.status.success(), said)
    };
    let (done, said) = run("train alices data.h5 -o a.model --steps 40 --hidden 10");
    assert!(
        done && said.contains("warning: the validation loss was still falling"),
        "{said}"
    );
    let (done, said) = run("inspect a.model --figure a.svg");
    assert!(done, "{said}");
    for words in [
        "alices, trained on 500 events of galton",
        "kept",
        "warning: ",
        "--steps",
        "wrote a.svg",
    ] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
    assert!(fs::read_to_string(dir.join("a.svg")).unwrap().contains("gradient step"));
    let (done, said) = run("inspect a.model --figure a.svg");
    assert!(!done && said.contains("--force"), "{said}");
    assert!(run("inspect a.model --figure a.svg --force").0);
    let (done, said) = run("inspect data.h5 --figure b.svg");
    assert!(!done && said.contains("give a model"), "{said}");
    let (done, said) = run("inspect a.svg");
    assert!(!done && said.contains("a.svg"), "{said}");
}
