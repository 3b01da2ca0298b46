//! An event that was drawn from a file.

use super::WeightedEvents;
use super::bit_set::BLOCK_SIZE;
use super::block::Block;
use super::rows::LoadedBlock;
use motherlode_core::error::Error;
use motherlode_core::trace::{Choice, Choices, Kind, Rejected};

/// An event that was drawn, with the numbers of its block, so that the file is not read again.
#[derive(Debug, Clone)]
pub(super) struct DrawnEvent<'a> {
    pub(super) event: usize,
    /// Unknown for an event that a record names; an error if the block cannot be read.
    block: Option<Result<LoadedBlock<'a>, Rejected>>,
}

impl<'a> DrawnEvent<'a> {
    /// An event and the block that holds it.
    pub(super) fn of(event: usize, block: LoadedBlock<'a>) -> Self {
        Self {
            event,
            block: Some(Ok(block)),
        }
    }

    /// A draw that failed.
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

    /// Applies `of` to the block of the event and its position there.
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

    /// Observations, `[m]`.
    ///
    /// # Errors
    /// If it cannot be read, or there are fewer events.
    pub(super) fn x(&self, events: &WeightedEvents) -> Result<Vec<f64>, Rejected> {
        self.look(events, |block, i| block.x(i).to_vec())
    }
}

/// Recorded as the number of the event.
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

/// Rejects a run whose event cannot be read.
pub(super) fn unreadable(error: Error) -> Rejected {
    Rejected::Invalid(error.to_string())
}
