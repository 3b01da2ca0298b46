//! Simulated events of one hypothesis, in memory.

use ndarray::{Array1, Array2, ArrayView1};

use motherlode_core::Progress;
use motherlode_core::dataset::Memories;
use motherlode_core::error::Result;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Instrumented;

/// Simulated events of one hypothesis.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SimulatedSample {
    /// Observations, `[n, m]`.
    pub x: Array2<f64>,
    /// Joint scores, `[n, p]`.
    pub joint_scores: Array2<f64>,
    /// Weights, `[n]`, which may be negative; `None` where all are 1.
    pub weights: Option<Array1<f64>>,
    /// Numbers of the stored events that these were drawn from, `[n]`; `None` where every run is a new event.
    pub rows: Option<Vec<usize>>,
}

impl SimulatedSample {
    /// Simulates `n` events at `theta`.
    ///
    /// # Errors
    /// If the simulator fails, or `progress` stops it.
    pub fn new(
        simulator: &dyn Instrumented,
        theta: &[f64],
        n: u64,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let design = Design::Reference { theta: theta.to_vec() };
        let stored = simulator.n_rows().is_some();
        let miner = Miner::new(simulator, design, seed)?.with_memories(stored);
        progress.begin("events");
        let data = miner.events_with_progress(0..n, progress)?;
        Ok(Self {
            rows: data.memories.as_ref().filter(|_| stored).map(Memories::numbers),
            joint_scores: data.joint_score0.unwrap_or_else(|| Array2::zeros((0, theta.len()))),
            weights: data.weights.map(|weights| weights.column(0).to_owned()),
            x: data.x,
        })
    }

    pub(super) fn weights(&self) -> Option<ArrayView1<'_, f64>> {
        self.weights.as_ref().map(|weights| weights.view())
    }
}
