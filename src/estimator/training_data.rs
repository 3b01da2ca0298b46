//! What an estimator is trained on: events, and the simulator that can say more about them.

use crate::dataset::AugmentedData;
use crate::trace::Instrumented;

/// Events to train on, with their simulator where it is at hand.
///
/// An [`AugmentedData`] is one as it stands, with the labels of its file. [`AugmentedData::recalled_by`] adds the simulator:
/// events that remember their paths then have labels at any hypothesis.
#[derive(Clone, Copy)]
pub struct TrainingData<'a> {
    pub(super) events: &'a AugmentedData,
    pub(super) simulator: Option<&'a dyn Instrumented>,
}

impl std::fmt::Debug for TrainingData<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrainingData")
            .field("events", &self.events.n_events())
            .field("simulator", &self.simulator.map(|simulator| simulator.name()))
            .finish()
    }
}

impl<'a> From<&'a AugmentedData> for TrainingData<'a> {
    fn from(events: &'a AugmentedData) -> Self {
        Self {
            events,
            simulator: None,
        }
    }
}

impl AugmentedData {
    /// The events with the simulator that made them.
    pub fn recalled_by<'a>(&'a self, simulator: &'a dyn Instrumented) -> TrainingData<'a> {
        TrainingData {
            events: self,
            simulator: Some(simulator),
        }
    }
}
