//! What a model says of itself: the examination that ends a training, and the commands that repeat it.

use motherlode::analysis::{Analysis, CalibrationSettings, CertifiedCoverage, Warning};
use motherlode::gold::Design;
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Finding, Labels, Method, Model, Settings};
use motherlode::trace::density::Normal;
use motherlode::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode::{ParameterBox, Real};
use motherlode_simulators::{Galton, LinearGaussian};
use tempfile::TempDir;

use crate::command_line::{json, run, said};
use crate::infer::prepared;
use crate::mined::{mined, over_the_prior};

fn settings() -> Settings {
    Settings {
        steps: Some(1_500),
        hidden: vec![20, 20],
        labels: Some(Labels::Stored),
        ..Settings::default()
    }
}

#[test]
fn a_good_network_has_a_clean_certificate() {
    let galton = Galton::default();
    let data = over_the_prior(&galton, 11, 20_000);
    let model = Model::train(Method::Alices, data.with_simulator(&galton), &settings(), &()).unwrap();
    let provenance = model.provenance().unwrap();
    let certificate = provenance.certificate.as_ref().unwrap();
    assert_eq!(provenance.findings, []);
    assert_eq!(model.certificates(), std::slice::from_ref(certificate));
    let sizes: Vec<usize> = certificate.coverage.iter().map(|entry| entry.events).collect();
    assert_eq!(sizes, [1, 10, 100]);
    for entry in &certificate.coverage {
        assert!(entry.undecided * 10 < entry.data_sets, "{entry}");
        let region = entry.at(0.68).unwrap();
        assert!(
            (region.coverage() - 0.68).abs() < 4.0 * region.standard_error(),
            "{entry}"
        );
    }
    let mean_ratio = certificate.held_out.as_ref().and_then(|means| means.mean_ratio);
    assert!(mean_ratio.unwrap().z_score(1.0).abs() < 5.0);
}

/// The examination changes no weight, and is the same every time.
#[test]
fn a_network_is_the_same_with_and_without_it() {
    let galton = Galton::default();
    let data = over_the_prior(&galton, 11, 2_000);
    let settings = Settings {
        steps: Some(100),
        ..settings()
    };
    let train = |certificate| {
        let settings = settings.clone().with_certificate(certificate);
        Model::train(Method::Alices, data.with_simulator(&galton), &settings, &()).unwrap()
    };
    let (examined, again, plain) = (train(true), train(true), train(false));
    let log_ratio = |model: &Model| model.log_ratio(data.x.view(), &[0.3], &[0.6]).unwrap();
    assert_eq!(log_ratio(&examined), log_ratio(&plain));
    let certificate = |model: &Model| model.provenance().unwrap().certificate.clone();
    assert!(certificate(&examined).is_some() && certificate(&plain).is_none());
    assert_eq!(certificate(&examined), certificate(&again));
}

/// Measurements whose error is three times what the network was shown: its regions of 68 % cover 26 %.
#[test]
fn regions_that_are_too_small_are_found() {
    let simulator = LinearGaussian::new(1).unwrap();
    let mut data = over_the_prior(&simulator, 5, 20_000);
    let theta1 = data.theta1.clone().unwrap();
    for i in 0..data.n_events() {
        let mean = if data.y[i] == 0.0 {
            data.theta0[(i, 0)]
        } else {
            theta1[(i, 0)]
        };
        data.x[(i, 0)] = mean + (data.x[(i, 0)] - mean) / 3.0;
    }
    let model = Model::train(Method::Carl, data.with_simulator(&simulator), &settings(), &()).unwrap();
    let findings = &model.provenance().unwrap().findings;
    let coverage = findings.iter().find_map(|finding| match finding {
        Finding::RegionsTooSmall { coverage } => Some(coverage),
        _ => None,
    });
    let single = &coverage.unwrap()[0];
    let covers = single.at(0.68).unwrap().coverage();
    assert!(single.events == 1 && (0.05..0.5).contains(&covers), "{single}");
    assert!(
        model
            .training_warnings()
            .iter()
            .any(|words| words.contains("calibrate"))
    );
    // Calibration, at a few hypotheses, makes those of single events right.
    let settings = CalibrationSettings {
        events: 100_000,
        over_box: true,
        ..CalibrationSettings::default()
    };
    let analysis = Analysis::new(&model).with_simulator(&simulator);
    let calibrated = analysis.calibrate(&settings, &()).unwrap().certificate.unwrap();
    let single = calibrated.nearest(1.0).unwrap().at(0.68).unwrap();
    assert!(
        (single.coverage() - 0.68).abs() < 4.0 * single.standard_error(),
        "{single}"
    );
}

/// Three parameters of which two observables know nothing: the exact posterior is the prior.
struct Deaf;

impl Simulator for Deaf {
    fn name(&self) -> &str {
        "deaf"
    }

