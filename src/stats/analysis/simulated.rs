//! Simulated events of one hypothesis, in memory.

use ndarray::Array2;

use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Instrumented;

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
    let data = miner.events_with_progress(0..n, progress)?;
    let joint_scores = data.joint_score0.unwrap_or_else(|| Array2::zeros((0, theta.len())));
    Ok((data.x, joint_scores))
}
