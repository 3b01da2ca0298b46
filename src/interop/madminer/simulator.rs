//! The events of a file as a simulator: which of them happens is the only thing that chance decides.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rand::RngExt;

use super::proposal::Proposal;
use super::reader::blocks;
use super::sums::{Moments, Sums};
use super::{Benchmark, EventFile, EventReader, Portion, Selection, Setup, WeightedEvents};
use crate::error::{Error, Result};
use crate::real::{MAX_PARAMETERS, Real};
use crate::recent::Recent;
use crate::trace::{Density, Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Stream, Trace};

/// Parameters at which the sums of weights, or those of systematics at which their moments, are kept: more than a mixture has points, as
/// a rule.
const KEPT_SUMS: usize = 512;
/// Parameters at which running sums over all events are kept: a few, for there are many.
const KEPT_RUNNING_SUMS: usize = 8;
/// Events of which the running sums are kept at the end only: what is in between is soon added up again.
const STRIDE: usize = 64;
/// How many standard deviations a nuisance parameter may be off, and how many it is off in training at the most.
const NUISANCE_RANGE: f64 = 5.0;
const NUISANCE_PRIOR: f64 = 3.0;

/// A simulator that draws events from a file of MadMiner, with probability w(θ)/σ(θ) each.
///
/// An event's path is its row of the file, and ln w(θ) − ln σ(θ) the logarithm of its probability: the ratio and the score that MadMiner calls
/// r_xz and t_xz. Nuisance parameters are parameters like others. An event whose weight is negative at θ cannot be drawn there; it is
/// left out of σ in the probability of the others, but not of the [rate](Simulator::log_rate).
///
/// Events are drawn by rejection, in the same time from a file of any size, and by running sums over all of them outside of the ranges of
/// the parameters. What is paid for at new parameters is σ: nothing without systematics, or at parameters of these that were met before,
/// but for a look at the events that may have a negative weight; one over all events at new parameters of systematics.
#[derive(Debug)]
pub struct EventSimulator {
    name: String,
    about: String,
    parameters: Vec<Parameter>,
    observables: Vec<Observable>,
    hypotheses: Hypotheses,
    events: WeightedEvents,
    p: usize,
    /// Coefficients of σ(θ), where that is all there is to it: no nuisance parameters, no negative weights.
    polynomial: Option<Vec<f64>>,
    sums: Recent<(Vec<f64>, usize), Sums>,
    moments: Recent<(Vec<f64>, usize), Moments>,
    /// For parameters in their ranges; made for the first event that is drawn.
    proposal: OnceLock<Option<Proposal>>,
    running_sums: Recent<Vec<f64>, Vec<f64>>,
}

impl EventSimulator {
    /// The simulator of a file, or of a [portion](Portion::of) of it; its name is the path, as it is given, with the portion.
    ///
    /// # Errors
    /// As [`EventReader::open`] and [`WeightedEvents::new`], or if there are more than 16 parameters.
    pub fn open(name: &str) -> Result<Self> {
        let (path, portion) = Portion::split(name);
        let file = EventReader::open(Path::new(path))?;
        let selection = Selection {
            portion,
            ..Selection::default()
        };
        let events = WeightedEvents::open(&file, &selection)?;
        Self::of(&portion.of(path), file.path(), file.setup(), events)
    }

    /// The simulator of a file that was read, under a name.
    ///
    /// # Errors
    /// As [`WeightedEvents::new`], or if there are more than 16 parameters.
    pub fn new(name: &str, file: &EventFile) -> Result<Self> {
        Self::selected(name, file, &Selection::default())
    }

    /// The simulator of the events of a file that are selected.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if nothing was selected.
    pub fn selected(name: &str, file: &EventFile, selection: &Selection) -> Result<Self> {
        Self::of(name, &file.path, &file.setup, WeightedEvents::new(file, selection)?)
    }

