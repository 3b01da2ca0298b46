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
    /// Returns true if networks are evaluated on rows of a file that they were trained on.
    pub(super) fn share_rows(&self) -> bool {
        let Self {
            trained_on,
            evaluated_on,
        } = self;
        let same_file = trained_on.n_rows().is_some() && trained_on.name() == evaluated_on.name();
        same_file && trained_on.portion().overlaps(evaluated_on.portion())
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
