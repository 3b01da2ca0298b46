//! An event that was drawn from a file.

use super::WeightedEvents;
use super::bit_set::BLOCK_SIZE;
use super::block::Block;
use super::rows::LoadedBlock;
use motherlode_core::error::Error;
use motherlode_core::trace::{Choice, Choices, Kind, Rejected};

/// An event that was drawn, with the rows of its block: what it is made of needs no second look at a file.
#[derive(Debug, Clone)]
pub(super) struct DrawnEvent<'a> {
    pub(super) event: usize,
    /// Not known of an event that a record names; or why they cannot be read.
    block: Option<Result<LoadedBlock<'a>, Rejected>>,
}

impl<'a> DrawnEvent<'a> {
    /// With the rows of its block.
    pub(super) fn of(event: usize, block: LoadedBlock<'a>) -> Self {
        Self {
            event,
            block: Some(Ok(block)),
        }
    }

    /// That none could be drawn.
    pub(super) fn failed(reason: Rejected) -> Self {
        Self {
            event: 0,
            block: Some(Err(reason)),
        }
    }

    /// The event of a number.
    pub(super) fn named(event: usize) -> Self {
        Self { event, block: None }
    }

    /// What `of` makes of it, the i-th event of a block.
    ///
    /// # Errors
    /// If it cannot be read, or there are fewer events: a record of another file may name one that this one does not have.
    pub(super) fn look<T>(
        &self,
        events: &WeightedEvents,
        of: impl FnOnce(Block<'_>, usize) -> T,
    ) -> Result<T, Rejected> {
        let here = |block: &LoadedBlock<'_>| of(block.get(), self.event % BLOCK_SIZE);
        match &self.block {
            Some(Ok(known)) => Ok(here(known)),
            Some(Err(reason)) => Err(reason.clone()),
            None if self.event >= events.len() => Err(Rejected::Strayed),
            None => events
                .rows
                .block(self.event / BLOCK_SIZE)
                .map(|block| here(&block))
                .map_err(unreadable),
        }
    }

    /// Its observations, `[m]`.
    ///
    /// # Errors
    /// If it cannot be read, or there are fewer events.
    pub(super) fn x(&self, events: &WeightedEvents) -> Result<Vec<f64>, Rejected> {
        self.look(events, |block, i| block.x(i).to_vec())
    }
}

/// Its number.
impl Choice for DrawnEvent<'_> {
    fn write(&self, record: &mut Vec<f64>) {
        self.event.write(record);
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        usize::read(record).map(Self::named)
    }

    fn kinds(&self, kinds: &mut Vec<Kind>) {
        self.event.kinds(kinds);
    }
}

/// Events that cannot be read any more do not happen.
pub(super) fn unreadable(error: Error) -> Rejected {
    Rejected::Invalid(error.to_string())
}
