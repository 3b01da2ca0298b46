//! Sources of the rows of a batch.

use ndarray::Array2;
use rand::RngExt;

use super::{ContrastedHypotheses, PosteriorEvents, RelabeledEvents, Rows, ScoreScale, Settings, StoredLabels};
use crate::{Architecture, Method, Scaling};
use motherlode_core::Progress;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::Result;
use motherlode_core::gold::{GibbsAugmentation, Relabeler, ratio_derivatives};
use motherlode_core::trace::{Instrumented, Stream, stream};

/// Validation events between two questions whether to stop.
const EVENTS_AT_ONCE: usize = 64;
/// Separates the random numbers of a block from other uses of the seed.
const SALT: u64 = 0x90F7_1093_0F7A_7450;
/// Separates the numbers that counts are spread by from other uses of the seed.
const SPREAD: u64 = 0x1D3A_52C7_88E4_6B01;

/// Events that can be shown to a network, as often as it takes.
pub(crate) trait RowSource: Send + Sync {
    /// Takes in events.
    ///
    /// # Errors
    /// If labels cannot be had, or `progress` stops the work.
    fn take(&mut self, block: &EventBlock, progress: &dyn Progress) -> Result<()>;

    /// Number of events.
    fn n_events(&self) -> usize;

    /// Rows of an event.
    fn per_event(&self) -> usize;

    /// Finds out what is not known yet of these events.
    ///
    /// # Errors
    /// If labels cannot be had, or `progress` stops the work.
    fn prepare(&self, _events: &[u32], _progress: &dyn Progress) -> Result<()> {
        Ok(())
    }

    /// The rows of these events. What is random about them is drawn from `rng`.
    ///
    /// # Errors
    /// If labels cannot be had.
    fn rows(&self, events: &[u32], rng: &mut Stream) -> Result<Rows>;
}

/// Some events of a data set, with the derivatives that are computed from them once.
#[derive(Debug)]
pub(crate) struct EventBlock {
    pub data: AugmentedData,
    /// Identifies the block: the number of its first event, or one that no event has.
    number: u64,
    /// The derivatives of the joint ratios, `[n, k]`, for a method that learns them.
    pub derivatives: Option<Array2<f64>>,
}

impl EventBlock {
    /// Block `number`, with derivatives by the simulator where one is given for that.
    ///
    /// # Errors
    /// As [`ratio_derivatives`].
    pub(crate) fn new(
        data: AugmentedData,
        number: u64,
        derived_by: Option<&dyn Instrumented>,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let derivatives = derived_by.map(|simulator| ratio_derivatives(simulator, &data, progress));
        Ok(Self {
            derivatives: derivatives.transpose()?,
            data,
            number,
        })
    }

    /// Spreads the values of observables that count evenly over ±½, so that a continuous density has no spikes to sharpen; the same way
    /// every time.
    pub(crate) fn spread(mut self, counting: &[usize], seed: u64) -> Self {
        let mut rng = stream(seed ^ SPREAD, self.number, 0);
        for mut row in self.data.x.rows_mut() {
            counting.iter().for_each(|&k| row[k] += rng.random_range(-0.5..0.5));
        }
        self
    }

    /// A seed of its own, of a training with this seed.
    pub(crate) fn seed(&self, seed: u64) -> u64 {
        stream(seed ^ SALT, self.number, 0).random()
    }
}

/// Parts that all sources share, whatever events they hold.
#[derive(Clone, Copy)]
pub(crate) struct RowSources<'a> {
    pub method: Method,
    pub settings: &'a Settings,
    pub scaling: &'a Scaling,
    pub architecture: &'a Architecture,
    /// Where labels are computed at fresh hypotheses rather than stored.
    pub relabeler: Option<&'a Relabeler<'a>>,
    /// Where hypotheses are drawn given the paths of events.
    pub augmentation: Option<&'a GibbsAugmentation<'a>>,
    /// Sizes of the scores at different hypotheses, where these differ much.
    pub score_scale: Option<&'a ScoreScale>,
    /// Where derivatives are learned: who knows them.
    pub derived_by: Option<&'a dyn Instrumented>,
}

impl<'a> RowSources<'a> {
    /// A source of no events yet.
    pub(crate) fn empty(&self) -> Box<dyn RowSource + 'a> {
        if let Architecture::Posterior(config) = self.architecture {
            return Box::new(PosteriorEvents::new(config, self));
        }
        match self.relabeler {
            Some(relabeler) => Box::new(RelabeledEvents::new(relabeler, self)),
            None if self.method.spec().contrasts_hypotheses => Box::new(ContrastedHypotheses::new(self)),
            None => Box::new(StoredLabels::new(self)),
        }
    }

    /// A source of these events, which prepares them when they are wanted.
    ///
    /// # Errors
    /// As [`RowSource::take`].
    pub(crate) fn with_events(
        &self,
        block: &'a EventBlock,
        progress: &dyn Progress,
    ) -> Result<Box<dyn RowSource + 'a>> {
        if let Some(relabeler) = self.relabeler {
            let events = RelabeledEvents::on_demand(relabeler, self, block, progress)?;
            return Ok(Box::new(events));
        }
        let mut source = self.empty();
        source.take(block, progress)?;
        Ok(source)
    }

    /// The rows that these events are validated with, drawn once.
    ///
    /// # Errors
    /// As [`RowSource::take`].
    pub(crate) fn validation_rows(&self, block: &'a EventBlock, progress: &dyn Progress) -> Result<Rows> {
        let source = self.with_events(block, progress)?;
        let all: Vec<u32> = (0..source.n_events() as u32).collect();
        let mut rng = stream(self.settings.seed, u64::MAX >> 16, 0);
        let mut rows = source.rows(&[], &mut rng)?;
        for some in all.chunks(EVENTS_AT_ONCE) {
            progress.check()?;
            source.prepare(some, progress)?;
            rows.append(source.rows(some, &mut rng)?);
        }
        Ok(rows)
    }
}
