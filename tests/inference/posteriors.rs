//! Posteriors on grids, and the diagnostics that tell right ones from wrong ones: x ~ N(θ, 1), θ ~ N(0, 1).

use motherlode::diagnostics::{Coverage, Uniformity, distance_rank, rank};
use motherlode::inference::{Likelihood, ParameterBox, Posterior};
use motherlode::trace::{Stream, stream};
use ndarray::{Array1, Array2, array};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::gauss::normal;

const PAIRS: u64 = 4_000;
const DRAWS: usize = 99;

fn normal_draw(rng: &mut Stream) -> f64 {
    rng.sample(StandardNormal)
}

/// P(|Z| < z).
fn central(z: f64) -> f64 {
    // Simpson's rule over the density, ten digits for z below 8.
    let n = 400;
    let h = z / n as f64;
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let weight = |i: usize| {
        if i == 0 || i == n {
            1.0
        } else if i.is_multiple_of(2) {
            2.0
        } else {
            4.0
        }
    };
    (0..=n).map(|i| weight(i) * density(h * i as f64)).sum::<f64>() * 2.0 * h / 3.0
}

/// Truths with their observations, and the posterior N(x/2, 1/2) with its width times c and its centre off by b widths.
fn pairs(c: f64, b: f64) -> impl Iterator<Item = (f64, f64, f64, f64, Stream)> {
    let sd = 0.5f64.sqrt();
    (0..PAIRS).map(move |pair| {
        let mut rng = stream(31, pair, 0);
        let theta = normal_draw(&mut rng);
        let x = theta + normal_draw(&mut rng);
        (theta, x, 0.5 * x + b * sd, c * sd, rng)
    })
}

fn draws(mean: f64, sd: f64, rng: &mut Stream) -> Array1<f64> {
    (0..DRAWS).map(|_| mean + sd * normal_draw(rng)).collect()
}

/// n = 4 observations with mean 0.5 under the prior N(0, 1): N(0.4, 0.2).
#[test]
fn a_posterior_on_a_grid_is_the_conjugate_one() {
    let (truth, x) = (normal(1), array![[0.1], [0.9], [0.4], [0.6]]);
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0]);
    let log_density = |theta: &[f64]| Ok(likelihood.at(theta)? - 0.5 * theta[0] * theta[0]);
    let posterior = Posterior::new(&log_density, &ParameterBox::new([(-4.0, 5.0)]).unwrap(), &[900]).unwrap();
    assert!((posterior.mean()[0] - 0.4).abs() < 1e-6);
    assert!((posterior.standard_deviation()[0] - 0.2f64.sqrt()).abs() < 1e-4);
    let peak = -0.5 * (std::f64::consts::TAU * 0.2).ln();
    assert!((posterior.log_density(&[0.4]) - peak).abs() < 1e-3);
    for z in [0.5, 1.0, 2.0] {
        let found = posterior.credible_level(&[0.4 + z * 0.2f64.sqrt()]);
        assert!((found - central(z)).abs() < 0.02, "{found}"); // cells are 0.01 wide
    }
    let drawn = posterior.draws(20_000, &mut stream(3, 0, 0));
    let mean = drawn.mean().unwrap();
    assert!((mean - 0.4).abs() < 4.0 * (0.2f64 / 20_000.0).sqrt());
    assert_eq!(posterior.log_density(&[9.0]), f64::NEG_INFINITY);
    assert_eq!(posterior.credible_level(&[9.0]), 1.0);
}

#[test]
fn a_posterior_of_two_parameters_has_its_axes_in_order() {
    let log_density = |t: &[f64]| Ok(-0.5 * ((t[0] - 1.0) / 0.3).powi(2) - 0.5 * ((t[1] + 2.0) / 0.6).powi(2));
    let space = ParameterBox::new([(-2.0, 4.0), (-6.0, 2.0)]).unwrap();
    let posterior = Posterior::new(&log_density, &space, &[120, 80]).unwrap();
    for (found, expected) in posterior.mean().iter().zip([1.0, -2.0]) {
        assert!((found - expected).abs() < 1e-6);
    }
    for (found, expected) in posterior.standard_deviation().iter().zip([0.3, 0.6]) {
        assert!((found - expected).abs() < 2e-3, "{found}");
    }
    assert!((posterior.credible_level(&[1.0 + 0.3 * 2.0, -2.0]) - (1.0 - (-2.0f64).exp())).abs() < 0.02);
    assert!(Posterior::new(&log_density, &space, &[10]).is_err());
    assert!(Posterior::new(&|_: &[f64]| Ok(f64::NEG_INFINITY), &space, &[9, 9]).is_err());
}

