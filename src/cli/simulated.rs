//! Events of one hypothesis, simulated on the spot.

use ndarray::{Array2, Axis};

use super::say::Say;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::number;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Instrumented;

/// Events that are mined at a time.
const PORTION: u64 = 2_000;

/// Observations of `n` events at θ, `[n, m]`, and their joint scores, `[n, p]`.
pub(super) fn simulated(
    simulator: &dyn Instrumented,
    theta: &[f64],
    n: u64,
    seed: u64,
    say: &Say,
) -> Result<(Array2<f64>, Array2<f64>)> {
    let design = Design::Reference { theta: theta.to_vec() };
    let miner = Miner::new(simulator, design, seed)?.with_memories(false);
    let progress = say.progress("events");
    let (m, p) = (simulator.observables().len(), theta.len());
    let (mut x, mut joint_scores) = (Array2::zeros((0, m)), Array2::zeros((0, p)));
    for first in (0..n).step_by(PORTION as usize) {
        let data = miner.events(first..(first + PORTION).min(n))?;
        let fits = |error: ndarray::ShapeError| Error::simulation(error.to_string());
        x.append(Axis(0), data.x.view()).map_err(fits)?;
        if let Some(scores) = &data.joint_score0 {
            joint_scores.append(Axis(0), scores.view()).map_err(fits)?;
        }
        progress.report(first, n);
    }
    Ok((x, joint_scores))
}

/// By how much errors must grow for a user to be told.
const GROWN: f64 = 0.05;

/// A warning, if the simulated events that fill histograms fluctuate by about as much as those observed: both errors add up in quadrature, and
/// only one of them is in a likelihood, so that the true error is larger by √(1 + n/m) (Barlow and Beeston 1993).
pub(super) fn few_simulated(n_simulated: f64, n_observed: f64) -> Option<String> {
    let grown = (1.0 + n_observed / n_simulated).sqrt() - 1.0;
    (grown > GROWN).then(|| {
        format!(
            "histograms are filled with {n_simulated} simulated events, which fluctuate as observed ones do, and errors do not include that: for {} \
             events they are too small by some {:.0} %; simulate more",
            number(n_observed, 4),
            100.0 * grown / (1.0 + grown)
        )
    })
}
