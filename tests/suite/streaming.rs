//! Training that streams: from memory and from disk the same estimator, whatever it learns from.

use std::path::Path;

use motherlode::dataset::{AugmentedData, Reader};
use motherlode::gold::Design;
use motherlode::likelihood::LogRatio;
use motherlode::nn::input::TransformKind;
use motherlode::nn::{Encoding, Head, Labels, Method, Model, RatioEstimator, Settings, TrainingData};
use motherlode::prior::Prior;
use motherlode::trace::{Hypotheses, Instrumented};
use motherlode_simulators::{Galton, LinearGaussian};
use tempfile::TempDir;

use crate::mined;

const N_EVENTS: u64 = 2_500;

fn mined(simulator: &dyn Instrumented, design: Design, n: u64) -> AugmentedData {
    mined::mined(simulator, design, 11, n)
}

fn over_the_prior(simulator: &dyn Instrumented) -> Design {
    let Hypotheses { theta1, prior, .. } = simulator.hypotheses().unwrap();
    Design::Prior {
        prior: Prior::Box { edges: prior },
        theta1,
    }
}

fn at_reference(simulator: &dyn Instrumented) -> Design {
    Design::Reference {
        theta: simulator.hypotheses().unwrap().theta_ref(),
    }
}

fn trained(method: Method, data: TrainingData, settings: &Settings) -> Model {
    Model::train(method, data, settings, &()).unwrap()
}

/// The model as a file: weights, scaling and curve to the last bit.
fn bytes(model: &Model, dir: &Path) -> Vec<u8> {
    let path = dir.join("some.model");
    model.write(&path, true).unwrap();
    std::fs::read(path).unwrap()
}

/// Trains on some events from memory and from disk, whole and in windows.
fn check(method: Method, simulator: &dyn Instrumented, design: Design, settings: Settings) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("data.h5");
    mined(simulator, design, N_EVENTS).write(&path).unwrap();
    let (reader, data) = (Reader::open(&path).unwrap(), AugmentedData::read(&path).unwrap());
    let whole = Settings {
        steps: Some(60),
        hidden: vec![12],
        ..settings
    };
    // Some eighth of the events, in the leanest of the trainings.
    let windows = Settings {
        memory: 40_000,
        ..whole.clone()
    };
    let [by_window, at_once] = [windows, whole].map(|settings| {
        let [memory, disk] = [TrainingData::from(&data), TrainingData::from(&reader)]
            .map(|data| trained(method, data.with_simulator(simulator), &settings));
        assert!(
            bytes(&memory, dir.path()) == bytes(&disk, dir.path()),
            "{method} with {settings:?}"
        );
        memory.provenance().unwrap().curve.train.clone()
    });
    assert_ne!(by_window, at_once, "{method} saw no windows");
}

fn stored() -> Settings {
    Settings {
        labels: Some(Labels::Stored),
        ..Settings::default()
    }
}

fn recalled() -> Settings {
    Settings {
        labels: Some(Labels::Relabeled),
        paths: Some(3),
        ..Settings::default()
    }
}

#[test]
fn stored_labels_are_the_same_from_memory_and_from_disk() {
    let (galton, normal) = (Galton::default(), LinearGaussian::new(1).unwrap());
    check(Method::Alices, &galton, over_the_prior(&galton), stored());
    check(Method::Carl, &galton, over_the_prior(&galton), stored());
    check(Method::Cnre, &galton, over_the_prior(&galton), stored());
    check(Method::Sally, &galton, at_reference(&galton), stored());
    check(Method::Derivatives, &normal, at_reference(&normal), stored());
    let quadratic = Settings {
        head: Head::Quadratic,
        ..stored()
    };
    check(Method::Rascal, &normal, over_the_prior(&normal), quadratic);
}

#[test]
fn recalled_labels_are_the_same_from_memory_and_from_disk() {
    let galton = Galton::default();
    let antisymmetric = Settings {
        head: Head::Antisymmetric,
        ..recalled()
    };
    for (method, settings) in [
        (Method::Rascal, recalled()),
        (Method::Calices, recalled()),
        (Method::Sally, recalled()),
        (Method::Alices, antisymmetric),
    ] {
        check(method, &galton, over_the_prior(&galton), settings);
    }
}

#[test]
fn densities_are_the_same_from_memory_and_from_disk() {
    let (galton, normal) = (Galton::default(), LinearGaussian::new(1).unwrap());
    check(Method::Nde, &galton, over_the_prior(&galton), stored());
    check(Method::Scandal, &normal, over_the_prior(&normal), recalled());
}

#[test]
fn transforms_and_encoders_are_the_same_from_memory_and_from_disk() {
    let (galton, normals) = (Galton::default(), LinearGaussian::new(10).unwrap());
    let names = normals.observables().into_iter().map(|observable| observable.name);
    let names: Vec<String> = names.collect();
    let transformed = Settings {
        transforms: [
            (names[0].clone(), TransformKind::Quantile),
            (names[1].clone(), TransformKind::SignedLog),
        ]
        .into(),
        ..stored()
    };
    check(Method::Alice, &normals, over_the_prior(&normals), transformed);
    let encoded = Settings {
        encoding: Some(Encoding::Set {
            first: names[0].clone(),
            particles: 5,
            observables: 2,
        }),
        ..stored()
    };
    check(Method::Alice, &normals, over_the_prior(&normals), encoded);
    // Few events have this position: perhaps none of those that the transforms are fitted on.
    let position = galton.observables()[0].name.clone();
    let missing = Settings {
        missing: [(position, 14.0)].into(),
        ..stored()
    };
    check(Method::Alice, &galton, over_the_prior(&galton), missing);
}

#[test]
fn windows_learn_what_the_whole_does() {
    let galton = Galton::default();
    let data = mined(&galton, over_the_prior(&galton), 4_000);
    let settings = Settings {
        memory: 100_000,
        steps: Some(1_500),
        hidden: vec![50, 50],
        ..Settings::default()
    };
    let estimator = RatioEstimator::train(Method::Alices, &data, &settings, &()).unwrap();
    let truth = Instrumented::truth(&galton).unwrap();
    let x = truth.support().unwrap();
    let found = estimator.log_ratio(x.view(), &[-0.8], &[-0.6]).unwrap();
    let exact = truth.log_ratio(x.view(), &[-0.8], &[-0.6]).unwrap();
    let weight = truth.log_likelihood(x.view(), &[-0.6]).unwrap().mapv(f64::exp);
    let error = (found - exact).mapv(|d| d * d).dot(&weight);
    assert!(error < 0.006, "{error}; the answer 0 has the error 0.0632");
}
