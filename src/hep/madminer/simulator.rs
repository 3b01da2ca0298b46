//! The events of a file as a simulator, whose only random choice is which event is drawn.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::cells::{PositiveEvents, without_negative_weights};
use super::drawn_event::{DrawnEvent, unreadable};
use super::event_choice::{EventChoice, polynomial};
use super::parameters::{hypotheses, parameters};
use super::rows::MEMORY;
use super::sampler::EventSampler;
use super::sums::{FileMoments, Sums};
use super::{EventFile, EventReader, Portion, Selection, Setup, WeightedEvents};
use motherlode_core::cache::Cache;
use motherlode_core::error::Result;
use motherlode_core::format::{exact, exact_point, number};
use motherlode_core::real::Real;
use motherlode_core::trace::{
    Caveat, Hypotheses, Instrumented, Memory, Observable, Parameter, Rejected, Simulator, Trace,
};

/// Parameters at which the sums of weights, or those of systematics at which their moments, are kept: more than a mixture, or a prior of
/// points, has points as a rule.
const KEPT_SUMS: usize = 4096;

/// Largest sum of absolute weights, in units of their sum: beyond it, a hundred events tell less than one without signs does.
const MOST_CANCELLATION: f64 = 10.0;

/// A simulator that draws events from a file of MadMiner, with probability w(θ)/σ(θ) each.
///
/// An event's path is its row of the file, and ln |w(θ)| − ln σ(θ) the logarithm of its probability: the ratio and the score that MadMiner
/// calls r_xz and t_xz. Nuisance parameters are parameters like others. Weights may be negative, as those of generators at next-to-leading
/// order are: rows are drawn as often as their absolute weights say, and [carry](Simulator::weight) ±Σ|w|/σ. Observations without weights are
/// drawn after negative weights were shared with [neighbours](Simulator::unweighted).
///
/// Events are drawn in the same time from a file of any size, as long as parameters are in their ranges. What is paid for at new
/// parameters is σ: nothing without systematics, or at parameters of these that were met before, but for a look at the events whose weight
/// changes its sign; one over all events at new parameters of systematics.
#[derive(Debug)]
pub struct EventSimulator {
    name: String,
    portion: Portion,
    about: String,
    parameters: Vec<Parameter>,
    observables: Vec<Observable>,
    hypotheses: Hypotheses,
    setup: Setup,
    events: WeightedEvents,
    p: usize,
    /// True if there are negative weights.
    weighted: bool,
    /// Problems that all results inherit.
    caveats: Vec<Caveat>,
    /// Coefficients of σ(θ) and of its negative part, where that is all there is to it: no nuisance parameters, no weights that change their
    /// sign.
    polynomials: Option<[Vec<f64>; 2]>,
    sums: Cache<(Vec<f64>, usize), Sums>,
    moments: Cache<(Vec<f64>, usize), FileMoments>,
    sampler: EventSampler,
    /// Made for the first observation without weight.
    unweighted: OnceLock<Result<Box<EventSimulator>, Rejected>>,
}

impl EventSimulator {
    /// Opens a file, or a portion of its rows; the name of the simulator is the path as given.
    ///
    /// # Errors
    /// As [`EventReader::open`] and [`WeightedEvents::open`], or if there are more than 16 parameters.
    pub fn open(path: &Path, portion: Portion) -> Result<Self> {
        Self::open_within(path, portion, MEMORY)
    }

