//! Fisher information measured on simulated events: closed forms, quadrature, and published tables.

use motherlode::inference::{BinLayout, Information, InformationEstimate, SummaryStatistic, critical_value};
use motherlode::trace::Instrumented;
use motherlode_simulators::{Galton, Higgsstrahlung, LinearGaussian, Projectile, RandomWalk};
use ndarray::{Array2, ArrayView2};

use crate::mined::mined;
use crate::tolerance::{ALGEBRA, close};

/// Whether an element is the known one, within four standard errors that are small enough to tell.
fn agrees(found: &InformationEstimate, (i, j): (usize, usize), expected: f64, largest_error: f64) {
    let (value, error) = (found.information().matrix()[(i, j)], found.standard_error(i, j));
    assert!(
        (value - expected).abs() < 4.0 * error.max(1e-12) && error < largest_error * expected.abs(),
        "{value} ± {error} is not {expected}"
    );
}

/// Exact scores of events drawn at θ.
fn of_exact(simulator: &dyn Instrumented, theta: &[f64], n: u64) -> InformationEstimate {
    let truth = simulator.truth().unwrap();
    let data = mined(simulator, theta, n, 3);
    InformationEstimate::from_scores(truth.score(data.x.view(), theta).unwrap().view()).unwrap()
}

#[test] // x ~ N(θ, v): 1/v; of the latent z ~ N(θ, s₁): 1/s₁
fn a_normal_has_the_information_of_its_variance() {
    let simulator = LinearGaussian::new(1).unwrap().with_variances(0.5, 0.75).unwrap();
    agrees(&of_exact(&simulator, &[0.3], 40_000), (0, 0), 1.0 / 1.25, 0.01);
    let joint = mined(&simulator, &[0.3], 40_000, 3).joint_score0.unwrap();
    agrees(
        &InformationEstimate::from_scores(joint.view()).unwrap(),
        (0, 0),
        2.0,
        0.01,
    );
}

/// 0.00435495942: quadrature of Skellam's distribution. The joint score of a walk is (steps up − θ)/θ: 1/θ.
#[test]
fn a_random_walk_has_the_information_of_its_end() {
    agrees(&of_exact(&RandomWalk, &[130.0], 20_000), (0, 0), 0.004_354_959_42, 0.02);
    let joint = mined(&RandomWalk, &[130.0], 20_000, 3).joint_score0.unwrap();
    agrees(
        &InformationEstimate::from_scores(joint.view()).unwrap(),
        (0, 0),
        1.0 / 130.0,
        0.02,
    );
}

/// Numerical quadrature over the height and the distance, at the reference speed and angle.
#[test]
fn a_thrown_ball_has_the_information_of_quadrature() {
    let found = of_exact(&Projectile, &[12.0, 37.0f64.to_radians()], 20_000);
    for (element, expected) in [((0, 0), 32.126_865), ((0, 1), 75.786_201), ((1, 1), 181.317_287)] {
        agrees(&found, element, expected, 0.02);
    }
}

/// Parton level at 500 GeV, standard model, an event: Monte Carlo integration to 1 %; the rate from the derivatives of the cross
/// section, 2 S(0,W) and 2 S(0,WW), which are polynomial coefficients.
#[test]
fn higgsstrahlung_has_the_information_of_its_table() {
    let simulator = Higgsstrahlung::default().at_parton_level();
    let found = of_exact(&simulator, &[0.0, 0.0], 20_000);
    for (element, expected) in [((0, 0), 0.368), ((1, 1), 0.997), ((0, 1), -0.447)] {
        let value = found.information().matrix()[element];
        let error = found.standard_error(element.0, element.1).hypot(0.012 * expected);
        assert!(
            (value - expected).abs() < 4.0 * error,
            "{value} ± {error} is not {expected}"
        );
    }
    let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 4]);
    let log_rate = simulator
        .log_rate_at(&[0.0, 0.0], &mut gradient, &mut hessian)
        .unwrap()
        .unwrap();
    assert!(close(log_rate.exp(), 1.826_88, 1e-3), "{}", log_rate.exp());
    let rate = Information::from_count(100.0, &gradient.map(|slope| 100.0 * slope)).unwrap();
    let expected = 100.0 * 2.530_062 * 1.745_386;
    assert!(close(rate.matrix()[(0, 1)], expected, 2e-3), "{rate:?}");
}

