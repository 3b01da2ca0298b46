//! The random choice of an event, and its probability.

use super::WeightedEvents;
use super::drawn_event::DrawnEvent;
use super::events::Weights;
use super::sampler::EventSampler;
use motherlode_core::real::Real;
use motherlode_core::trace::{Density, Rejected, Stream};

/// The random choice of an event at one θ.
#[derive(Debug)]
pub(super) struct EventChoice<'a, R> {
    pub(super) events: &'a WeightedEvents,
    pub(super) sampler: &'a EventSampler,
    /// (θ, ν), `[p + k]`.
    pub(super) point: Vec<f64>,
    pub(super) monomials: Vec<R>,
    pub(super) nu: Vec<R>,
    /// ln σ.
    pub(super) log_total: R,
    /// Sum of absolute weights, in pb.
    pub(super) absolute: f64,
    /// Σ|w|/σ, if there are negative weights.
    pub(super) weight: Option<f64>,
}

impl<'a, R: Real> EventChoice<'a, R> {
    /// ln |w| − ln σ of an event, and its weight: ±Σ|w|/σ, with the sign of w, or 1 where no weight is negative.
    ///
    /// # Errors
    /// If its row cannot be read, or there is none.
    pub(super) fn log_probability_and_weight(&self, drawn: &DrawnEvent<'a>) -> Result<(R, f64), Rejected> {
        drawn.look(self.events, |block, i| {
            let nominal = polynomial(block.coefficients(i).iter(), &self.monomials);
            let weight = self.weight.map_or(1.0, |weight| weight.copysign(nominal.re()));
            let absolute = if nominal.re() < 0.0 { -nominal } else { nominal };
            let log = match absolute.re() > 0.0 {
                true => absolute.ln() + block.factor(i).log(&self.nu) - self.log_total,
                false => R::from(f64::NEG_INFINITY),
            };
            (log, weight)
        })
    }

    /// ln |w| − ln σ of an event.
    ///
    /// # Errors
    /// As [`log_probability_and_weight`](Self::log_probability_and_weight).
    pub(super) fn log_probability(&self, drawn: &DrawnEvent<'a>) -> Result<R, Rejected> {
        self.log_probability_and_weight(drawn).map(|(log, _)| log)
    }
}

impl<'a, R: Real> Density<R> for EventChoice<'a, R> {
    type Draw = DrawnEvent<'a>;

    fn sample(&self, rng: &mut Stream) -> DrawnEvent<'a> {
        let monomials = self.monomials.iter().map(|value| value.re()).collect();
        let (events, total) = (self.events, self.absolute);
        let weights = Weights::new(monomials, &self.point[events.p..]);
        let drawn = self.sampler.draw(events, &self.point, &weights, total, rng);
        drawn.unwrap_or_else(DrawnEvent::failed)
    }

    fn log_density(&self, drawn: &DrawnEvent<'a>) -> R {
        // An event without a row is rejected as soon as it is asked for its observations.
        self.log_probability(drawn).unwrap_or(R::from(f64::NEG_INFINITY))
    }
}

/// Σ of coefficients times monomials.
pub(super) fn polynomial<R: Real>(coefficients: impl Iterator<Item = f64>, monomials: &[R]) -> R {
    let mut sum = R::from(0.0);
    for (&monomial, coefficient) in monomials.iter().zip(coefficients) {
        sum += monomial * coefficient;
    }
    sum
}
