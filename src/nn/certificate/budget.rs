//! Work that an examination may take, counted in evaluations of the network.

use super::Examination;
use crate::Encoding;

/// Multiplications that take some two seconds on one core.
const MULTIPLICATIONS: f64 = 3.0e10;
/// Multiplications that take as long as an evaluation takes besides them.
const OVERHEAD: f64 = 3_000.0;
/// Share of the work of the training.
const SHARE: f64 = 0.1;
/// Evaluations that a row of a batch costs in a step, with its gradients.
const PER_ROW: f64 = 3.0;
/// Simulated events as a share of those of the training, and the fewest: how slow the simulator is, no count tells.
const SIMULATED: (f64, f64) = (0.1, 3_000.0);

/// Limits of the work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Evaluations of the network on an event.
    pub evaluations: f64,
    /// Simulated events.
    pub events: f64,
}

impl Budget {
    /// A tenth of the work of the training or what takes two seconds, whichever is larger.
    pub fn new(examination: &Examination) -> Self {
        let Examination { network, settings, .. } = examination;
        let weights: usize = network.net.tensors().iter().map(|tensor| tensor.values.len()).sum();
        let encodes = settings
            .encoding
            .as_ref()
            .is_some_and(|encoding| *encoding != Encoding::Vector);
        // Weights of an encoder are used once for each particle or pixel.
        let uses = if encodes {
            network.architecture.n_columns(&network.scaling)
        } else {
            1
        };
        let training = SHARE * PER_ROW * settings.planned_steps() as f64 * settings.batch as f64;
        let simulated = (SIMULATED.0 * examination.n_events as f64).max(SIMULATED.1);
        Self {
            evaluations: training.max(MULTIPLICATIONS / (OVERHEAD + (weights * uses) as f64)),
            events: simulated,
        }
    }
}
