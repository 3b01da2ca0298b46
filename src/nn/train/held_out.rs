//! Events that are kept for validation.

use std::ops::Range;

use motherlode_core::dataset::{AugmentedData, HeldOut, HeldOutRows};
use motherlode_core::error::Result;

/// Events that are kept for validation: some of all, or all that were drawn from some stored rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HeldOutEvents {
    ByNumber(HeldOut),
    ByRow(HeldOutRows),
}

impl HeldOutEvents {
    /// Holds out a share of `n_events` events, about `most` of them at the most; `stored` events with their rows.
    ///
    /// # Errors
    /// As [`HeldOut::new`].
    pub fn new(n_events: u64, share: f64, most: u64, seed: u64, stored: bool) -> Result<Self> {
        let by_number = HeldOut::new(n_events, share, most, seed)?;
        Ok(match stored {
            true => Self::ByRow(HeldOutRows::new(share.min(most as f64 / n_events as f64), seed)),
            false => Self::ByNumber(by_number),
        })
    }

    /// The rows that are held out, if events are held out by rows.
    pub fn rows(&self) -> Option<&HeldOutRows> {
        match self {
            Self::ByNumber(_) => None,
            Self::ByRow(rows) => Some(rows),
        }
    }

    /// Splits the events of a range, which are `data`, into those to train on and those to validate with, counted from the start of the range.
    pub fn split(&self, events: Range<u64>, data: &AugmentedData) -> [Vec<usize>; 2] {
        match self {
            Self::ByNumber(held_out) => held_out.split(events),
            Self::ByRow(rows) => {
                let (validation, train) = (0..data.n_events()).partition(|&event| rows.holds(data.x.row(event)));
                [train, validation]
            }
        }
    }
}
