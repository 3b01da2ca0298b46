//! Events that are drawn from stored rows: draws of one row are one event, and rows that were trained on examine nothing.

use std::collections::HashSet;

use motherlode::analysis::Warning;
use motherlode::arrays::{SampleOptions, read_observations, write_npz};
use motherlode::calibration::CalibrationEvents;
use motherlode::dataset::AugmentedData;
use motherlode::diagnostics::Reliability;
use motherlode::gold::ReweightingPool;
use motherlode::inference::{SummaryDensity, SummarySettings, SummaryStatistic};
use motherlode::nn::{Finding, Labels, Method, Model, Settings};
use motherlode::trace::density::Categorical;
use motherlode::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode::{ParameterBox, Real};
use ndarray::{Array1, ArrayView1};
use tempfile::TempDir;

use crate::mined::over_the_prior;

const ROWS: usize = 300;

/// A file of rows whose weights e^{±2θ} have nothing to do with their observations: r(x) = 1, and each row has a ratio that can be learned by
/// heart.
struct Noise;

impl Noise {
    fn observation(row: usize) -> [f64; 3] {
        [1.0, 2.0, 3.0].map(|k| (12.9898 * k * (row + 1) as f64).sin() * 43_758.545_3 % 1.0)
    }

    fn sign(row: usize) -> f64 {
        if (78.233 * (row + 1) as f64).sin() > 0.0 {
            2.0
        } else {
            -2.0
        }
    }
}

impl Simulator for Noise {
    fn name(&self) -> &str {
        "noise"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -1.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        ["a", "b", "c"].map(Observable::new).to_vec()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5], [0.0], [(-1.0, 1.0)]))
    }

    fn n_rows(&self) -> Option<u64> {
        Some(ROWS as u64)
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let weights: Vec<R> = (0..ROWS).map(|row| (theta[0] * Self::sign(row)).exp()).collect();
        let row = trace.draw(Categorical::new(&weights)?);
        Ok(Self::observation(row).to_vec())
    }
}

/// The validation events are of other rows, on which what was learned by heart is wrong.
#[test]
fn rows_that_were_learned_by_heart_are_found() {
    let data = over_the_prior(&Noise, 3, 20_000);
    let settings = Settings {
        steps: Some(1_500),
        hidden: vec![50, 50],
        labels: Some(Labels::Stored),
        ..Settings::default()
    };
    let model = Model::train(Method::Alice, data.with_simulator(&Noise), &settings, &()).unwrap();
    let provenance = model.provenance().unwrap();
    let last = provenance.curve.validation.last().unwrap();
    assert!(*last > std::f64::consts::LN_2, "{last}");
    let bad = |finding: &Finding| {
        matches!(
            finding,
            Finding::Overfitted { .. } | Finding::LearnedNothing { .. } | Finding::RegionsTooSmall { .. }
        )
    };
    assert!(provenance.findings.iter().any(bad), "{:?}", provenance.findings);
    let certificate = provenance.certificate.as_ref().unwrap();
    let limitation = certificate.limitation.as_deref().unwrap();
    assert!(limitation.contains("a tenth as many events as rows"), "{limitation}");
    assert!(certificate.coverage.iter().all(|entry| entry.events <= ROWS / 10));
    let warning = Warning::examined_on_training_rows(&model, &Noise).unwrap().to_string();
    assert!(warning.contains("rows of noise"), "{warning}");
}

