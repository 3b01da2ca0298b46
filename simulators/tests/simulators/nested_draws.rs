//! Draws whose number is drawn: ten seeds, the sprouts among them, and the flowers among those.

use crate::tolerance::{ALGEBRA, close, z_score};
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::NestedDraws;
use ndarray::aview2;

#[test] // a seed becomes a flower with probability θ²: the flowers are binomial, in closed form and without K
fn truth_is_the_binomial_of_the_square() {
    let (truth, theta) = (NestedDraws.truth().unwrap(), 0.6f64);
    let square: f64 = theta * theta;
    let mut ways = 1.0f64;
    for x in (0..=10).map(f64::from) {
        let expected: f64 = ways.ln() + x * square.ln() + (10.0 - x) * (1.0 - square).ln();
        let found = truth.log_likelihood(aview2(&[[x]]), &[theta]).unwrap()[0];
        assert!(close(found, expected, ALGEBRA), "{found} is not {expected}");
        let score = 2.0 * theta * (x / square - (10.0 - x) / (1.0 - square));
        assert!(close(
            truth.score(aview2(&[[x]]), &[theta]).unwrap()[[0, 0]],
            score,
            ALGEBRA
        ));
        ways *= (10.0 - x) / (x + 1.0);
    }
    for x in [-1.0, 2.5, 11.0, f64::NAN, f64::INFINITY] {
        let found = truth.log_likelihood(aview2(&[[x]]), &[theta]).unwrap()[0];
        assert_eq!(found, f64::NEG_INFINITY, "{x}");
    }
}

#[test] // t = (K + x)/θ − (10 − x)/(1 − θ) of K sprouts: 10 + K trials, of which K + x succeed
fn joint_score_counts_the_trials_of_the_path() {
    let (theta, mut memory, mut lengths) = (0.6, Vec::new(), Vec::new());
    for event in 0..200 {
        let mined = NestedDraws
            .mine(&[theta], &mut stream(1, event, 0), &mut memory)
            .unwrap();
        let (sprouts, x) = (memory[0], mined.x[0]);
        assert_eq!(memory.len(), 1 + sprouts as usize);
        assert!(close(
            mined.score[0],
            (sprouts + x) / theta - (10.0 - x) / (1.0 - theta),
            ALGEBRA
        ));
        lengths.push(memory.len());
    }
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() > 3, "the number of draws varies from event to event");
}

#[test] // E[K|x] = x + (10 − x) θ/(1 + θ), by Bayes: a seed without a flower sprouted with probability (θ − θ²)/(1 − θ²)
fn gold_scatters_about_the_exact_score() {
    let (theta, mut memory) = (0.6f64, Vec::new());
    let truth = NestedDraws.truth().unwrap();
    let noise: Vec<f64> = (0..20_000)
        .map(|event| {
            let mined = NestedDraws
                .mine(&[theta], &mut stream(2, event, 0), &mut memory)
                .unwrap();
            let x = mined.x[0];
            let exact = truth.score(aview2(&[[x]]), &[theta]).unwrap()[[0, 0]];
            let spread = (10.0 - x) * theta / (1.0 + theta).powi(2) / (theta * theta);
            (mined.score[0] - exact).powi(2) - spread
        })
        .collect();
    assert!(z_score(&noise).abs() < 5.0);
}

#[test] // golden: seed 7 gives these counts for ever
fn values_are_stable() {
    let flowers = |event| NestedDraws.sample(&[0.6], &mut stream(7, event, 0)).unwrap()[0];
    assert_eq!([0, 1, 2, 3, 4, 5].map(flowers), [3.0, 4.0, 0.0, 6.0, 4.0, 5.0]);
}

#[test]
fn at_the_ends_of_the_range_all_or_nothing_flowers() {
    for (theta, flowers) in [(0.0, 0.0), (1.0, 10.0)] {
        assert_eq!(NestedDraws.sample(&[theta], &mut stream(1, 0, 0)).unwrap(), [flowers]);
    }
    assert!(NestedDraws.sample(&[1.5], &mut stream(1, 0, 0)).is_err());
}
