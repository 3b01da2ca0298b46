//! Events together with the simulator that made them.

use crate::dataset::AugmentedData;
use crate::trace::Instrumented;

/// Events with the simulator that made them, which has their labels at any hypothesis.
#[derive(Clone, Copy)]
pub struct SimulatedEvents<'a> {
    /// The events, with what each remembers of its path.
    pub events: &'a AugmentedData,
    /// Their simulator.
    pub simulator: &'a dyn Instrumented,
}

impl std::fmt::Debug for SimulatedEvents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedEvents")
            .field("events", &self.events.n_events())
            .field("simulator", &self.simulator.name())
            .finish()
    }
}

impl AugmentedData {
    /// The events with the simulator that made them.
    pub fn with_simulator<'a>(&'a self, simulator: &'a dyn Instrumented) -> SimulatedEvents<'a> {
        SimulatedEvents {
            events: self,
            simulator,
        }
    }
}