    /// Opens a file as [`open`](Self::open) does; its [events](WeightedEvents) may take `memory` bytes.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_within(path: &Path, portion: Portion, memory: usize) -> Result<Self> {
        let file = EventReader::open(path)?;
        let selection = Selection {
            portion,
            ..Selection::default()
        };
        let events = WeightedEvents::open_within(&file, &selection, memory)?;
        let name = path.to_string_lossy();
        Self::from_events((&name, portion), file.path(), file.setup(), events)
    }

    /// Builds the simulator of a file in memory, under a name.
    ///
    /// # Errors
    /// As [`WeightedEvents::new`], or if there are more than 16 parameters.
    pub fn new(name: &str, file: &EventFile) -> Result<Self> {
        Self::selected(name, file, &Selection::default())
    }

    /// Builds the simulator of selected events of a file.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if nothing was selected.
    pub fn selected(name: &str, file: &EventFile, selection: &Selection) -> Result<Self> {
        let events = WeightedEvents::new(file, selection)?;
        Self::from_events((name, selection.portion), &file.path, &file.setup, events)
    }

    /// Builds the simulator of events that were selected before.
    ///
    /// # Errors
    /// If there are more than 16 parameters.
    fn from_events(
        (name, portion): (&str, Portion),
        path: &Path,
        setup: &Setup,
        events: WeightedEvents,
    ) -> Result<Self> {
        let parameters = parameters(path, setup)?;
        let p = setup.parameters.len();
        let observable = |(name, _): &(String, Option<String>)| Observable::new(name);
        let proper = events.n_nuisances() == 0 && events.n_changing() == 0;
        let polynomials = proper.then(|| FileMoments::new(&events, &[], 0));
        Ok(Self {
            name: name.into(),
            portion,
            about: about(&events),
            observables: setup.observables.iter().map(observable).collect(),
            hypotheses: hypotheses(setup, &parameters),
            polynomials: polynomials.transpose()?.map(|moments| moments.coefficients()),
            sums: Cache::new(KEPT_SUMS),
            moments: Cache::new(KEPT_SUMS),
            sampler: EventSampler::new(&parameters),
            unweighted: OnceLock::new(),
            parameters,
            setup: setup.clone(),
            weighted: events.has_negative_weights(),
            caveats: events.caveats(),
            events,
            p,
        })
    }

    /// The simulator of events whose negative weights are shared with their neighbours.
    fn with_shared_weights(&self) -> Result<Self> {
        let PositiveEvents { events, radius } = without_negative_weights(&self.events, &self.setup)?;
        let simulator = Self::from_events((&self.name, self.portion), Path::new(&self.name), &self.setup, events)?;
        let about = format!(
            "{} weighted events of MadMiner after negative weights were shared with neighbours within {} standard deviations (median)",
            simulator.events.len(),
            number(radius, 2)
        );
        Ok(Self { about, ..simulator })
    }

    /// Setup of the file.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Number of parameters of the theory: all but the nuisance parameters.
    pub fn n_theory(&self) -> usize {
        self.p
    }

    /// Events of the simulator.
    pub fn events(&self) -> &WeightedEvents {
        &self.events
    }

    /// The sums of weights near a point, with all derivatives that a number of this kind can see.
    fn sums<R: Real>(&self, point: &[f64]) -> Result<Arc<Sums>> {
        // Who asks for the value asks for the score next, as a rule, and takes no second look at all events then.
        let needed = R::NDERIV.max(1);
        let is = |(at, order): &(Vec<f64>, usize)| *order >= needed && at == point;
        let make = || {
            let moments = self.moments(&point[self.p..], needed)?;
            let in_box = self.sampler.covers(point);
            Ok((
                (point.to_vec(), needed),
                Sums::new(&self.events, &moments, point, in_box)?,
            ))
        };
        self.sums.get_or_insert_with(is, make)
    }

    /// Moments of all events at given nuisance parameters; they do not depend on the parameters of the theory.
    fn moments(&self, nu: &[f64], needed: usize) -> Result<Arc<FileMoments>> {
        let is = |(at, order): &(Vec<f64>, usize)| *order >= needed && at == nu;
        let make = || Ok(((nu.to_vec(), needed), FileMoments::new(&self.events, nu, needed)?));
        self.moments.get_or_insert_with(is, make)
    }

    /// Event that a memory names.
    fn named(&self, memory: &[f64]) -> Result<DrawnEvent<'_>, Rejected> {
        match *memory {
            [row] if row >= 0.0 && row.fract() == 0.0 && row < self.events.len() as f64 => {
                Ok(DrawnEvent::named(row as usize))
            }
            _ => Err(Rejected::Strayed),
        }
    }

    /// Random choice of an event at θ.
    fn event_choice<R: Real>(&self, theta: &[R]) -> Result<EventChoice<'_, R>, Rejected> {
        let point: Vec<f64> = theta.iter().map(|value| value.re()).collect();
        if point.len() != self.parameters.len() || point.iter().any(|value| !value.is_finite()) {
            return Err(Rejected::Invalid(format!(
                "{} has {} parameters, which must be finite, got {}",
                self.label(),
                self.parameters.len(),
                exact_point(&point)
            )));
        }
        let monomials = self.events.monomials_at(&theta[..self.p]);
        let (total, absolute) = self.totals(theta, &monomials, &point).map_err(unreadable)?;
        self.check_totals(&point, total.re(), absolute)?;
        Ok(EventChoice {
            events: &self.events,
            sampler: &self.sampler,
            nu: theta[self.p..].to_vec(),
            monomials,
            log_total: total.ln(),
            absolute,
            weight: self.weighted.then(|| absolute / total.re()),
            point,
        })
    }

    /// σ(θ), and the sum of absolute weights.
    #[inline]
    fn totals<R: Real>(&self, theta: &[R], monomials: &[R], point: &[f64]) -> Result<(R, f64)> {
        let known = self.polynomials.as_ref();
        let known = known.filter(|_| self.events.signs.hold_everywhere || self.sampler.covers(point));
        let Some([all, negative]) = known else {
            let sums = self.sums::<R>(point)?;
            return Ok((sums.all.at(theta), sums.absolute));
        };
        let total = polynomial(all.iter().copied(), monomials);
        if !self.weighted {
            return Ok((total, total.re()));
        }
        let negative = negative.iter().zip(monomials).map(|(c, monomial)| c * monomial.re());
        Ok((total, total.re() - 2.0 * negative.sum::<f64>()))
    }

    /// Refuses parameters at which there is no density, or nothing can be learned of it.
    #[inline]
    fn check_totals(&self, point: &[f64], total: f64, absolute: f64) -> Result<(), Rejected> {
        match total > 0.0 && total.is_finite() && absolute <= MOST_CANCELLATION * total {
            true => Ok(()),
            false => Err(self.without_density(point, total, absolute)),
        }
    }

    fn without_density(&self, point: &[f64], total: f64, absolute: f64) -> Rejected {
        let label = self.label();
        if !(total > 0.0 && total.is_finite()) {
            return Rejected::Invalid(format!(
                "the cross section of {label} at {} is {} pb: there are no events to draw",
                exact_point(point),
                exact(total)
            ));
        }
        let negative = 50.0 * (1.0 - total / absolute);
        Rejected::Invalid(format!(
            "{negative:.1} % of the weights of {label} at {} are negative, so that {:.0} events tell as much as one without signs, and \
             nothing can be learned from them: generate events with fewer negative weights",
            exact_point(point),
            (absolute / total).powi(2)
        ))
    }
}