    fn parameters(&self) -> Vec<Parameter> {
        ["a", "b", "c"].map(|name| Parameter::new(name, -1.0, 1.0)).to_vec()
    }

    fn observables(&self) -> Vec<Observable> {
        ["x", "y"].map(Observable::new).to_vec()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5; 3], [0.0; 3], [(-1.0, 1.0); 3]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        for value in theta {
            trace.draw(Normal::new(*value, R::from(1.0))?);
        }
        (0..2).map(|_| Ok(trace.noise(Normal::new(0.0, 1.0)?))).collect()
    }
}

/// Imagined knowledge of single events adds up over a data set, and regions of 95 % exclude the truth: the certificate says so, for any
/// number of parameters, and so does a direct count: log r of an exact answer is 0, and the region holds the truth if Σ log r̂ of the truth is
/// among the largest 95 % over the prior.
#[test]
fn a_network_that_imagines_three_parameters_is_found() {
    let data = over_the_prior(&Deaf, 7, 1_000);
    let settings = Settings {
        steps: Some(2_000),
        hidden: vec![50, 50],
        ..settings()
    };
    let model = Model::train(Method::Alices, data.with_simulator(&Deaf), &settings, &()).unwrap();
    let provenance = model.provenance().unwrap();
    let certificate = provenance.certificate.as_ref().unwrap();
    // Most posteriors of a hundred events are so narrow, and have so many peaks, that they cannot be drawn; of ten they can.
    let ten = certificate.nearest(10.0).unwrap();
    assert!(ten.events == 10 && ten.is_too_small(), "{certificate}");
    let found = |finding: &Finding| matches!(finding, Finding::RegionsTooSmall { .. });
    assert!(provenance.findings.iter().any(found), "{:?}", provenance.findings);

    let box_of_prior = ParameterBox::new([(-1.0, 1.0); 3]).unwrap();
    let grid = box_of_prior.grid(&[9; 3]).unwrap();
    let held = (0..100).filter(|data_set| {
        let truth = &over_the_prior(&Deaf, 1_000 + data_set, 1).theta0.row(0).to_vec();
        let design = Design::Reference { theta: truth.clone() };
        let x = mined(&Deaf, design, 2_000 + data_set, 10).x;
        let sum = |theta: &[f64]| model.log_ratio(x.view(), theta, &[0.0; 3]).unwrap().sum();
        let of_truth = sum(truth);
        let sums: Vec<f64> = grid.rows().into_iter().map(|theta| sum(&theta.to_vec())).collect();
        let largest = sums.iter().copied().fold(of_truth, f64::max);
        let weight = |sum: f64| (sum - largest).exp();
        let total: f64 = sums.iter().map(|&sum| weight(sum)).sum();
        let above: f64 = sums.iter().filter(|sum| **sum > of_truth).map(|&sum| weight(sum)).sum();
        above < 0.95 * total
    });
    let counted = held.count() as f64 / 100.0;
    let certified = ten.at(0.95).unwrap();
    let error = certified.standard_error() * std::f64::consts::SQRT_2;
    assert!((counted - certified.coverage()).abs() < 3.0 * error, "{counted}, {ten}");
    let statement = CertifiedCoverage::new(&model, 100.0).unwrap();
    assert!(
        statement.name_of(0.95).contains("covers") && statement.statement.contains("were not resolved"),
        "{statement:?}"
    );
    assert!(Warning::coverage_of_fewer_events(&statement).is_some());
}

#[test]
fn commands_repeat_the_certificate() {
    let dir = prepared();
    let words = said(dir.path(), "infer alices.model observed.h5");
    assert!(
        words.contains("certificate: for data sets of") && words.contains("nearest to 40 events"),
        "{words}"
    );
    // A tenth of a training on few events.
    assert!(
        words.contains("learned nothing") && words.contains("nominal 68 %, covers"),
        "{words}"
    );
    let found = json(dir.path(), "infer alices.model observed.h5");
    assert!(
        found.pointer("/certificate/coverage/regions/0/covered").is_some(),
        "{found}"
    );
    let inspected = said(dir.path(), "inspect alices.model");
    assert!(inspected.contains("certificate, from held-out data"), "{inspected}");
    let inspected = json(dir.path(), "inspect alices.model");
    assert!(
        inspected
            .pointer("/provenance/certificate/coverage/2/regions")
            .is_some()
    );
}

#[test]
fn without_an_examination_intervals_are_not_certified() {
    let dir: TempDir = prepared();
    run(
        dir.path(),
        "train alices train.h5 -o plain.model --steps 50 --hidden 10 --no-certificate",
    );
    assert!(!said(dir.path(), "inspect plain.model").contains("certificate,"));
    let words = said(dir.path(), "infer plain.model observed.h5");
    assert!(words.contains("was not measured"), "{words}");
}
