//! Simulated events of one hypothesis, in memory.

use ndarray::{Array2, Axis};

use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Instrumented;

/// Number of events that are mined at a time.
const BLOCK: u64 = 2_000;

/// Simulates `n` events at `theta`: their observations, `[n, m]`, and joint scores, `[n, p]`.
///
/// # Errors
/// If the simulator fails, or `progress` stops it.
pub fn simulated_events(
    simulator: &dyn Instrumented,
    theta: &[f64],
    n: u64,
    seed: u64,
    progress: &dyn Progress,
) -> Result<(Array2<f64>, Array2<f64>)> {
    let design = Design::Reference { theta: theta.to_vec() };
    let miner = Miner::new(simulator, design, seed)?.with_memories(false);
    progress.begin("events");
    let (m, p) = (simulator.observables().len(), theta.len());
    let (mut x, mut joint_scores) = (Array2::zeros((0, m)), Array2::zeros((0, p)));
    for first in (0..n).step_by(BLOCK as usize) {
        let data = miner.events(first..(first + BLOCK).min(n))?;
        let shape_error = |error: ndarray::ShapeError| Error::simulation(error.to_string());
        x.append(Axis(0), data.x.view()).map_err(shape_error)?;
        if let Some(scores) = &data.joint_score0 {
            joint_scores.append(Axis(0), scores.view()).map_err(shape_error)?;
        }
        progress.advance(first, n)?;
    }
    Ok((x, joint_scores))
}