impl Simulator for EventSimulator {
    fn name(&self) -> &str {
        &self.name
    }

    fn portion(&self) -> Portion {
        self.portion
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    fn observables(&self) -> Vec<Observable> {
        self.observables.clone()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(self.hypotheses.clone())
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let drawn = trace.draw(self.event_choice(theta)?);
        trace.remember(&[drawn.event as f64]);
        drawn.x(&self.events)
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn n_rows(&self) -> Option<u64> {
        Some(self.events.len() as u64)
    }

    fn n_effective(&self, theta: &[f64]) -> Option<f64> {
        self.events.effective(theta).ok()
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        self.event_choice(theta)?.log_probability(&self.named(memory)?)
    }

    /// Most of the work is the same for all events of a θ.
    fn log_probabilities(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        let event_choice = self.event_choice(theta)?;
        let one = |memory: &&[f64]| event_choice.log_probability(&self.named(memory)?);
        memories.iter().map(one).collect()
    }

    /// ln σ(θ, ν), with σ in pb; no number where it is negative, or events cannot be read any more.
    fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> {
        let monomials = self.events.monomials_at(&theta[..self.p]);
        let point: Vec<f64> = theta.iter().map(|value| value.re()).collect();
        let totals = self.totals(theta, &monomials, &point);
        Some(totals.map_or(R::from(f64::NAN), |(total, _)| total.ln()))
    }

    fn caveats(&self) -> Vec<Caveat> {
        self.caveats.clone()
    }

    fn is_weighted(&self) -> bool {
        self.weighted
    }

    fn weight(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected> {
        self.log_probability_and_weight(theta, memory)
            .map(|(_, weight): (f64, _)| weight)
    }

    fn log_probability_and_weight<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<(R, f64), Rejected> {
        self.event_choice(theta)?
            .log_probability_and_weight(&self.named(memory)?)
    }

    /// Most of the work is the same for all events of a θ.
    fn weights(&self, theta: &[f64], memories: &[&[f64]]) -> Result<Vec<f64>, Rejected> {
        let event_choice = self.event_choice(theta)?;
        let weight = |(_, weight): (f64, f64)| weight;
        let one = |memory: &&[f64]| {
            event_choice
                .log_probability_and_weight(&self.named(memory)?)
                .map(weight)
        };
        memories.iter().map(one).collect()
    }

    fn unweighted(&self) -> Result<Option<&dyn Instrumented>, Rejected> {
        if !self.weighted {
            return Ok(None);
        }
        let make = || self.with_shared_weights().map(Box::new).map_err(unreadable);
        let made = self.unweighted.get_or_init(make).as_ref();
        made.map(|simulator| Some(&**simulator as &dyn Instrumented))
            .map_err(Rejected::clone)
    }
}

fn about(events: &WeightedEvents) -> String {
    let (n, negative, changing) = (events.len(), events.n_negative(), events.n_changing());
    let drawn = format!("{n} weighted events of MadMiner, drawn with replacement");
    match (negative, changing) {
        (0, 0) => drawn,
        (_, 0) => format!("{drawn}; {negative} have a negative weight, which they carry"),
        (0, _) => format!("{drawn}; {changing} have a weight of either sign, which they carry"),
        _ => format!("{drawn}; {negative} have a negative weight and {changing} one of either sign, which they carry"),
    }
}
