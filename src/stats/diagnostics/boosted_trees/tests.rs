//! Differences that no quadratic function shows, and the accuracy of the best classifier where it is known.

use motherlode_core::mean::Mean;
use motherlode_core::trace::{Stream, stream};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use statrs::distribution::{ContinuousCDF, Normal};

use super::super::classifier_test::ClassifierTest;

/// Means are judged at this many standard errors.
const FAR: f64 = 5.0;

/// Rows of both classes in turn, `[2 n, 2]`.
fn classifier(n: usize, draw: impl Fn(bool, &mut Stream) -> [f64; 2]) -> ClassifierTest {
    let mut rng = stream(11, 0, 0);
    let numerator: Vec<bool> = (0..2 * n).map(|row| row % 2 == 0).collect();
    let rows: Vec<[f64; 2]> = numerator.iter().map(|&first| draw(first, &mut rng)).collect();
    let x = Array2::from_shape_fn((2 * n, 2), |(row, k)| rows[row][k]);
    ClassifierTest::new(&x, numerator)
}

fn normal(rng: &mut Stream) -> f64 {
    rng.sample(StandardNormal)
}

/// The fields of a chessboard of four by four, white for one class and black for the other: all moments up to the second agree.
#[test]
fn a_chessboard_is_told_apart() {
    let draw = |first: bool, rng: &mut Stream| loop {
        let place = [rng.random::<f64>(), rng.random::<f64>()];
        let field = place.map(|at| (4.0 * at) as usize);
        if ((field[0] + field[1]) % 2 == 0) == first {
            return place.map(|at| (at - 0.5) * 12f64.sqrt());
        }
    };
    let found = classifier(4_000, draw).accuracy();
    assert!(found.value > 0.9, "{found:?}");
}

/// Two rings with the radii 1/2 and 3/2, and the ring between them whose second moment is theirs: radius √(5/4).
#[test]
fn a_mixture_of_rings_is_told_from_the_ring_between() {
    let draw = |first: bool, rng: &mut Stream| {
        let radius = match (first, rng.random::<bool>()) {
            (true, _) => 1.25f64.sqrt(),
            (false, true) => 0.5,
            (false, false) => 1.5,
        };
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        [angle.cos(), angle.sin()].map(|at| radius * at + 0.1 * normal(rng))
    };
    let found = classifier(4_000, draw).auc(&[1.0; 8_000]);
    assert!(found.value > 0.95, "{found:?}");
}

/// Φ(d/2) is the accuracy, Φ(d/√2) the area under the curve, of the best classifier of normals that are d apart (Green and Swets 1966, Signal
/// Detection Theory); 1/2 for d = 0.
#[test]
fn normals_are_told_apart_as_well_as_can_be() {
    let standard = Normal::standard();
    for d in [0.0, 0.5, 1.0, 2.0] {
        let draw = |first: bool, rng: &mut Stream| [normal(rng) + if first { d } else { 0.0 }, normal(rng)];
        let classifier = classifier(10_000, draw);
        let near = |found: Mean, expected: f64| {
            assert!(
                found.z_score(expected).abs() < FAR,
                "{d}: {found:?} instead of {expected}"
            );
        };
        near(classifier.accuracy(), standard.cdf(0.5 * d));
        near(classifier.auc(&[1.0; 20_000]), standard.cdf(d * 0.5f64.sqrt()));
    }
}

/// Weights p(x|first)/p(x|second) = 1 + sin 8πx of the second class leave nothing to find, and the same answer comes again.
#[test]
fn exact_weights_leave_nothing_to_find() {
    const EVENTS: usize = 10_000;
    let density = |at: f64| 1.0 + (4.0 * std::f64::consts::TAU * at).sin();
    let draw = |first: bool, rng: &mut Stream| loop {
        let at = rng.random::<f64>();
        if !first || 2.0 * rng.random::<f64>() < density(at) {
            return [at, normal(rng)];
        }
    };
    let mut rng = stream(11, 0, 0);
    let weights: Vec<f64> = (0..EVENTS)
        .map(|row| density(draw(row % 2 == 0, &mut rng)[0]))
        .collect();
    let fitted = classifier(EVENTS / 2, draw);
    let (before, after) = (fitted.auc(&[1.0; EVENTS]), fitted.auc(&weights));
    // The best that there is: 1/2 + E|sin a − sin b|/4 over uniform phases a and b.
    let best = 0.5 + 2.0 * std::f64::consts::FRAC_1_PI.powi(2);
    assert!((before.value - best).abs() < 0.02, "{before:?} instead of {best}");
    assert!(after.z_score(0.5).abs() < FAR, "{after:?}");
    assert_eq!(after, classifier(EVENTS / 2, draw).auc(&weights));
}
