//! Neyman's construction against pivots in closed form, published intervals, and coverage.

use motherlode::Real;
use motherlode::inference::{Distribution, Interpolation, Neyman, ParameterBox, critical_value, intervals};
use motherlode::likelihood::{Exact, ExactDensity, LogRatio};
use motherlode::trace::stream;
use ndarray::{Array2, ArrayView2, Axis, array};
use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};

use crate::gauss::normal;

/// ln L at the nodes of `n_toys` data sets, `[n_toys, K]`, relative to θ = 0.
fn sums(
    truth: &dyn LogRatio,
    interpolation: &Interpolation,
    n_toys: u64,
    draw: &dyn Fn(u64) -> Array2<f64>,
) -> Array2<f64> {
    let mut sums = Array2::zeros((n_toys as usize, interpolation.n_nodes()));
    for (toy, mut sum) in (0..n_toys).zip(sums.rows_mut()) {
        let table = interpolation.table(truth, draw(toy).view(), &[0.0]).unwrap();
        sum.assign(&table.sum_axis(Axis(0)));
    }
    sums
}

/// How q of hypothesis `g` is distributed in toys.
fn distribution(neyman: &Neyman, g: usize, sums: &Array2<f64>) -> Distribution {
    Distribution::new(neyman.statistics(neyman.log_likelihoods(sums.view()).view(), g))
}

/// x ~ N(θ, 1) in one dimension.
fn normal_toy(theta: f64, n: usize, toy: u64) -> Array2<f64> {
    let mut rng = stream(theta.to_bits(), toy, 0);
    Array2::from_shape_fn((n, 1), |_| theta + rng.sample::<f64, _>(StandardNormal))
}

/// One time of decay with mean e^θ.
struct Decay;

impl ExactDensity for Decay {
    fn route(&self) -> &str {
        "closed form"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        x.column(0).iter().map(|&x| -theta[0] - (-theta[0]).exp() * x).collect()
    }
}

/// One decay of mean 1.
fn decay_toy(toy: u64) -> Array2<f64> {
    array![[stream(8, toy, 0).sample::<f64, _>(Exp1)]]
}

/// For one decay, q = 2 (x/μ − 1 − ln x/μ) does not depend on μ: its quantiles are 1.169 and 3.128 (numerical inversion), and
/// that of Wilks for 90 % covers 0.8735.
#[test]
fn one_decay_has_a_statistic_that_is_a_pivot() {
    let truth = Exact(Decay);
    let space = ParameterBox::new([(-9.0, 3.0)]).unwrap();
    let interpolation = Interpolation::new(space.clone(), &[65]).unwrap();
    let neyman = Neyman::new(&interpolation, &space, &[601]).unwrap(); // x below e^{-9} is too rare to matter
    let n = 20_000;
    let distribution = distribution(&neyman, 450, &sums(&truth, &interpolation, n, &decay_toy));
    assert_eq!(neyman.grid()[[450, 0]], 0.0);
    for (level, expected) in [(0.6827, 1.169f64), (0.9f64, 3.128)] {
        let found = distribution.critical_value(level);
        // The density of q there, about that of χ², gives the standard error of a quantile.
        let density = (-0.5 * expected).exp() / (std::f64::consts::TAU * expected).sqrt();
        let error = (level * (1.0 - level) / n as f64).sqrt() / density;
        assert!(
            (found - expected).abs() < 4.0 * error,
            "{found} is not {expected} at {level}"
        );
    }
    let covered = 1.0 - distribution.p_value(critical_value(0.9, 1).unwrap());
    assert!(
        (covered - 0.8735).abs() < 4.0 * (0.8735f64 * 0.1265 / n as f64).sqrt(),
        "{covered}"
    );
}

/// A normal measurement of what cannot be negative: table X of Feldman and Cousins, 90 %.
#[test]
fn bounded_measurements_have_the_intervals_of_feldman_and_cousins() {
    let truth = normal(1);
    let space = ParameterBox::new([(0.0, 6.0)]).unwrap();
    let interpolation = Interpolation::new(space.clone(), &[5]).unwrap();
    let neyman = Neyman::new(&interpolation, &space, &[121]).unwrap();
    let values = neyman.values(0);
    let of_hypothesis = |g: usize| {
        let toys = sums(&truth, &interpolation, 4_000, &|toy| normal_toy(values[g], 1, toy));
        distribution(&neyman, g, &toys)
    };
    let distributions: Vec<Distribution> = (0..121).map(of_hypothesis).collect();
    for (x, low, high) in [
        (-1.0, 0.0, 0.81),
        (0.0, 0.0, 1.645),
        (1.0, 0.0, 2.645),
        (2.0, 0.585, 3.645),
    ] {
        let at_nodes = interpolation.table(&truth, array![[x]].view(), &[0.0]).unwrap();
        let q = neyman.statistics_of_table(at_nodes.view());
        let excess = ndarray::Array1::from_shape_fn(121, |g| q[g] - distributions[g].critical_value(0.9));
        let found = intervals(values.view(), excess.view(), 0.0);
        let (found_low, found_high) = (found[0].0, found[found.len() - 1].1);
        // Critical values of 4000 toys are off by 0.08, intervals by 0.03; the grid is 0.05 wide.
        assert!(
            (found_low - low).abs() < 0.1 && (found_high - high).abs() < 0.1,
            "{x}: {found:?}"
        );
    }
}