    /// The simulator of events that were selected.
    ///
    /// # Errors
    /// If there are more than 16 parameters.
    fn of(name: &str, path: &Path, setup: &Setup, events: WeightedEvents) -> Result<Self> {
        let parameters = parameters(path, setup)?;
        let p = setup.parameters.len();
        let observable = |(name, _): &(String, Option<String>)| Observable::new(name);
        let proper = events.factors().is_empty() && events.n_doubtful() == 0;
        Ok(Self {
            name: name.into(),
            about: about(&events),
            observables: setup.observables.iter().map(observable).collect(),
            hypotheses: hypotheses(setup, &parameters),
            polynomial: proper.then(|| events.sum_of_coefficients()),
            sums: Recent::new(KEPT_SUMS),
            moments: Recent::new(KEPT_SUMS),
            proposal: OnceLock::new(),
            running_sums: Recent::new(KEPT_RUNNING_SUMS),
            parameters,
            events,
            p,
        })
    }

    /// Its events.
    pub fn events(&self) -> &WeightedEvents {
        &self.events
    }

    /// The sums of weights near a point, with all derivatives that a number of this kind can see.
    fn sums<R: Real>(&self, point: &[f64]) -> Arc<Sums> {
        // Who asks for the value asks for the score next, as a rule, and takes no second look at all events then.
        let needed = R::NDERIV.max(1);
        let is = |(at, order): &(Vec<f64>, usize)| *order >= needed && at == point;
        let make = || {
            let moments = self.moments(&point[self.p..], needed);
            ((point.to_vec(), needed), Sums::new(&self.events, &moments, point))
        };
        self.sums.of(is, make)
    }

    /// Of all events, at parameters of systematics: the same for all of the theory.
    fn moments(&self, nu: &[f64], needed: usize) -> Arc<Moments> {
        let is = |(at, order): &(Vec<f64>, usize)| *order >= needed && at == nu;
        let make = || ((nu.to_vec(), needed), Moments::new(&self.events, nu, needed));
        self.moments.of(is, make)
    }

    /// Σ over the first events of the weights that are positive, at the end of each stride of events.
    fn running_sums(&self, point: &[f64]) -> Arc<Vec<f64>> {
        let make = || {
            let mut sum = 0.0;
            let strides = blocks(self.events.len(), STRIDE).map(|events| {
                self.positive_weights(point, events).for_each(|weight| sum += weight);
                sum
            });
            (point.to_vec(), strides.collect())
        };
        self.running_sums.of(|known| known == point, make)
    }

    /// Weights of some events, 0 where they are negative.
    fn positive_weights(&self, point: &[f64], events: Range<usize>) -> impl Iterator<Item = f64> {
        let (theta, nu) = point.split_at(self.p);
        self.events.weights_of(theta, nu, events).map(|weight| weight.max(0.0))
    }

    /// Bounds of the weights for parameters in their ranges.
    fn proposal(&self) -> Option<&Proposal> {
        let edges = || -> Vec<(f64, f64)> { self.parameters.iter().map(|parameter| parameter.range).collect() };
        let proposal = self.proposal.get_or_init(|| Proposal::new(&self.events, &edges()));
        proposal.as_ref()
    }

    /// An event of this point, by inversion: a look at all events, if the point is a new one.
    fn by_running_sums(&self, point: &[f64], rng: &mut Stream) -> usize {
        let all = self.running_sums(point).last().copied().unwrap_or(0.0);
        self.event_at(point, rng.random::<f64>() * all)
    }

    /// The event at which the running sum passes a value.
    fn event_at(&self, point: &[f64], value: f64) -> usize {
        let strides = self.running_sums(point);
        let stride = strides.partition_point(|sum| *sum <= value).min(strides.len() - 1);
        let mut sum = stride.checked_sub(1).map_or(0.0, |before| strides[before]);
        let events = stride * STRIDE..((stride + 1) * STRIDE).min(self.events.len());
        let last = events.end - 1;
        let mut running = self.positive_weights(point, events.clone()).map(|weight| {
            sum += weight;
            sum
        });
        running.position(|sum| sum > value).map_or(last, |at| events.start + at)
    }

