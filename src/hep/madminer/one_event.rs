//! The choice of an event, and its probability.

use super::chooser::unreadable;
use super::events::Weights;
use super::marks::STRIDE;
use super::rows::Kept;
use super::stride::Stride;
use super::{EventSimulator, WeightedEvents};
use motherlode_core::real::Real;
use motherlode_core::trace::{Choice, Choices, Density, Kind, Rejected, Stream};

/// The choice of an event.
#[derive(Debug)]
pub(super) struct OneEvent<'a, R> {
    pub(super) simulator: &'a EventSimulator,
    /// (θ, ν), `[p + k]`.
    pub(super) point: Vec<f64>,
    pub(super) monomials: Vec<R>,
    pub(super) nu: Vec<R>,
    /// ln σ.
    pub(super) log_total: R,
}

impl<'a, R: Real> OneEvent<'a, R> {
    /// ln w − ln σ of an event.
    ///
    /// # Errors
    /// If its row cannot be read, or there is none.
    pub(super) fn log_probability(&self, drawn: &Drawn<'a>) -> Result<R, Rejected> {
        drawn.look(self.simulator.events(), |stride, i| {
            let nominal = polynomial(stride.coefficients(i).iter(), &self.monomials);
            match nominal.re() > 0.0 {
                true => nominal.ln() + stride.factor(i).log(&self.nu) - self.log_total,
                false => R::from(f64::NEG_INFINITY),
            }
        })
    }
}

impl<'a, R: Real> Density<R> for OneEvent<'a, R> {
    type Draw = Drawn<'a>;

    fn sample(&self, rng: &mut Stream) -> Drawn<'a> {
        let monomials = self.monomials.iter().map(|value| value.re()).collect();
        let (events, total) = (self.simulator.events(), self.log_total.re().exp());
        let weights = Weights::new(monomials, &self.point[events.p..]);
        let drawn = self.simulator.chooser().draw(events, &self.point, &weights, total, rng);
        drawn.unwrap_or_else(Drawn::failed)
    }

    fn log_density(&self, drawn: &Drawn<'a>) -> R {
        // An event without a row is rejected as soon as it is asked for its observations.
        self.log_probability(drawn).unwrap_or(R::from(f64::NEG_INFINITY))
    }
}

/// An event that was drawn, with the rows of its stride: what it is made of needs no second look at a file.
#[derive(Debug, Clone)]
pub(super) struct Drawn<'a> {
    pub(super) event: usize,
    /// Not known of an event that a record names; or why they cannot be read.
    stride: Option<Result<Kept<'a>, Rejected>>,
}

impl<'a> Drawn<'a> {
    /// With the rows of its stride.
    pub(super) fn of(event: usize, stride: Kept<'a>) -> Self {
        Self {
            event,
            stride: Some(Ok(stride)),
        }
    }

    /// That none could be drawn.
    pub(super) fn failed(reason: Rejected) -> Self {
        Self {
            event: 0,
            stride: Some(Err(reason)),
        }
    }

    /// The event of a number.
    pub(super) fn named(event: usize) -> Self {
        Self { event, stride: None }
    }

    /// What `of` makes of it, the i-th event of a stride.
    ///
    /// # Errors
    /// If it cannot be read, or there are fewer events: a record of another file may name one that this one does not have.
    fn look<T>(&self, events: &WeightedEvents, of: impl FnOnce(Stride<'_>, usize) -> T) -> Result<T, Rejected> {
        let here = |stride: &Kept<'_>| of(stride.get(), self.event % STRIDE);
        match &self.stride {
            Some(Ok(known)) => Ok(here(known)),
            Some(Err(reason)) => Err(reason.clone()),
            None if self.event >= events.len() => Err(Rejected::Strayed),
            None => events
                .rows
                .stride(self.event / STRIDE)
                .map(|stride| here(&stride))
                .map_err(unreadable),
        }
    }

    /// Its observations, `[m]`.
    ///
    /// # Errors
    /// If it cannot be read, or there are fewer events.
    pub(super) fn x(&self, events: &WeightedEvents) -> Result<Vec<f64>, Rejected> {
        self.look(events, |stride, i| stride.x(i).to_vec())
    }
}

/// Its number.
impl Choice for Drawn<'_> {
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

/// Σ of coefficients times monomials.
pub(super) fn polynomial<R: Real>(coefficients: impl Iterator<Item = f64>, monomials: &[R]) -> R {
    let mut sum = R::from(0.0);
    for (&monomial, coefficient) in monomials.iter().zip(coefficients) {
        sum += monomial * coefficient;
    }
    sum
}