/// Calibration and its evaluation have rows of their own, and errors are those of rows: what is learned by heart is not called right.
#[test]
fn calibrations_are_evaluated_on_other_rows() {
    let draw = |seed| CalibrationEvents::draw(&Noise, &[vec![0.5], vec![0.0]], 20_000, seed, &()).unwrap();
    let [events, others] = [draw(1), draw(2)];
    let evaluated = CalibrationEvents::draw_to_evaluate(&Noise, &[vec![0.5], vec![0.0]], 20_000, 1, &()).unwrap();
    let rows = |events: &CalibrationEvents| -> HashSet<Vec<u64>> {
        let bits = |row: ArrayView1<f64>| row.iter().map(|value| value.to_bits()).collect();
        events.x().rows().into_iter().map(bits).collect()
    };
    assert_eq!(rows(&events), rows(&others));
    assert_eq!(rows(&events).len(), events.x().nrows());
    assert!(rows(&events).is_disjoint(&rows(&evaluated)));
    assert_eq!(rows(&events).len() + rows(&evaluated).len(), ROWS);
    let mean = events.weights(0).unwrap().mean().unwrap();
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    // One of the rows counts as one event, however often it was drawn: r = e^{±1}/cosh 1 has the standard deviation tanh 1.
    let x = events.x();
    let log_ratio = x.rows().into_iter().map(|row| {
        let number = (0..ROWS).find(|&k| Noise::observation(k).as_slice() == row.to_slice().unwrap());
        0.5 * Noise::sign(number.unwrap()) - 1.0_f64.cosh().ln()
    });
    let log_ratio: Array1<f64> = log_ratio.collect();
    let found = Reliability::new(&log_ratio, events.weights(0).unwrap(), events.weights(1).unwrap()).unwrap();
    let expected = 1.0_f64.tanh() / (events.x().nrows() as f64).sqrt();
    assert!(
        (found.mean_ratio.standard_error / expected - 1.0).abs() < 0.3,
        "{:?}, expected {expected}",
        found.mean_ratio
    );
}

/// Events with weights, or of several hypotheses, were not measured; and two names of one quantity must agree.
#[test]
fn contradicting_arrays_are_refused() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let rows = |of: &dyn Fn(usize) -> f64| Array1::from_shape_fn(50, of).into_dyn();
    let write = |name: &str, arrays: &[(&str, &dyn Fn(usize) -> f64)]| {
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, of)| ((*name).to_owned(), rows(*of)))
            .collect();
        let views: Vec<_> = arrays
            .iter()
            .map(|(name, array)| (name.clone(), array.view()))
            .collect();
        write_npz(&dir.join(name), &views).unwrap();
        dir.join(name)
    };
    let x: (&str, &dyn Fn(usize) -> f64) = ("x", &|i| (i as f64).sin());
    let theta: (&str, &dyn Fn(usize) -> f64) = ("theta0", &|i| (i % 2) as f64);
    let sample = |name: &str, more: &[(&str, &dyn Fn(usize) -> f64)]| {
        let path = write(name, &[&[x, theta], more].concat());
        let options = SampleOptions {
            theta1: Some(vec![0.5]),
            ..SampleOptions::default()
        };
        AugmentedData::from_arrays(&path, &options)
    };
    sample(
        "alike.npz",
        &[("r_xz", &|_| 2.0), ("joint_log_ratio", &|_| 2.0_f64.ln())],
    )
    .unwrap();
    for (name, more) in [
        ("ratios.npz", ("r_xz", &(|_| 3.0) as &dyn Fn(usize) -> f64)),
        ("thetas.npz", ("theta", &|_| 0.3)),
        ("weights.npz", ("sample_weight", &|_| 1.5)),
    ] {
        let refused = sample(name, &[("joint_log_ratio", &|_| 0.1), more])
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("leave one of them out") || refused.contains("looks like weights"),
            "{refused}"
        );
    }
    let weighted = write("observed.npz", &[x, ("weights", &|_| 0.5)]);
    let refused = read_observations(&weighted).unwrap_err().to_string();
    assert!(refused.contains("measured events have no weights"), "{refused}");
}

#[test]
fn draws_of_one_row_count_as_one_event() {
    let points: Vec<Vec<f64>> = (-2..=2).map(|k| vec![0.5 * f64::from(k)]).collect();
    let pool = ReweightingPool::mine(&Noise, &points, 20_000, 1, &()).unwrap();
    assert!(pool.len() <= ROWS, "{}", pool.len());
    assert!(pool.effective_sample_size(&[0.0]).unwrap() <= ROWS as f64);
    // Twelve rows for each of 25 cells.
    let observables = Instrumented::observables(&Noise);
    let summary = SummaryStatistic::from_observables(&observables, &["a".into()]).unwrap();
    let space = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let density = SummaryDensity::new(&Noise, summary, &space, &SummarySettings::default(), &()).unwrap();
    let warning = Warning::sparse_density(density.sparsest()).unwrap().to_string();
    assert!(warning.contains("effective events for 25 cells"), "{warning}");
}
