//! Which event happens: the ways to one.

use std::sync::{Arc, OnceLock};

use rand::RngExt;

use super::WeightedEvents;
use super::events::Weights;
use super::one_event::Drawn;
use super::proposal::Proposal;
use super::rows::Kept;
use crate::error::{Error, Result};
use crate::recent::Recent;
use crate::trace::{Parameter, Rejected, Stream};

/// Parameters at which running sums over all events are kept: a few, for there are many.
const KEPT_RUNNING_SUMS: usize = 8;

/// What is known of events so that one can be drawn with probability w(θ)/σ(θ).
///
/// Events are drawn by [rejection](Proposal), in the same time from a file of any size, and by running sums over all of them outside of the
/// ranges of the parameters.
#[derive(Debug)]
pub(super) struct Chooser {
    /// The ranges of the parameters, `[p + k]`.
    edges: Vec<(f64, f64)>,
    /// For parameters in their ranges; made for the first event that is drawn.
    proposal: OnceLock<Result<Option<Proposal>, Rejected>>,
    /// Σ over the first events of the weights that are positive, at the end of each stride of events.
    running_sums: Recent<Vec<f64>, Vec<f64>>,
}

impl Chooser {
    /// Of events of these parameters.
    pub(super) fn new(parameters: &[Parameter]) -> Self {
        Self {
            edges: parameters.iter().map(|parameter| parameter.range).collect(),
            proposal: OnceLock::new(),
            running_sums: Recent::new(KEPT_RUNNING_SUMS),
        }
    }

    /// An event of a point with these weights, where `total` is the sum of all that are positive.
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
    ) -> Result<Drawn<'a>, Rejected> {
        let make = || Proposal::new(events, &self.edges).map_err(unreadable);
        let proposal = self.proposal.get_or_init(make).as_ref().map_err(Rejected::clone)?;
        let look = |stride, number| Ok(passing(events.rows.stride(stride)?, weights, 0.0, number).ok());
        let drawn = proposal
            .as_ref()
            .map(|all| all.draw(point, &weights.monomials, total, look, rng));
        match drawn.transpose().map_err(unreadable)?.flatten() {
            Some(drawn) => Ok(drawn),
            None => self.by_running_sums(events, point, weights, rng).map_err(unreadable),
        }
    }

    /// By inversion: a look at all events, if the point is a new one.
    fn by_running_sums<'a>(
        &self,
        events: &'a WeightedEvents,
        point: &[f64],
        weights: &Weights<'_>,
        rng: &mut Stream,
    ) -> Result<Drawn<'a>> {
        let sums = self.running_sums(events, point, weights)?;
        let number = rng.random::<f64>() * sums.last().copied().unwrap_or(0.0);
        let stride = sums.partition_point(|sum| *sum <= number).min(sums.len() - 1);
        let before = stride.checked_sub(1).map_or(0.0, |before| sums[before]);
        let stride = events.rows.stride(stride)?;
        Ok(passing(stride, weights, before, number).unwrap_or_else(|last| last))
    }

    fn running_sums(&self, events: &WeightedEvents, point: &[f64], weights: &Weights<'_>) -> Result<Arc<Vec<f64>>> {
        let make = || {
            let (mut sum, mut sums) = (0.0, Vec::with_capacity(events.rows.n_strides()));
            events.visit(|stride| {
                (0..stride.len()).for_each(|i| sum += weights.of(&stride, i).max(0.0));
                sums.push(sum);
            })?;
            Ok((point.to_vec(), sums))
        };
        self.running_sums.of(|known| known == point, make)
    }
}

/// The event of a stride at which the running sum of weights that are positive passes a number; the last event where it does not.
fn passing<'a>(stride: Kept<'a>, weights: &Weights<'_>, before: f64, number: f64) -> Result<Drawn<'a>, Drawn<'a>> {
    let (events, mut sum) = (stride.get(), before);
    let passes = |i: &usize| {
        sum += weights.of(&events, *i).max(0.0);
        sum > number
    };
    let found = (0..events.len()).find(passes);
    let event = events.first + found.unwrap_or(events.len() - 1);
    match found {
        Some(_) => Ok(Drawn::of(event, stride)),
        None => Err(Drawn::of(event, stride)),
    }
}

/// Events that cannot be read any more do not happen.
pub(super) fn unreadable(error: Error) -> Rejected {
    Rejected::Invalid(error.to_string())
}
