//! What is done to the observables before a network sees them changes how fast an answer is found, not the answer; and it
//! survives in the model file.

use motherlode::Result;
use motherlode::dataset::AugmentedData;
use motherlode::likelihood::LogRatio;
use motherlode::nn::input::TransformKind;
use motherlode::nn::{Method, Model, RatioEstimator, Settings};
use motherlode::trace::Instrumented;
use motherlode_simulators::LinearGaussian;
use ndarray::{Array1, Array2, ArrayView2, array};

use crate::mined::over_the_prior;

const EVENTS: u64 = 4_000;
const THETA0: [f64; 1] = [0.5];
const THETA1: [f64; 1] = [-0.5];

fn simulator() -> LinearGaussian {
    LinearGaussian::new(1).unwrap()
}

/// Events of a normal observation, for which log r is linear in x.
fn data() -> AugmentedData {
    over_the_prior(&simulator(), 4, EVENTS)
}

fn settings() -> Settings {
    Settings {
        steps: Some(1_000),
        hidden: vec![30, 30],
        ..Settings::default()
    }
}

fn trained(data: &AugmentedData, settings: &Settings) -> RatioEstimator {
    RatioEstimator::train(Method::Alice, data, settings, &()).unwrap()
}

/// ⟨(log r̂ − log r)²⟩ over events of the data; the estimator sees `seen`, the truth the observations that were mined.
fn error(estimator: &dyn LogRatio, data: &AugmentedData, seen: &Array2<f64>) -> f64 {
    let truth = Instrumented::truth(&simulator()).unwrap();
    let exact = truth.log_ratio(data.x.view(), &THETA0, &THETA1).unwrap();
    let found = estimator.log_ratio(seen.view(), &THETA0, &THETA1).unwrap();
    (found - exact).mapv(|d| d * d).mean().unwrap()
}

/// The answer log r = 0.
struct Nothing;

impl LogRatio for Nothing {
    fn log_ratio(&self, x: ArrayView2<f64>, _: &[f64], _: &[f64]) -> Result<Array1<f64>> {
        Ok(Array1::zeros(x.nrows()))
    }
}

/// The ratio does not change under an invertible map of x, but a map with exponential tails leaves a standardised
/// observable nearly constant.
#[test]
fn heavy_tails_are_found_and_tamed() {
    let data = data();
    let wild = AugmentedData {
        x: data.x.mapv(|x| (5.0 * x).sinh()),
        ..data.clone()
    };
    let with = |kind: Option<TransformKind>| {
        let transforms = kind.map(|kind| (data.header.observables[0].clone(), kind));
        let settings = Settings {
            transforms: transforms.into_iter().collect(),
            ..settings()
        };
        error(&trained(&wild, &settings), &data, &wild.x)
    };
    let plain = error(&trained(&data, &settings()), &data, &data.x);
    let [automatic, log, quantile, standardised] = [
        None,
        Some(TransformKind::SignedLog),
        Some(TransformKind::Quantile),
        Some(TransformKind::Standardise),
    ]
    .map(with);
    assert_eq!(automatic, log);
    let nothing = error(&Nothing, &data, &data.x);
    for found in [plain, automatic, quantile] {
        assert!(found < 0.1 * nothing, "{found} of {nothing}");
    }
    assert!(standardised > 0.5 * nothing, "{standardised} of {nothing}");
}

/// An observable that is lost by chance says nothing of θ: there log r = 0, elsewhere it is what it was.
#[test]
fn an_event_without_its_observable_has_the_ratio_of_no_observation() {
    let data = data();
    let lost = |event: usize| event.is_multiple_of(3);
    let mut seen = data.x.clone();
    (0..seen.nrows())
        .filter(|event| lost(*event))
        .for_each(|event| seen[[event, 0]] = -999.0);
    let settings = Settings {
        missing: [(data.header.observables[0].clone(), -999.0)].into(),
        ..settings()
    };
    let partial = AugmentedData {
        x: seen.clone(),
        ..data.clone()
    };
    let estimator = trained(&partial, &settings);
    let none = estimator
        .log_ratio(array![[-999.0], [f64::NAN]].view(), &THETA0, &THETA1)
        .unwrap();
    assert_eq!(none[0], none[1]);
    assert!(none[0].abs() < 0.1, "{none}");
    let found: Vec<usize> = (0..seen.nrows()).filter(|event| !lost(*event)).collect();
    let found = data.select(&found);
    let found_error = error(&estimator, &found, &found.x);
    assert!(found_error < 0.01, "{found_error}");
}

#[test]
fn transforms_survive_in_the_model_file() {
    let data = data();
    let name = &data.header.observables[0];
    let dir = tempfile::tempdir().unwrap();
    for kind in ["standardise", "signed-log", "quantile", "angle:20", "categorical"] {
        let rounded = AugmentedData {
            x: data.x.mapv(f64::round),
            ..data.clone()
        };
        let settings = Settings {
            steps: Some(20),
            hidden: vec![5],
            transforms: [(name.clone(), kind.parse().unwrap())].into(),
            ..settings()
        };
        let estimator = trained(&rounded, &settings);
        let expected = estimator.log_ratio(rounded.x.view(), &THETA0, &THETA1).unwrap();
        let path = dir.path().join(kind);
        Model::Ratio(estimator).write(&path, false).unwrap();
        let Model::Ratio(read) = Model::read(&path).unwrap() else {
            panic!("a ratio estimator became a score estimator")
        };
        assert_eq!(read.log_ratio(rounded.x.view(), &THETA0, &THETA1).unwrap(), expected);
        assert_eq!(read.provenance().settings.transforms, settings.transforms);
        let message = read
            .log_ratio(array![[f64::NAN]].view(), &THETA0, &THETA1)
            .unwrap_err()
            .to_string();
        assert!(message.contains(name) && message.contains("missing"), "{message}");
    }
}
