//! The batches of a training, epoch after epoch, from events in memory or read ahead from a file.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::row_source::{EventBlock, RowSource, RowSources};
use super::{Rows, Settings, TrainingPlan};
use motherlode_core::Progress;
use motherlode_core::dataset::Events;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::stream;

/// Sets the order of the events apart from other uses of the seed.
const ORDER_SALT: u64 = 0x0005_EED0_FBA7_C4E5;
/// Sets what is drawn for a batch apart from other uses of the seed.
const BATCH_SALT: u64 = 0x05CA_1AB1_E0DD_BA11;

/// A training that waits for events asks this often whether it should stop.
const PATIENCE: Duration = Duration::from_millis(20);

/// Where in the events a training is: all that is needed to go on with the next batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    epoch: u64,
    window: u64,
    /// Batches taken from the window.
    batch: usize,
}

impl Cursor {
    /// The beginning of the next window.
    fn next_window(self, count: u64) -> Self {
        let last = self.window + 1 >= count;
        Self {
            epoch: self.epoch + u64::from(last),
            window: if last { 0 } else { self.window + 1 },
            batch: 0,
        }
    }
}

/// Brings the events to train on into memory, window by window.
#[derive(Clone, Copy)]
pub(crate) struct WindowLoader<'a> {
    pub events: Events<'a>,
    pub plan: &'a TrainingPlan,
    pub sources: RowSources<'a>,
}

impl<'a> WindowLoader<'a> {
    /// The events of a window.
    fn window(&self, at: Cursor, progress: &dyn Progress) -> Result<Box<dyn RowSource + 'a>> {
        let mut source = self.sources.empty();
        for block in self.plan.windows.blocks(at.epoch, at.window) {
            progress.check()?;
            let data = self.events.portion(block.clone(), self.plan.shown, progress)?;
            let [train, _] = self.plan.held_out.split(block.clone(), &data);
            let block_events = EventBlock::new(data.select(&train), block.start, self.sources.derived_by, progress)?;
            let block_events = block_events.spread(self.sources.architecture.counting(), self.plan.settings.seed);
            source.take(&block_events, progress)?;
        }
        Ok(source)
    }

    /// All windows from `at` on, until nobody wants them any more.
    fn read_ahead(&self, mut at: Cursor, to: &SyncSender<Result<Box<dyn RowSource + 'a>>>, stop: &Stop) {
        loop {
            let window = self.window(at, stop);
            let failed = window.is_err();
            if to.send(window).is_err() || failed {
                return;
            }
            at = at.next_window(self.plan.windows.count());
        }
    }

    /// Has `work` fed from `at` on, with `whole` if that is all there is to train on; else a thread reads the next window while
    /// one is trained on.
    ///
    /// # Errors
    /// The errors of `work`.
    pub(crate) fn run<T>(
        &self,
        at: Cursor,
        whole: Option<&'a EventBlock>,
        progress: &'a dyn Progress,
        work: impl FnOnce(&mut BatchLoader<'a>) -> Result<T>,
    ) -> Result<T> {
        if let Some(events) = whole {
            let supply = Supply::Whole(Some((events, self.sources)));
            return work(&mut BatchLoader::new(supply, at, &self.plan.settings, progress));
        }
        let stop = Stop::default();
        std::thread::scope(|scope| {
            // Without a place to wait in, so that no more than two windows are in memory at once.
            let (to, from) = sync_channel(0);
            let stop = &stop;
            scope.spawn(move || self.read_ahead(at, &to, stop));
            let supply = Supply::Windows {
                from,
                count: self.plan.windows.count(),
            };
            let fed = work(&mut BatchLoader::new(supply, at, &self.plan.settings, progress));
            stop.0.store(true, Ordering::Relaxed);
            fed
        })
    }
}

/// Asks the thread that reads ahead to stop.
#[derive(Default)]
struct Stop(AtomicBool);

impl Progress for Stop {
    fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the next window comes from.
enum Supply<'a> {
    /// There is but one, made once it is wanted.
    Whole(Option<(&'a EventBlock, RowSources<'a>)>),
    /// From the thread that reads ahead.
    Windows {
        from: Receiver<Result<Box<dyn RowSource + 'a>>>,
        count: u64,
    },
}

