//! Parts of a check at one pair of hypotheses, for checks that choose their own.

use super::continuity::has_step;
use super::events::Events;
use super::reweighting::comparable;
use super::{Part, require_inside, run};
use crate::check::Check;
use crate::error::Result;
use crate::parameter_box::ParameterBox;
use crate::progress::Progress;
use crate::trace::Instrumented;

/// Runs parts of a check at a pair of hypotheses, with parameters moved within `edges`.
pub(in crate::gold) struct PairCheck<'a>(Events<'a>);

impl<'a> PairCheck<'a> {
    /// # Errors
    /// If a hypothesis does not fit the simulator.
    pub(in crate::gold) fn new(
        simulator: &'a dyn Instrumented,
        [theta, theta1]: [&'a [f64]; 2],
        edges: Option<&ParameterBox>,
        n_events: usize,
        seed: u64,
    ) -> Result<Self> {
        require_inside(simulator, theta)?;
        require_inside(simulator, theta1)?;
        let events = Events::new(simulator, theta, theta1, n_events, seed);
        Ok(Self(match edges {
            Some(edges) => events.within(edges),
            None => events,
        }))
    }

    /// Looks at `n_each` events one by one, at most.
    pub(in crate::gold) fn with_each(self, n_each: usize) -> Self {
        Self(self.0.with_each(n_each))
    }

    /// Lets `progress` stop the check; what is then returned is not all.
    pub(in crate::gold) fn stopped_by(self, progress: &'a dyn Progress) -> Self {
        Self(self.0.stopped_by(progress))
    }

    /// Runs a part.
    pub(in crate::gold) fn run(&self, part: Part) -> Vec<Check> {
        run(part, &self.0)
    }

    /// Returns true if ln p of one path has a step between the hypotheses.
    pub(in crate::gold) fn has_step(&self) -> bool {
        has_step(&self.0)
    }

    /// Number of runs that were discarded so far.
    pub(in crate::gold) fn n_discarded(&self) -> u64 {
        self.0.n_discarded()
    }

    /// Returns true if reweighting from `theta` to `theta1` leaves enough events to compare.
    pub(in crate::gold) fn is_comparable(&self) -> bool {
        comparable(&self.0)
    }
}
