//! A branch taken with probability 0.9 − 2.5 θ, ten times: its gold is exact, and so is its truth.

use crate::tolerance::{ALGEBRA, close};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::Branches;
use ndarray::aview2;

#[test] // binomial with p = 0.9 − 2.5 θ, by hand: at θ = 0.2, p = 0.4; d ln p(x)/dθ = −2.5 (x/p − (10 − x)/(1 − p))
fn truth_is_the_binomial_of_the_threshold() {
    let truth = Branches.truth().unwrap();
    for (x, ways) in [(0.0, 1.0f64), (3.0, 120.0), (10.0, 1.0)] {
        let found = truth.log_likelihood(aview2(&[[x]]), &[0.2]).unwrap()[0];
        let expected = ways.ln() + x * 0.4f64.ln() + (10.0 - x) * 0.6f64.ln();
        assert!(close(found, expected, ALGEBRA), "{found} is not {expected}");
        let score = truth.score(aview2(&[[x]]), &[0.2]).unwrap()[[0, 0]];
        assert!(close(score, -2.5 * (x / 0.4 - (10.0 - x) / 0.6), ALGEBRA));
    }
    for x in [-1.0, 2.5, 11.0, f64::NAN, f64::INFINITY] {
        let found = truth.log_likelihood(aview2(&[[x]]), &[0.2]).unwrap()[0];
        assert_eq!(found, f64::NEG_INFINITY, "{x}");
    }
}

#[test]
fn gold_is_the_exact_likelihood_ratio() {
    let (truth, mut memory) = (Branches.truth().unwrap(), Vec::new());
    for event in 0..100 {
        let mined = Branches.mine(&[0.12], &mut stream(1, event, 0), &mut memory).unwrap();
        let x = aview2(&[[mined.x[0]]]).to_owned();
        let exact = truth.log_ratio(x.view(), &[0.12], &[0.16]).unwrap()[0];
        let joint = mined.log_probability - Branches.log_probability_at(&[0.16], &memory).unwrap();
        assert!(close(joint, exact, ALGEBRA));
        assert!(close(
            mined.score[0],
            truth.score(x.view(), &[0.12]).unwrap()[[0, 0]],
            ALGEBRA
        ));
    }
}

#[test] // golden: seed 7 gives these counts for ever
fn values_are_stable() {
    let taken = |event| Branches.sample(&[0.12], &mut stream(7, event, 0)).unwrap()[0];
    assert_eq!([0, 1, 2, 3, 4, 5].map(taken), [4.0, 6.0, 1.0, 8.0, 7.0, 8.0]);
}

#[test]
fn at_the_ends_of_the_range_the_branch_is_certain_and_beyond_it_is_refused() {
    for (theta, taken) in [(-0.04, 10.0), (0.36, 0.0)] {
        assert_eq!(Branches.sample(&[theta], &mut stream(1, 0, 0)).unwrap(), [taken]);
    }
    let refused = Branches.sample(&[0.4], &mut stream(1, 0, 0)).unwrap_err();
    assert!(refused.to_string().contains("0 ≤ p ≤ 1"), "{refused}");
}