    /// Which event happens at θ.
    fn one_event<R: Real>(&self, theta: &[R]) -> Result<OneEvent<'_, R>, Rejected> {
        let point: Vec<f64> = theta.iter().map(|value| value.re()).collect();
        if point.len() != self.parameters.len() || point.iter().any(|value| !value.is_finite()) {
            return Err(Rejected::Invalid(format!(
                "{} has {} parameters, which must be finite, got {point:?}",
                self.name,
                self.parameters.len()
            )));
        }
        let monomials = self.events.monomials_at(&theta[..self.p]);
        let total = match &self.polynomial {
            Some(coefficients) => polynomial(coefficients, &monomials),
            None => self.sums::<R>(&point).positive.at(theta),
        };
        if !(total.re() > 0.0 && total.re().is_finite()) {
            return Err(Rejected::Invalid(format!(
                "the cross section of {} at {point:?} is {} pb: there are no events to draw",
                self.name,
                total.re()
            )));
        }
        Ok(OneEvent {
            simulator: self,
            nu: theta[self.p..].to_vec(),
            monomials,
            log_total: total.ln(),
            point,
        })
    }
}

impl Simulator for EventSimulator {
    fn name(&self) -> &str {
        &self.name
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

    fn hypotheses(&self) -> Hypotheses {
        self.hypotheses.clone()
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let event = trace.draw(self.one_event(theta)?);
        trace.remember(&[event as f64]);
        // A record of another file may name an event that this one does not have.
        match event < self.events.len() {
            true => Ok(self.events.x().row(event).to_vec()),
            false => Err(Rejected::Strayed),
        }
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        match *memory {
            [row] if row >= 0.0 && row.fract() == 0.0 && row < self.events.len() as f64 => {
                Ok(self.one_event(theta)?.log_density(&(row as usize)))
            }
            _ => Err(Rejected::Strayed),
        }
    }

    /// ln σ(θ, ν), with σ in pb.
    fn log_rate<R: Real>(&self, theta: &[R]) -> R {
        let total = match &self.polynomial {
            Some(coefficients) => polynomial(coefficients, &self.events.monomials_at(&theta[..self.p])),
            None => {
                let point: Vec<f64> = theta.iter().map(|value| value.re()).collect();
                self.sums::<R>(&point).all.at(theta)
            }
        };
        total.ln()
    }
}

/// The choice of an event.
struct OneEvent<'a, R> {
    simulator: &'a EventSimulator,
    point: Vec<f64>,
    monomials: Vec<R>,
    nu: Vec<R>,
    log_total: R,
}

impl<R: Real> Density<R> for OneEvent<'_, R> {
    type Draw = usize;

    fn sample(&self, rng: &mut Stream) -> usize {
        let monomials: Vec<f64> = self.monomials.iter().map(|value| value.re()).collect();
        let (events, nu) = (&self.simulator.events, &self.point[self.simulator.p..]);
        let weight = |event| events.nominal(event, &monomials) * events.factors().log_factor(event, nu).exp();
        let proposal = self.simulator.proposal();
        let drawn = proposal.and_then(|all| all.draw(&self.point, self.log_total.re().exp(), weight, rng));
        drawn.unwrap_or_else(|| self.simulator.by_running_sums(&self.point, rng))
    }

    fn log_density(&self, event: &usize) -> R {
        let events = &self.simulator.events;
        let impossible = R::from(f64::NEG_INFINITY);
        if *event >= events.len() {
            return impossible;
        }
        let nominal = events.nominal(*event, &self.monomials);
        match nominal.re() > 0.0 {
            true => nominal.ln() + events.factors().log_factor(*event, &self.nu) - self.log_total,
            false => impossible,
        }
    }
}

