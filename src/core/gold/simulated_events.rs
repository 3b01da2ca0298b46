//! Events together with the simulator that produced them.

use crate::dataset::AugmentedData;
use crate::trace::Instrumented;

/// Events with the simulator that produced them, which can label them at any hypothesis.
#[derive(Clone, Copy)]
pub struct SimulatedEvents<'a> {
    /// Events with the memories of their paths.
    pub events: &'a AugmentedData,
    /// Simulator of the events.
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
    /// Joins the events with the simulator that produced them.
    pub fn with_simulator<'a>(&'a self, simulator: &'a dyn Instrumented) -> SimulatedEvents<'a> {
        SimulatedEvents {
            events: self,
            simulator,
        }
    }
}