/// Galton's board has 21 bins: the sum over them, and the derivative of its probabilities by differences.
#[test]
fn what_can_be_listed_is_summed() {
    let truth = Instrumented::truth(&Galton::default()).unwrap();
    let found = InformationEstimate::summed(truth.as_ref(), &[-0.7]).unwrap().unwrap();
    let x = truth.support().unwrap();
    let p = |theta: f64| truth.log_likelihood(x.view(), &[theta]).unwrap().mapv(f64::exp);
    let slope = (p(-0.7 + 1e-4) - p(-0.7 - 1e-4)) / 2e-4;
    let expected: f64 = slope
        .iter()
        .zip(&p(-0.7))
        .map(|(d, p)| if *p > 0.0 { d * d / p } else { 0.0 })
        .sum();
    assert!(close(found.information().matrix()[(0, 0)], expected, 1e-6));
    assert_eq!(found.standard_error(0, 0), 0.0);
    let normal = Instrumented::truth(&LinearGaussian::new(1).unwrap()).unwrap();
    assert!(InformationEstimate::summed(normal.as_ref(), &[0.0]).unwrap().is_none());
    // A histogram of the bins, and the learned score that is exact, have the same.
    let galton = Galton::default();
    let data = mined(&galton, &[-0.7], 30_000, 8);
    let joint = data.joint_score0.as_ref().unwrap().view();
    let bins = InformationEstimate::from_histogram(data.x.view(), joint, BinLayout::EqualWidth, &[25]).unwrap();
    agrees(&bins, (0, 0), expected, 0.1);
    let scores = truth.score(data.x.view(), &[-0.7]).unwrap();
    agrees(
        &InformationEstimate::from_learned_score(scores.view(), joint).unwrap(),
        (0, 0),
        expected,
        0.1,
    );
}

/// The information of x ~ N(0, 1) in bins of equal probability: Σ (φ(a) − φ(b))²/p over their edges.
fn in_bins(n: usize) -> f64 {
    let density_at_edge = |i: usize| match i {
        0 => 0.0,
        i if i == n => 0.0,
        i if 2 * i == n => std::f64::consts::TAU.powf(-0.5),
        // z² is the quantile of χ² for the mass between −z and z.
        i => {
            let between = (2.0 * i as f64 / n as f64 - 1.0).abs();
            (-0.5 * critical_value(between, 1).unwrap()).exp() / std::f64::consts::TAU.sqrt()
        }
    };
    (0..n)
        .map(|b| n as f64 * (density_at_edge(b) - density_at_edge(b + 1)).powi(2))
        .sum()
}

/// 200 samples of 250 events in 25 bins, ten in each. The joint score scatters about that of x with variance 1, which would make a
/// histogram know 25/250 too much: the known bias, which is ten times the error of the mean here. Errors are right, too.
#[test]
fn histograms_of_few_events_are_right_on_average() {
    let simulator = LinearGaussian::new(1).unwrap();
    let (mut sum, mut squares, mut errors) = (0.0, 0.0, 0.0);
    let samples = 200.0;
    for sample in 0..200 {
        let data = mined(&simulator, &[0.0], 250, 100 + sample);
        let joint = data.joint_score0.as_ref().unwrap().view();
        let found =
            InformationEstimate::from_histogram(data.x.view(), joint, BinLayout::EqualProbability, &[25]).unwrap();
        let value = found.information().matrix()[(0, 0)];
        sum += value;
        squares += value * value;
        errors += found.standard_error(0, 0).powi(2);
    }
    let mean: f64 = sum / samples;
    let spread = (squares / samples - mean * mean).sqrt();
    assert!(
        (mean - in_bins(25)).abs() < 4.0 * spread / samples.sqrt(),
        "{mean} is not {}",
        in_bins(25)
    );
    assert!(0.1 > 8.0 * spread / samples.sqrt(), "the bias would not be seen");
    let ratio = (errors / samples).sqrt() / spread;
    assert!(
        (ratio - 1.0).abs() < 4.0 / (2.0 * samples).sqrt(),
        "errors are {ratio} of the spread"
    );
}

