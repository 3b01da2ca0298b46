//! Events of one hypothesis.

use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, Miner};
use motherlode::trace::Instrumented;

/// `n` events of `simulator` at θ, with their joint scores there.
pub fn mined(simulator: &dyn Instrumented, theta: &[f64], n: u64, seed: u64) -> AugmentedData {
    let design = Design::Reference { theta: theta.to_vec() };
    Miner::new(simulator, design, seed).unwrap().events(0..n).unwrap()
}
