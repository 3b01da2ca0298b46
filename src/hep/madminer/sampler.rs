//! Draws an event of a file with probability proportional to its absolute weight.

use std::sync::{Arc, OnceLock};

use rand::RngExt;

use super::WeightedEvents;
use super::drawn_event::{DrawnEvent, unreadable};
use super::events::Weights;
use super::proposal::Proposal;
use super::rows::LoadedBlock;
use motherlode_core::cache::Cache;
use motherlode_core::error::Result;
use motherlode_core::trace::{Parameter, Rejected, Stream};

/// Parameters at which running sums over all events are kept: a few, for there are many.
const KEPT_RUNNING_SUMS: usize = 8;

/// Portions of the ranges of nuisance parameters in which bounds hold: the farther these may be off, the larger are the bounds, and most
/// events have them at 0 or near it.
const PORTIONS: [f64; 3] = [0.0, 0.4, 1.0];

/// Draws events with probability |w(θ)|/Σ|w(θ)|.
///
/// Events are drawn by [rejection](Proposal), in the same time from a file of any size, and by running sums over all of them outside of the
/// ranges of the parameters.
#[derive(Debug)]
pub(super) struct EventSampler {
    /// The ranges of the parameters, `[p + k]`.
    edges: Vec<(f64, f64)>,
    /// For parameters in these ranges, and nuisance parameters in portions of theirs; each made for the first event that is drawn there.
    proposals: [OnceLock<Result<Option<Proposal>, Rejected>>; PORTIONS.len()],
    /// Sum of the absolute weights of the first events, at the end of each block of events.
    running_sums: Cache<Vec<f64>, Vec<f64>>,
}

impl EventSampler {
    /// Prepares for events with these parameters.
    pub(super) fn new(parameters: &[Parameter]) -> Self {
        Self {
            edges: parameters.iter().map(|parameter| parameter.range).collect(),
            proposals: Default::default(),
            running_sums: Cache::new(KEPT_RUNNING_SUMS),
        }
    }

    /// Draws an event at a point with these weights, where `total` is the sum of their absolute values.
    ///
    /// # Errors
    /// If the rows of events cannot be read.
    pub(super) fn draw<'a>(
        &self,
        events: &'a WeightedEvents,
        point: &[f64],
        weights: &Weights<'_>,
        total: f64,
        rng: &mut Stream,
    ) -> Result<DrawnEvent<'a>, Rejected> {
        let look = |block, number| Ok(passing(events.rows.block(block)?, weights, 0.0, number).ok());
        let drawn = self
            .proposal(events, point)?
            .map(|all| all.draw(&weights.monomials, total, look, rng));
        match drawn.transpose().map_err(unreadable)?.flatten() {
            Some(drawn) => Ok(drawn),
            None => self.by_running_sums(events, point, weights, rng).map_err(unreadable),
        }
    }

    /// Returns true if a point is in the ranges of the parameters.
    pub(super) fn covers(&self, point: &[f64]) -> bool {
        let inside = |(value, (low, high)): (&f64, &(f64, f64))| (low..=high).contains(&value);
        point.iter().zip(&self.edges).all(inside)
    }

    /// Bounds that hold at a point, the tightest that are kept; none outside of the ranges.
    fn proposal(&self, events: &WeightedEvents, point: &[f64]) -> Result<Option<&Proposal>, Rejected> {
        let of_systematics = |portion: f64| {
            let all = self.edges[events.p..].iter();
            all.map(move |(low, high)| (portion * low, portion * high))
        };
        let inside = |(value, (low, high)): (&f64, (f64, f64))| (low..=high).contains(value);
        let holds = |portion: &f64| point[events.p..].iter().zip(of_systematics(*portion)).all(inside);
        let Some(at) = PORTIONS.iter().position(holds).filter(|_| self.covers(point)) else {
            return Ok(None);
        };
        let make = || {
            let of_theory = self.edges[..events.p].iter().copied();
            let edges: Vec<(f64, f64)> = of_theory.chain(of_systematics(PORTIONS[at])).collect();
            Proposal::new(events, &edges).map_err(unreadable)
        };
        let made = self.proposals[at].get_or_init(make).as_ref();
        made.map(Option::as_ref).map_err(Rejected::clone)
    }

    /// Draws by inversion of the running sums; reads all events if the point is new.
    fn by_running_sums<'a>(
        &self,
        events: &'a WeightedEvents,
        point: &[f64],
        weights: &Weights<'_>,
        rng: &mut Stream,
    ) -> Result<DrawnEvent<'a>> {
        let sums = self.running_sums(events, point, weights)?;
        let number = rng.random::<f64>() * sums.last().copied().unwrap_or(0.0);
        let block = sums.partition_point(|sum| *sum <= number).min(sums.len() - 1);
        let before = block.checked_sub(1).map_or(0.0, |before| sums[before]);
        let block = events.rows.block(block)?;
        Ok(passing(block, weights, before, number).unwrap_or_else(|last| last))
    }

    fn running_sums(&self, events: &WeightedEvents, point: &[f64], weights: &Weights<'_>) -> Result<Arc<Vec<f64>>> {
        let make = || {
            let (mut sum, mut sums) = (0.0, Vec::with_capacity(events.rows.n_blocks()));
            events.visit(|block| {
                weights.of(&block).iter().for_each(|weight| sum += weight.abs());
                sums.push(sum);
            })?;
            Ok((point.to_vec(), sums))
        };
        self.running_sums.get_or_insert_with(|known| known == point, make)
    }
}

/// The event of a block at which the running sum of absolute weights passes a number; the last event where it does not.
fn passing<'a>(
    block: LoadedBlock<'a>,
    weights: &Weights<'_>,
    before: f64,
    number: f64,
) -> Result<DrawnEvent<'a>, DrawnEvent<'a>> {
    let (events, mut sum) = (block.get(), before);
    let found = weights.of(&events).iter().position(|weight| {
        sum += weight.abs();
        sum > number
    });
    let event = events.first + found.unwrap_or(events.len() - 1);
    match found {
        Some(_) => Ok(DrawnEvent::of(event, block)),
        None => Err(DrawnEvent::of(event, block)),
    }
}