fn polynomial<R: Real>(coefficients: &[f64], monomials: &[R]) -> R {
    let mut sum = R::from(0.0);
    for (&monomial, &coefficient) in monomials.iter().zip(coefficients) {
        sum += monomial * coefficient;
    }
    sum
}

fn about(events: &WeightedEvents) -> String {
    let n = events.len();
    match events.n_doubtful() {
        0 => format!("{n} weighted events of MadMiner, drawn with replacement"),
        doubtful => format!(
            "{n} weighted events of MadMiner, drawn with replacement; {doubtful} may have a negative weight somewhere, and are not drawn there"
        ),
    }
}

fn parameters(path: &Path, setup: &Setup) -> Result<Vec<Parameter>> {
    let of_theory = setup.parameters.iter().enumerate().map(|(i, parameter)| {
        let (low, high) = range(path, setup, i)?;
        let (block, id) = &parameter.card;
        let about = match &parameter.transform {
            _ if block.is_empty() => String::new(),
            Some(transform) => format!("{block} {id} of the parameter card is {transform}"),
            None => format!("{block} {id} of the parameter card"),
        };
        Ok(Parameter::new(&parameter.name, low, high).with_about(&about))
    });
    let of_systematics = setup.nuisances.iter().map(|nuisance| {
        let source = nuisance.systematic.as_ref().unwrap_or(&nuisance.name);
        let about = format!("standard deviations that {source} is off");
        let parameter = Parameter::new(&nuisance.name, -NUISANCE_RANGE, NUISANCE_RANGE);
        Ok(parameter.with_about(&about).constrained(0.0, 1.0))
    });
    let all: Vec<Parameter> = of_theory.chain(of_systematics).collect::<Result<_>>()?;
    match all.len() <= MAX_PARAMETERS {
        true => Ok(all),
        false => Err(Error::file(
            path,
            format!(
                "has {} parameters and {} nuisance parameters: up to {MAX_PARAMETERS} in all can be learned; leave some systematics out",
                setup.parameters.len(),
                setup.nuisances.len()
            ),
        )),
    }
}

/// The range of a parameter, or of its values at the benchmarks if the file gives none.
fn range(path: &Path, setup: &Setup, i: usize) -> Result<(f64, f64)> {
    let parameter = &setup.parameters[i];
    let (low, high) = parameter.range;
    if low < high {
        return Ok((low, high));
    }
    let values = setup.physical().map(|(_, benchmark)| benchmark.theta[i]);
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    match least < most {
        true => Ok((least, most)),
        false => Err(Error::file(
            path,
            format!(
                "gives the parameter {} the range {low} to {high}, and all benchmarks have the value {least}: nothing can be learned of it",
                parameter.name
            ),
        )),
    }
}

/// θ1 is the reference of the file, θ0 its first other parameter point.
fn hypotheses(setup: &Setup, parameters: &[Parameter]) -> Hypotheses {
    let inside = |theta: &[f64]| -> Vec<f64> {
        let all = parameters.iter().enumerate();
        all.map(|(i, parameter)| {
            theta
                .get(i)
                .map_or(0.0, |value| value.clamp(parameter.range.0, parameter.range.1))
        })
        .collect()
    };
    let p = setup.parameters.len();
    let reference = &setup.benchmarks[setup.reference()].theta;
    let other = setup
        .physical()
        .map(|(_, benchmark)| &benchmark.theta)
        .find(|theta| *theta != reference);
    let prior = parameters.iter().enumerate().map(|(i, parameter)| match i < p {
        true => parameter.range,
        false => (-NUISANCE_PRIOR, NUISANCE_PRIOR),
    });
    let named = |(_, benchmark): (usize, &Benchmark)| {
        let mut theta = benchmark.theta.clone();
        theta.resize(parameters.len(), 0.0);
        (benchmark.name.clone(), theta)
    };
    Hypotheses::new(
        inside(other.unwrap_or(reference)),
        inside(reference),
        prior.collect::<Vec<_>>(),
    )
    .with_named(setup.physical().map(named))
}
