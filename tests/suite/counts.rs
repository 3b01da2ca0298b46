//! Counts whose rate spans four decades, n ~ Poisson(e^θ): small ones matter as much as large ones. The best fit of 100 counts is exactly
//! ln of their mean, with the error 1/√(their sum).

use motherlode::dataset::AugmentedData;
use motherlode::likelihood::{LogLikelihood, LogRatio, Score};
use motherlode::nn::{DensityKind, Finding, Labels, LikelihoodEstimator, Method, Model, Settings};
use motherlode::trace::Instrumented;
use motherlode::trace::density::Poisson;
use motherlode::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode::{Real, Result};
use ndarray::{Array2, ArrayView2, array};

use crate::mined::over_the_prior;

/// Errors of the exact best fit that an estimate may be off by.
const PULL: f64 = 1.0;

struct Decades;

impl Simulator for Decades {
    fn name(&self) -> &str {
        "decades"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -2.0, 8.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("n")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([4.0], [3.0], [(-2.0, 8.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        Ok(vec![trace.draw(Poisson::new(theta[0].exp())?) as f64])
    }
}

fn data() -> AugmentedData {
    over_the_prior(&Decades, 1, 12_000)
}

/// 100 counts at θ, and their exact best fit with its error.
fn observed(theta: f64) -> (Array2<f64>, f64, f64) {
    let draw = |event| Decades.sample(&[theta], &mut stream(7, event, 0)).unwrap()[0];
    let x = Array2::from_shape_fn((100, 1), |(event, _)| draw(event as u64));
    let sum = x.sum();
    (x, (sum / 100.0).ln(), sum.sqrt().recip())
}

/// How far the best fit of an estimator is from the exact one, in errors of the latter; from a scan of ±8 of them.
fn pull(estimator: &dyn LogRatio, theta: f64) -> f64 {
    let (x, exact, error) = observed(theta);
    let log = |shift: f64| {
        let theta = exact + shift * error;
        estimator
            .log_ratio(x.view(), &[theta.clamp(-2.0, 8.0)], &[exact])
            .unwrap()
            .sum()
    };
    let shifts = (-80..=80).map(|step| 0.1 * f64::from(step));
    shifts.max_by(|a, b| log(*a).total_cmp(&log(*b))).unwrap()
}

const PLACES: [f64; 5] = [-1.0, 0.0, 2.0, 5.0, 7.0];

fn assert_right(estimator: &dyn LogRatio, places: &[f64], within: f64, what: &str) {
    for &theta in places {
        let found = pull(estimator, theta);
        assert!(found.abs() < within, "{what}: {found} errors off at {theta}");
    }
}

#[test]
fn scores_of_all_sizes_are_learned() {
    let stored = Settings::default().with_labels(Labels::Stored);
    let model = Model::train(Method::Alices, &data(), &stored, &()).unwrap();
    assert_right(&model, &PLACES, PULL, "stored labels");
    assert_eq!(model.provenance().unwrap().findings, []);
    let data = data();
    let model = Model::train(Method::Alices, data.with_simulator(&Decades), &Settings::default(), &()).unwrap();
    assert_right(&model, &PLACES, PULL, "recalled labels");
}

/// Classes that are never confused have no ratio to learn, and what comes out instead is wrong in silence no more.
#[test]
fn a_classifier_says_that_it_cannot_know() {
    let carl = Model::train(Method::Carl, &data(), &Settings::default(), &()).unwrap();
    let findings = &carl.provenance().unwrap().findings;
    assert!(matches!(findings[..], [Finding::Separable { .. }, ..]), "{findings:?}");
}

#[test]
fn a_density_of_counts_is_a_probability_and_right_everywhere() {
    let density = LikelihoodEstimator::train(Method::Nde, &data(), &Settings::default(), &()).unwrap();
    assert_right(&density, &PLACES, 1.2, "nde");
    for theta in [-1.0, 2.0, 6.0] {
        let n = (3.0 * f64::exp(theta) + 100.0) as usize;
        let counts = Array2::from_shape_fn((n, 1), |(k, _)| k as f64);
        let total: f64 = density
            .log_likelihood(counts.view(), &[theta])
            .unwrap()
            .mapv(f64::exp)
            .sum();
        assert!((total - 1.0).abs() < 1e-3, "{total} at {theta}");
    }
    // ln P(0 | θ) = −e^θ
    let none = density.log_likelihood(array![[0.0]].view(), &[0.0]).unwrap()[0];
    assert!((none + 1.0).abs() < 0.1, "{none}");
    let x = array![[0.0], [3.0], [7.0], [20.0]];
    let score = density.score(x.view(), &[2.0]).unwrap();
    let [above, below] = [2.01, 1.99].map(|theta| density.log_likelihood(x.view(), &[theta]).unwrap());
    for (found, slope) in score.iter().zip((above - below) / 0.02) {
        assert!(
            (found - slope).abs() < 0.02 * slope.abs().max(1.0),
            "{found} against {slope}"
        );
    }
    let drawn = density.sample(&[2.0], 4_000, 3).unwrap();
    assert!(drawn.iter().all(|count| count.fract() == 0.0 && *count >= 0.0));
    let (mean, expected) = (drawn.mean().unwrap(), f64::exp(2.0));
    assert!((mean - expected).abs() < 0.05 * expected, "{mean} for {expected}");
}

/// A count beside a continuous observable: its density at whole numbers is a probability, and no spike.
#[test]
fn a_count_among_other_observables_is_spread_over_its_bin() {
    let mut data = over_the_prior(&Decades, 2, 6_000);
    let other = Array2::from_shape_fn((data.n_events(), 1), |(event, _)| (event as f64 * 0.618).fract());
    data.x.mapv_inplace(|count| count.min(3.0));
    data.x = ndarray::concatenate(ndarray::Axis(1), &[data.x.view(), other.view()]).unwrap();
    data.header.observables = vec!["n".into(), "u".into()];
    data.header.observable_units = vec![String::new(); 2];
    let settings = Settings::default().with_density(DensityKind::Spline).with_steps(600);
    let density = LikelihoodEstimator::train(Method::Nde, &data, &settings, &()).unwrap();
    let drawn = density.sample(&[1.0], 500, 1).unwrap();
    assert!(drawn.column(0).iter().all(|count| count.fract() == 0.0) && drawn[[0, 1]].fract() != 0.0);
    // Σ_n ∫ p(n, u) du: by the middles of a hundred bins
    let grid = Array2::from_shape_fn((5 * 140, 2), |(k, column)| match column {
        0 => (k / 140) as f64,
        _ => (k % 140) as f64 / 100.0 - 0.2,
    });
    let total = total_mass(&density, grid.view());
    assert!((0.8..1.2).contains(&total), "{total}");
}

fn total_mass(density: &LikelihoodEstimator, grid: ArrayView2<f64>) -> f64 {
    density.log_likelihood(grid, &[1.0]).unwrap().mapv(f64::exp).sum() / 100.0
}
