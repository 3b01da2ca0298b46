//! Events for the tests of estimators.

use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, Miner};
use motherlode::prior::Prior;
use motherlode::trace::Instrumented;

/// The first `n` events of a seed.
pub fn mined(simulator: &dyn Instrumented, design: Design, seed: u64, n: u64) -> AugmentedData {
    Miner::new(simulator, design, seed).unwrap().events(0..n).unwrap()
}

/// Those of θ0 over the simulator's prior against its θ1.
pub fn over_the_prior(simulator: &dyn Instrumented, seed: u64, n: u64) -> AugmentedData {
    let hypotheses = simulator.hypotheses().unwrap();
    let prior = Prior::Box {
        edges: hypotheses.prior,
    };
    let theta1 = hypotheses.theta1;
    mined(simulator, Design::Prior { prior, theta1 }, seed, n)
}
