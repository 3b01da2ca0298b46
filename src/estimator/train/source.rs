//! Where batches come from.

use super::Rows;
use crate::error::Result;
use crate::trace::Stream;

/// Events that can be shown to a network, as often as it takes.
pub(crate) trait Source: Sync {
    /// Number of events.
    fn n_events(&self) -> usize;

    /// Rows of an event.
    fn per_event(&self) -> usize;

    /// The rows of these events. What is random about them is drawn from `rng`.
    ///
    /// # Errors
    /// If labels cannot be had.
    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows>;
}

/// Stored labels: the same rows every time.
impl Source for Rows {
    fn n_events(&self) -> usize {
        Rows::n_events(self)
    }

    fn per_event(&self) -> usize {
        self.per_event
    }

    fn rows(&self, events: &[u32], _: &mut Stream) -> Result<Rows> {
        Ok(self.gather(events))
    }
}
