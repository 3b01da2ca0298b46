//! Helpers of tests of exact truths: events of a simulator, and comparison with known values.

use motherlode_core::likelihood::Truth;
use motherlode_core::trace::{Instrumented, Mined, stream};
use ndarray::aview2;

use crate::tolerance::close;

/// Relative tolerance for a reference of six to eight printed digits.
pub const PRINTED: f64 = 1e-6;
/// Relative, for long sums against a reference computed with more digits.
pub const DIGITS: f64 = 1e-10;

/// Exact answers of a simulator that has them.
pub fn truth(simulator: &dyn Instrumented) -> Box<dyn Truth> {
    simulator.truth().expect("this simulator has a truth")
}

/// Events at θ with the memories of their paths.
pub fn mined(simulator: &dyn Instrumented, theta: &[f64], n: u64, seed: u64) -> Vec<(Mined, Vec<f64>)> {
    let mut memory = Vec::new();
    (0..n)
        .map(|event| {
            let mined = simulator.mine(theta, &mut stream(seed, event, 0), &mut memory).unwrap();
            (mined, memory.clone())
        })
        .collect()
}

/// Returns true if observations of one hypothesis are impossible under another: then ratios and scores have other means.
pub fn moves_its_support(simulator: &dyn Instrumented) -> bool {
    simulator.name() == "two-moons"
}

/// log p(x|θ) of one number x.
pub fn log_likelihood(truth: &dyn Truth, x: f64, theta: &[f64]) -> f64 {
    truth.log_likelihood(aview2(&[[x]]), theta).unwrap()[0]
}

/// ∇θ log p(x|θ) of one number x.
pub fn score(truth: &dyn Truth, x: f64, theta: &[f64]) -> Vec<f64> {
    truth.score(aview2(&[[x]]), theta).unwrap().row(0).to_vec()
}

/// Observation, log p(x|θ) and score.
pub type Known<'a> = (f64, f64, &'a [f64]);

/// Demands the truth of `simulator` to have the `known` values.
pub fn assert_known(simulator: &dyn Instrumented, theta: &[f64], known: &[Known]) {
    let truth = truth(simulator);
    for &(x, log, expected) in known {
        let found = log_likelihood(&*truth, x, theta);
        assert!(close(found, log, DIGITS), "{found} is not {log} at {x}");
        for (found, &expected) in score(&*truth, x, theta).into_iter().zip(expected) {
            assert!(close(found, expected, DIGITS), "score {found} is not {expected} at {x}");
        }
    }
}
