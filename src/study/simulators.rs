//! The simulators of a study: one to train on, one to evaluate on.

use motherlode_core::trace::Instrumented;

/// The simulator whose events networks are trained on, and the one whose events they are evaluated on.
///
/// They are the same, unless events are drawn from the rows of a file: evaluated on rows that it was trained on, a network that has learned
/// them by heart looks good.
#[derive(Clone, Copy)]
pub struct StudySimulators<'a> {
    /// Simulator of the training events.
    pub trained_on: &'a dyn Instrumented,
    /// Simulator of the held-out events; the same system, with other rows of an event file.
    pub evaluated_on: &'a dyn Instrumented,
}

impl StudySimulators<'_> {
    /// Stored rows that held-out events are drawn from, as the end of a sentence; empty where every event is a new one.
    pub fn rows_in_words(&self) -> String {
        let Self {
            trained_on,
            evaluated_on,
        } = self;
        let Some(rows) = evaluated_on.n_rows() else {
            return String::new();
        };
        let same_file = trained_on.name() == evaluated_on.name();
        let also = match same_file && trained_on.portion().overlaps(evaluated_on.portion()) {
            true => ", some of which were trained on",
            false => "",
        };
        format!(", drawn from {rows} rows{also}; errors count each draw as an event of its own")
    }
}

impl std::fmt::Debug for StudySimulators<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StudySimulators")
            .field("trained_on", &self.trained_on.label())
            .field("evaluated_on", &self.evaluated_on.label())
            .finish()
    }
}

impl<'a> From<&'a (dyn Instrumented + 'a)> for StudySimulators<'a> {
    fn from(simulator: &'a (dyn Instrumented + 'a)) -> Self {
        Self {
            trained_on: simulator,
            evaluated_on: simulator,
        }
    }
}

impl<'a, S: Instrumented> From<&'a S> for StudySimulators<'a> {
    fn from(simulator: &'a S) -> Self {
        Self::from(simulator as &dyn Instrumented)
    }
}