/// A score that is learned too large by a factor believes in the square of it, and tells as much as the right one; one with noise
/// of the variance 1 believes in more, and tells 1/(1 + 1).
#[test]
fn what_a_learned_score_tells_does_not_depend_on_what_it_believes() {
    let simulator = LinearGaussian::new(2).unwrap();
    let data = mined(&simulator, &[0.0, 0.0], 40_000, 5);
    let joint = data.joint_score0.as_ref().unwrap().view();
    let exact = simulator_score(&simulator, data.x.view());
    let noise = mined(&simulator, &[0.0, 0.0], 40_000, 6).x;
    for (learned, believed, told) in [
        (exact.clone(), 1.0, 1.0),
        (&exact * 3.0 + 0.5, 9.25, 1.0),
        (&exact + &noise, 2.0, 0.5),
    ] {
        let beliefs = InformationEstimate::from_scores(learned.view()).unwrap();
        agrees(&beliefs, (0, 0), believed, 0.02);
        let found = InformationEstimate::from_learned_score(learned.view(), joint).unwrap();
        agrees(&found, (1, 1), told, 0.02);
        assert!(found.information().matrix()[(0, 1)].abs() < 4.0 * found.standard_error(0, 1));
    }
    let twice = ndarray::concatenate![
        ndarray::Axis(1),
        exact.column(0).insert_axis(ndarray::Axis(1)),
        exact.column(0).insert_axis(ndarray::Axis(1))
    ];
    let error = InformationEstimate::from_learned_score(twice.view(), joint)
        .unwrap_err()
        .to_string();
    assert!(error.contains("depend on one another"), "{error}");
}

fn simulator_score(simulator: &dyn Instrumented, x: ArrayView2<f64>) -> Array2<f64> {
    simulator.truth().unwrap().score(x, &[0.0, 0.0]).unwrap()
}

/// One of two normals tells nothing of the other's mean: the whole matrix is known.
#[test]
fn a_histogram_of_one_observable_sees_one_parameter() {
    let simulator = LinearGaussian::new(2).unwrap();
    let data = mined(&simulator, &[0.0, 0.0], 40_000, 5);
    let joint = data.joint_score0.as_ref().unwrap().view();
    let summary = SummaryStatistic::from_observables(&Instrumented::observables(&simulator), &["x1".into()]).unwrap();
    let values = summary.values(data.x.view()).unwrap();
    let found = InformationEstimate::from_histogram(values.view(), joint, BinLayout::EqualProbability, &[25]).unwrap();
    agrees(&found, (1, 1), in_bins(25), 0.02);
    for element in [(0, 0), (0, 1)] {
        let value = found.information().matrix()[element];
        assert!(value.abs() < 0.003, "{value}"); // 25 cells of a noise of variance 2, on either side of 0
    }
    let (alone, profiled) = found.resolution(1, 400.0, None).unwrap();
    assert!((alone.value - 0.05 / in_bins(25).sqrt()).abs() < 4.0 * alone.standard_error);
    assert!(profiled.is_none_or(|profiled| profiled.value >= alone.value));
}

#[test] // σ = 1/√(n I + other), and its error by hand: ½ n σ³ δI
fn resolutions_are_those_of_all_that_is_known() {
    let simulator = LinearGaussian::new(1).unwrap();
    let found = of_exact(&simulator, &[0.0], 1_000);
    let other = Information::from_count(4.0, &[10.0]).unwrap();
    let (alone, profiled) = found.resolution(0, 50.0, Some(&other)).unwrap();
    let total: f64 = 50.0 * found.information().matrix()[(0, 0)] + 25.0;
    assert!(close(alone.value, total.powf(-0.5), ALGEBRA));
    let error = 0.5 * 50.0 * total.powf(-1.5) * found.standard_error(0, 0);
    assert!(close(alone.standard_error, error, ALGEBRA));
    assert!(close(profiled.unwrap().standard_error, error, 1e-9));
}

#[test]
fn what_cannot_be_measured_is_an_error() {
    let few = Array2::<f64>::ones((19, 1));
    assert!(InformationEstimate::from_scores(few.view()).is_err());
    let some = Array2::<f64>::ones((50, 1));
    assert!(InformationEstimate::from_scores((&some * f64::NAN).view()).is_err());
    assert!(InformationEstimate::from_histogram(some.view(), some.view(), BinLayout::EqualWidth, &[5, 5]).is_err());
    assert!(InformationEstimate::from_histogram(some.view(), some.view(), BinLayout::EqualWidth, &[0]).is_err());
    assert!(InformationEstimate::from_learned_score(some.view(), few.view()).is_err());
    let many = Array2::from_shape_fn((50, 2), |(i, k)| (i * (k + 1)) as f64);
    for layout in [BinLayout::EqualWidth, BinLayout::EqualProbability] {
        let error = InformationEstimate::from_histogram(many.view(), some.view(), layout, &[1 << 40, 1 << 40])
            .unwrap_err()
            .to_string();
        assert!(error.contains("take fewer bins"), "{error}");
    }
}
