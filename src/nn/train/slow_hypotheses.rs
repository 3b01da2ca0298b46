//! The default of settings where new hypotheses are slow.

use super::{Labels, Settings};
use motherlode_core::trace::Instrumented;

impl Settings {
    /// Uses the stored labels, unless labels are set, if the simulator is [slow](Instrumented::has_slow_hypotheses) at new hypotheses.
    #[must_use]
    pub fn with_labels_for(self, simulator: &dyn Instrumented) -> Self {
        let default = simulator.has_slow_hypotheses().then_some(Labels::Stored);
        Self {
            labels: self.labels.or(default),
            ..self
        }
    }
}