/// Φ(c z − b) − Φ(−c z − b) with z the quantile of (1 + l)/2: diagnostics' table of known answers, by quadrature.
#[test]
fn coverage_of_distorted_posteriors_is_the_analytic_one() {
    for (c, b, at_95, area) in [
        (1.0, 0.0, 0.95, 0.0),
        (0.5, 0.0, 0.6729, -0.204_83),
        (0.8, 0.0, 0.8831, -0.070_45),
        (1.5, 0.0, 0.9967, 0.125_67),
        (1.0, 0.5, 0.9209, -0.038_18),
    ] {
        let levels = pairs(c, b).map(|(theta, _, mean, sd, _)| central(((theta - mean) / sd).abs().min(8.0)).min(1.0));
        let coverage = Coverage::new(levels.collect()).unwrap();
        let error = (at_95 * (1.0 - at_95) / PAIRS as f64).sqrt();
        assert!(
            (coverage.at(0.95) - at_95).abs() < 4.0 * error,
            "{} of {at_95}",
            coverage.at(0.95)
        );
        // A level is at most as wide as a uniform number: its mean has a standard error below √(1/12 n).
        assert!((coverage.signed_area() - area).abs() < 4.0 * (12.0 * PAIRS as f64).sqrt().recip());
        let (low, high) = coverage.interval(0.95, 0.999);
        assert_eq!(low <= 0.95 && 0.95 <= high, (c, b) == (1.0, 0.0), "{low} {high}");
    }
}

#[test] // 950 of 1000 at 95 % confidence: [0.93461, 0.96266] (scipy)
fn intervals_of_coverage_are_those_of_clopper_and_pearson() {
    let levels = (0..1000).map(|i| if i < 950 { 0.1 } else { 0.9 }).collect();
    let (low, high) = Coverage::new(levels).unwrap().interval(0.5, 0.95);
    assert!(
        (low - 0.93461).abs() < 1e-5 && (high - 0.96266).abs() < 1e-5,
        "{low} {high}"
    );
    assert!(Coverage::new(vec![]).is_err() && Coverage::new(vec![1.2]).is_err());
}

#[test] // half the width: the distance of Kolmogorov and Smirnov is 0.1613
fn ranks_find_posteriors_that_are_too_narrow_or_off() {
    let uniformity = |c, b| {
        let ranks =
            pairs(c, b).map(|(theta, _, mean, sd, mut rng)| rank(theta, draws(mean, sd, &mut rng).view(), &mut rng));
        Uniformity::new(&ranks.collect::<Vec<_>>()).unwrap()
    };
    let right = uniformity(1.0, 0.0);
    assert!(right.p_value > 1e-4 && right.p_value_of_bins > 1e-4, "{right:?}");
    let narrow = uniformity(0.5, 0.0);
    // 99 draws smooth the edges; the distance itself has a standard error of about 0.5/√n.
    assert!(
        (narrow.distance - 0.1613).abs() < 0.03 && narrow.p_value < 1e-6,
        "{narrow:?}"
    );
    for (c, b) in [(2.0, 0.0), (1.0, 0.3)] {
        assert!(uniformity(c, b).p_value < 1e-6, "c = {c}, b = {b}");
    }
}

/// A posterior that is the prior passes with references that do not look at x, and fails with those that do.
#[test]
fn distances_from_references_that_look_at_x_find_what_was_not_learned() {
    let uniformity = |learned: bool, looks: bool| {
        let ranks = pairs(1.0, 0.0).map(|(theta, x, mean, sd, mut rng)| {
            let posterior = if learned {
                draws(mean, sd, &mut rng)
            } else {
                draws(0.0, 1.0, &mut rng)
            };
            let reference = if looks { x } else { 6.0 * rng.random::<f64>() - 3.0 };
            let draws: Array2<f64> = posterior.insert_axis(ndarray::Axis(1));
            distance_rank(&[theta], draws.view(), &[reference], &[1.0], &mut rng)
        });
        Uniformity::new(&ranks.collect::<Vec<_>>()).unwrap().p_value
    };
    assert!(uniformity(true, false) > 1e-4 && uniformity(true, true) > 1e-4);
    assert!(uniformity(false, false) > 1e-4, "the blind spot");
    assert!(uniformity(false, true) < 1e-6);
}

/// Critical distances 0.04278 (5 %) and 0.06146 (0.1 %) of 1000 numbers, and the 99.9 % quantile 43.82 of χ² with 19 degrees of freedom (scipy).
#[test]
fn tests_of_uniformity_have_the_quantiles_of_scipy() {
    let spaced = |shift: f64| {
        (0..1000)
            .map(|i| ((i as f64 + 0.5) / 1000.0 + shift).min(1.0))
            .collect::<Vec<_>>()
    };
    for (distance, p) in [(0.04278, 0.05), (0.06146, 0.001)] {
        let found = Uniformity::new(&spaced(distance - 0.0005)).unwrap();
        assert!((found.distance - distance).abs() < 1e-9, "{found:?}");
        assert!((found.p_value / p - 1.0).abs() < 0.03, "{found:?}");
    }
    let mut uneven = spaced(0.0);
    uneven[..46].iter_mut().for_each(|value| *value = 0.99); // 4 left of 50 in one bin, 96 in another
    let found = Uniformity::new(&uneven).unwrap();
    assert!((found.chi_squared - 2.0 * 46.0f64.powi(2) / 50.0).abs() < 1e-9);
    assert!(found.p_value_of_bins < 0.001);
    assert!(Uniformity::new(&[0.5; 5]).is_err() && Uniformity::new(&[1.5; 50]).is_err());
}