/// 500 data sets of five events: both constructions cover the truth as often as they say, for a statistic that follows χ².
#[test]
fn intervals_cover_within_two_binomial_errors() {
    let truth = normal(1);
    let space = ParameterBox::new([(-4.0, 4.0)]).unwrap();
    let interpolation = Interpolation::new(space.clone(), &[3]).unwrap();
    let neyman = Neyman::new(&interpolation, &space, &[801]).unwrap();
    let hypothesis = 445;
    let theta = neyman.values(0)[hypothesis];
    let toys = sums(&truth, &interpolation, 4_000, &|toy| normal_toy(theta, 5, toy));
    let fresh = sums(&truth, &interpolation, 500, &|toy| {
        normal_toy(theta, 5, toy + 1_000_000)
    });
    let statistics = distribution(&neyman, hypothesis, &fresh);
    let distribution = distribution(&neyman, hypothesis, &toys);
    for level in [0.6827, 0.95] {
        let error = (level * (1.0 - level) / 500.0f64).sqrt();
        for critical in [critical_value(level, 1).unwrap(), distribution.critical_value(level)] {
            let covered = 1.0 - statistics.p_value(critical);
            assert!((covered - level).abs() < 2.0 * error, "{covered} of {level}");
        }
    }
}

#[test] // Runge's function converges geometrically at Chebyshev points; polynomials are exact
fn interpolation_is_exact_for_polynomials_and_converges_for_smooth_functions() {
    let space = ParameterBox::new([(-1.0, 2.0), (0.0, 5.0)]).unwrap();
    let polynomial = |t: &[f64]| 1.0 + t[0] * t[1] - 2.0 * t[0].powi(3) * t[1].powi(2);
    let interpolation = Interpolation::new(space.clone(), &[4, 3]).unwrap();
    let at_nodes: Vec<f64> = interpolation
        .nodes()
        .rows()
        .into_iter()
        .map(|t| polynomial(&t.to_vec()))
        .collect();
    for theta in space.grid(&[7, 9]).unwrap().rows() {
        let theta = theta.to_vec();
        let found = interpolation.weights(&theta).dot(&ndarray::aview1(&at_nodes));
        assert!(
            (found - polynomial(&theta)).abs() < 1e-12 * 200.0,
            "{found} at {theta:?}"
        );
    }
    let runge = |t: f64| 1.0 / (1.0 + 25.0 * t * t);
    let line = ParameterBox::new([(-1.0, 1.0)]).unwrap();
    let error = |n: usize| {
        let interpolation = Interpolation::new(line.clone(), &[n]).unwrap();
        let at_nodes = interpolation.nodes().column(0).mapv(runge);
        let places = (0..200).map(|i| -1.0 + 0.01 * i as f64);
        places
            .map(|t| (interpolation.weights(&[t]).dot(&at_nodes) - runge(t)).abs())
            .fold(0.0, f64::max)
    };
    // |error| falls as ((1 + √26)/5)^(−n), Bernstein's ellipse through ± i/5.
    assert!(error(81) < 1e-5 && error(41) > 1e-4, "{} {}", error(41), error(81));
}

#[test]
fn interpolations_take_the_nodes_they_need() {
    let (truth, x) = (Exact(Decay), array![[0.3], [1.0], [2.5]]);
    let narrow = ParameterBox::new([(-0.1, 0.1)]).unwrap();
    let fine = Interpolation::for_estimator(&narrow, &truth, x.view(), &[0.0], (1_000.0, 0.01), &()).unwrap();
    assert_eq!(fine.nodes().nrows(), 7);
    let wide = ParameterBox::new([(-30.0, 30.0)]).unwrap();
    let error = Interpolation::for_estimator(&wide, &truth, x.view(), &[0.0], (1_000.0, 0.01), &()).unwrap_err();
    assert!(error.to_string().contains("cannot be interpolated over"), "{error}");
}

#[test]
fn intervals_have_their_ends_between_the_points() {
    let (values, curve) = (array![0.0, 1.0, 2.0, 3.0, 4.0], array![0.5, 1.5, 0.0, 2.0, 0.5]);
    let found = intervals(values.view(), curve.view(), 1.0);
    assert_eq!(found.len(), 3);
    for ((low, high), (expected_low, expected_high)) in
        found
            .into_iter()
            .zip([(0.0, 0.5), (4.0 / 3.0, 2.5), (3.0 + 2.0 / 3.0, 4.0)])
    {
        assert!(
            (low - expected_low).abs() < 1e-12 && (high - expected_high).abs() < 1e-12,
            "{low} {high}"
        );
    }
    assert!(intervals(values.view(), curve.view(), -1.0).is_empty());
}

#[test] // (1 + #)/(1 + N)
fn p_values_of_toys_count_the_data_as_one_of_them() {
    let distribution = Distribution::new(vec![3.0, 1.0, 2.0, 4.0]);
    assert_eq!(
        [0.0, 2.0, 2.5, 9.0].map(|q| distribution.p_value(q)),
        [1.0, 0.8, 0.6, 0.2]
    );
    assert_eq!(distribution.critical_value(0.5), 3.0);
    assert_eq!(distribution.critical_value(0.9), f64::INFINITY);
}