impl<'a> Supply<'a> {
    /// The next window, if it is another than the last.
    fn next(&mut self, progress: &dyn Progress) -> Result<Option<Box<dyn RowSource + 'a>>> {
        match self {
            Self::Whole(whole) => {
                let whole = whole.take();
                whole
                    .map(|(events, sources)| sources.with_events(events, progress))
                    .transpose()
            }
            Self::Windows { from, .. } => loop {
                match from.recv_timeout(PATIENCE) {
                    Ok(window) => return window.map(Some),
                    Err(RecvTimeoutError::Timeout) => progress.check()?,
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(Error::training("the thread that reads the events has died"));
                    }
                }
            },
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Whole(_) => 1,
            Self::Windows { count, .. } => *count,
        }
    }
}

/// Batches of shuffled events; the last events of a window that fill no batch sit it out.
pub(crate) struct BatchLoader<'a> {
    supply: Supply<'a>,
    /// Nothing before the first batch.
    source: Option<Box<dyn RowSource + 'a>>,
    order: Vec<u32>,
    at: Cursor,
    /// Rows of a batch.
    rows: usize,
    /// Events of a batch.
    events: usize,
    seed: u64,
    progress: &'a dyn Progress,
}

impl<'a> BatchLoader<'a> {
    fn new(supply: Supply<'a>, at: Cursor, settings: &Settings, progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            supply,
            source: None,
            order: vec![],
            at,
            rows: settings.batch,
            events: 0,
            seed: settings.seed,
        }
    }

    /// All events at once, in memory.
    #[cfg(test)]
    pub(crate) fn from_rows(source: Box<dyn RowSource + 'a>, at: Cursor, settings: &Settings) -> Self {
        let mut batches = Self::new(Supply::Whole(None), at, settings, &());
        batches.show(source);
        batches
    }

    /// Where the next batch is.
    pub(crate) fn cursor(&self) -> Cursor {
        self.at
    }

    /// The rows of step `step`; what is random about them is drawn from a stream of that step.
    ///
    /// # Errors
    /// If events cannot be read, labels cannot be had, there are no events, or the training is stopped while it waits for them.
    pub(crate) fn next_batch(&mut self, step: usize) -> Result<Rows> {
        if self.source.is_none()
            && let Some(first) = self.supply.next(self.progress)?
        {
            self.show(first);
        }
        let mut empty = 0;
        while (self.at.batch + 1) * self.events > self.order.len() || self.order.is_empty() {
            empty += u64::from(self.order.is_empty());
            self.turn(empty)?;
        }
        let start = self.at.batch * self.events;
        self.at.batch += 1;
        let events = &self.order[start..start + self.events];
        let source = self.source.as_ref().ok_or_else(nothing_left)?;
        source.prepare(events, self.progress)?;
        source.rows(events, &mut stream(self.seed ^ BATCH_SALT, step as u64, 0))
    }

    /// Goes on to the next window, after so many without events.
    fn turn(&mut self, empty: u64) -> Result<()> {
        if empty >= self.supply.count() {
            return Err(nothing_left());
        }
        self.at = self.at.next_window(self.supply.count());
        match self.supply.next(self.progress)? {
            Some(next) => self.show(next),
            None => self.shuffle(),
        }
        Ok(())
    }

    fn show(&mut self, source: Box<dyn RowSource + 'a>) {
        self.events = (self.rows / source.per_event()).clamp(1, source.n_events().max(1));
        self.order = (0..source.n_events() as u32).collect();
        self.source = Some(source);
        self.shuffle();
    }

    /// Orders the window anew.
    fn shuffle(&mut self) {
        let Cursor { epoch, window, .. } = self.at;
        let n = self.order.len() as u32;
        self.order.clear();
        self.order.extend(0..n);
        self.order.shuffle(&mut stream(self.seed ^ ORDER_SALT, epoch, window));
    }
}

fn nothing_left() -> Error {
    Error::training("no event is left that the method could train on: mine more, or keep fewer for validation")
}
