//! Identities that the gold of every simulator must satisfy.
//!
//! The exact likelihood of a real simulator is unknown, but its joint ratio and joint score have known properties: they have
//! known means, they are derivatives and differences of one function, and the joint score predicts how the mean of any
//! observable changes with θ. Gold that violates one of them trains a wrong network; each violation has a name here.

mod checks;
mod continuity;
mod events;
mod pair_check;
mod replays;
mod reweighting;

pub(crate) use checks::rounding_of_score;
pub use checks::{Identities, Identity};
pub(super) use continuity::continuity;
pub(super) use pair_check::PairCheck;
pub(super) use replays::{log_probability, replays, sensitivity};
pub(super) use reweighting::reweighting;

use checks::Fault;
use events::{Events, Gold, Observed, deviation};
use rand::RngExt;

use crate::check::Check;
use crate::error::{Error, Result};
use crate::format::exact;
use crate::mean::Mean;
use crate::real::MAX_PARAMETERS;
use crate::trace::Instrumented;

/// Relative tolerance of algebraic identities in f64.
const ALGEBRA: f64 = 1e-12;
/// Relative tolerance of derivatives against central differences.
const FINITE_DIFFERENCE: f64 = 1e-6;
/// Number of events for algebraic identities, which hold event by event.
const MOST_ALGEBRAIC_EVENTS: usize = 200;
/// Smallest number of events for a mean.
pub(super) const FEWEST_EVENTS: usize = 100;
/// Step of a central difference, as a fraction of the prior box.
const STEP: f64 = 1e-3;
/// Factors by which smaller steps are tried as well.
const FINER: [f64; 3] = [1.0, 4.0, 16.0];
/// Half the interval of θ over which the change of a mean is checked, as a fraction of the prior box.
const STRETCH: f64 = 0.25;

/// Checks all identities of a simulator at the hypotheses `theta` and `theta1`, `[p]`, with `n_events` events for each mean.
///
/// With r the joint ratio of `theta` to `theta1` and t the joint score at `theta`: the
/// [algebraic ones](algebraic_identities), then E\[t\] = 0 under θ, E\[r\] = 1 under θ₁, E\[1/r\] = 1 under θ, and
/// E\[t f(x)\] = dE\[f(x)\]/dθ for every observable f and parameter. The last one is checked over a stretch of θ, as
/// ∫E\[t f\]dθ = ΔE\[f\] with the two ends simulated independently, which holds without an error of discretisation.
/// It detects a branch or a derivative that bypasses the trace.
///
/// Where paths [have weights](crate::trace::Simulator::weight), so do the events of every mean. Means are doubtful beyond 3.5 standard errors and fail beyond five. If a few events dominate a mean of ratios, that mean is not judged, and only the
/// bounded form E\[1/(1+r)\] under θ = E\[r/(1+r)\] under θ₁ is. The shares of runs that the simulator keeps must be the same at both, too. A simulator with p parameters and m observables is run
/// (3p + 2) `n_events` times.
///
/// # Errors
/// If `theta` or `theta1` does not fit the simulator or `n_events` is below 100. A broken identity is a failed check,
/// not an error.
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub fn identities(
    simulator: &dyn Instrumented,
    theta: &[f64],
    theta1: &[f64],
    n_events: usize,
    seed: u64,
) -> Result<Identities> {
    if n_events < FEWEST_EVENTS {
        return Err(Error::usage(format!(
            "{n_events} events are too few to check a mean: use {FEWEST_EVENTS} or more"
        )));
    }
    check(simulator, theta, theta1, n_events, seed, &IDENTITIES)
}

/// Checks the identities that hold event by event, to rounding, with at most 200 events drawn at `theta`.
///
/// Sampling, mining, recording and replaying are one and the same run; log r is antisymmetric and additive; the joint
/// score is the derivative of ln p(x,z|θ); paths of one hypothesis are possible under the other.
///
/// # Errors
/// If `theta` or `theta1` does not fit the simulator.
pub fn algebraic_identities(
    simulator: &dyn Instrumented,
    theta: &[f64],
    theta1: &[f64],
    n_events: usize,
    seed: u64,
) -> Result<Identities> {
    check(simulator, theta, theta1, n_events, seed, &[algebra])
}

/// A part of the check; the error is a fault that makes the rest of the part meaningless.
pub(super) type Part = fn(&Events) -> Result<Vec<Check>, Fault>;

/// The parts of [`identities`].
pub(super) const IDENTITIES: [Part; 3] = [algebra, means, derivatives];

fn check(
    simulator: &dyn Instrumented,
    theta: &[f64],
    theta1: &[f64],
    n_events: usize,
    seed: u64,
    parts: &[Part],
) -> Result<Identities> {
    require_inside(simulator, theta)?;
    require_inside(simulator, theta1)?;
    let events = Events::new(simulator, theta, theta1, n_events, seed);
    let checks = parts.iter().flat_map(|part| run(*part, &events)).collect();
    Ok(Identities {
        simulator: simulator.name().into(),
        theta: theta.into(),
        theta1: theta1.into(),
        n_events,
        n_discarded: events.n_discarded(),
        checks,
    })
}

/// Runs a part; a fault is a check that failed.
fn run(part: Part, events: &Events) -> Vec<Check> {
    part(events).unwrap_or_else(|fault| vec![fault.into()])
}

fn require_inside(simulator: &dyn Instrumented, theta: &[f64]) -> Result<()> {
    let parameters = simulator.parameters();
    if theta.len() != parameters.len() || theta.len() > MAX_PARAMETERS {
        return Err(Error::usage(format!(
            "theta has {} values, {} has {} parameters (at most {MAX_PARAMETERS} can be differentiated)",
            theta.len(),
            simulator.name(),
            parameters.len()
        )));
    }
    for (parameter, value) in parameters.iter().zip(theta) {
        let (low, high) = parameter.range;
        if !(low..=high).contains(value) {
            return Err(Error::usage(format!(
                "{} = {value} is outside the range [{low}, {high}] of {}",
                parameter.name,
                simulator.name(),
                value = exact(*value),
                low = exact(low),
                high = exact(high)
            )));
        }
    }
    Ok(())
}

/// The largest relative deviation of a few quantities that should be equal.
#[derive(Default)]
struct Worst(f64);

impl Worst {
    fn compare(&mut self, a: f64, b: f64, scale: f64) {
        self.0 = self.0.max(deviation(a, b) / scale);
    }

    fn check(self, identity: Identity, subject: &str, tolerance: f64) -> Check {
        checks::algebraic(identity, subject, self.0, tolerance)
    }
}

pub(super) fn algebra(events: &Events) -> Result<Vec<Check>, Fault> {
    let mined = events.mined(events.n_each.min(MOST_ALGEBRAIC_EVENTS), Ok)?;
    let (theta, theta1) = (events.theta, events.theta1);
    let middle: Vec<f64> = theta.iter().zip(theta1).map(|(a, b)| 0.5 * (a + b)).collect();
    let (mut replay, mut antisymmetry, mut additivity) = (Worst::default(), Worst::default(), Worst::default());
    for (event, gold) in mined.iter().enumerate() {
        replay.compare(events.disagreement(event)?, 0.0, 1.0);
        let at = |theta: &[f64]| events.log_probability(theta, &gold.memory);
        let log_ratio = |a: &[f64], b: &[f64]| Ok(at(a)? - at(b)?);
        let whole = log_ratio(theta, theta1)?;
        let scale = gold.log_probability.abs().max(1.0);
        antisymmetry.compare(whole, -log_ratio(theta1, theta)?, scale);
        let sum = log_ratio(theta, &middle)? + log_ratio(&middle, theta1)?;
        if whole.is_finite() && sum.is_finite() {
            additivity.compare(whole, sum, scale);
        }
    }
    let mut checks = vec![
        replay.check(Identity::Replay, "", ALGEBRA),
        antisymmetry.check(Identity::Antisymmetry, "", ALGEBRA),
        additivity.check(Identity::Additivity, "", ALGEBRA),
    ];
    for k in 0..theta.len() {
        checks.extend(differences(events, &mined, k)?);
    }
    checks.push(support(events, &mined)?);
    Ok(checks)
}

/// The joint score of parameter `k` against a central difference of fourth order, where θ has room on both sides.
///
/// Several steps are tried, and the one that agrees best with the next larger one is used: a path whose probability is almost
/// zero at θ has a large curvature and needs a smaller step, while for other paths the rounding error dominates.
fn differences(events: &Events, mined: &[Gold], k: usize) -> Result<Option<Check>, Fault> {
    let (below, above) = events.room(k);
    let h = (STEP * events.width(k)).min(0.4 * below).min(0.4 * above);
    if h <= 0.0 {
        return Ok(None);
    }
    let typical = (mined.iter().map(|gold| gold.score[k].powi(2)).sum::<f64>() / mined.len() as f64).sqrt();
    let mut worst = Worst::default();
    for gold in mined {
        let slope = |h: f64| -> Result<f64, Fault> {
            let at = |steps: f64| events.log_probability(&events.moved(k, steps * h), &gold.memory);
            Ok((8.0 * (at(1.0)? - at(-1.0)?) - (at(2.0)? - at(-2.0)?)) / (12.0 * h))
        };
        let slopes = FINER
            .map(|finer| slope(h / finer))
            .into_iter()
            .collect::<Result<Vec<f64>, _>>()?;
        let disagreement = |pair: &&[f64]| (pair[1] - pair[0]).abs();
        let best = slopes
            .windows(2)
            .min_by(|a, b| disagreement(a).total_cmp(&disagreement(b)))
            .map_or(slopes[0], |pair| pair[1]);
        let scale = gold.score[k].abs().max(typical).max(1.0 / events.width(k));
        worst.compare(gold.score[k], best, scale);
    }
    let name = &events.parameters[k];
    Ok(Some(worst.check(Identity::FiniteDifference, name, FINITE_DIFFERENCE)))
}

/// Fraction of paths drawn at θ that are impossible at θ₁.
fn support(events: &Events, mined: &[Gold]) -> Result<Check, Fault> {
    let mut n_impossible = 0;
    for gold in mined {
        n_impossible += usize::from(events.log_ratio(&gold.memory)? == f64::INFINITY);
    }
    let share = n_impossible as f64 / mined.len() as f64;
    Ok(checks::algebraic(Identity::Support, "theta", share, 0.0))
}

fn means(events: &Events) -> Result<Vec<Check>, Fault> {
    let (numerator, discarded0) = events.counted(|| {
        events.mined(events.n_events, |gold| {
            Ok((events.ratio(&gold.memory, gold.weight)?, gold.score))
        })
    })?;
    let (denominator, discarded1) = events.counted(|| events.denominator_ratios())?;
    let ratio0 = numerator.iter().map(|(ratio, _)| ratio);
    let ratio1 = denominator.iter();
    let mut checks: Vec<Check> = (0..events.theta.len())
        .map(|k| {
            let scores = numerator.iter().map(|(ratio, score)| (score[k], ratio.weight));
            checks::score(&events.parameters[k], Mean::weighted(scores), events.width[k])
        })
        .collect();
    let impossible = ratio1.clone().filter(|ratio| ratio.log == f64::NEG_INFINITY).count();
    let share = impossible as f64 / denominator.len() as f64;
    checks.push(checks::algebraic(Identity::Support, "theta1", share, 0.0));
    checks.push(checks::weights(
        Identity::Ratio,
        ratio1.clone().map(|ratio| ratio.value()),
        Mean::from_values(ratio0.clone().map(|ratio| ratio.value())).value,
    ));
    checks.push(checks::weights(
        Identity::InverseRatio,
        ratio0.clone().map(|ratio| ratio.inverse()),
        Mean::from_values(ratio1.clone().map(|ratio| ratio.inverse())).value,
    ));
    // Both sides are ∫ p₀|p₁|/(|p₀| + |p₁|): bounded, so this holds to a standard error even if the ratios have heavy tails.
    let left = Mean::from_values(ratio0.map(|ratio| ratio.weight / (1.0 + ratio.log.exp())));
    let right = ratio1.map(|ratio| ratio.weight * ratio.sign / (1.0 + ratio.log.exp().recip()));
    let right = Mean::from_values(right);
    checks.push(checks::balance(left, right));
    let runs = [("theta", discarded0), ("theta1", discarded1)];
    checks.extend(checks::acceptance("theta, theta1", events.n_events, runs));
    Ok(checks)
}

fn derivatives(events: &Events) -> Result<Vec<Check>, Fault> {
    (0..events.theta.len()).try_fold(Vec::new(), |mut checks, k| {
        checks.extend(derivative(events, k)?);
        Ok(checks)
    })
}

/// ⟨t f(x)⟩ over a stretch of parameter `k` against the means of f at its ends, for all observables.
fn derivative(events: &Events, k: usize) -> Result<Vec<Check>, Fault> {
    let (below, above) = events.far_room(k);
    let half = STRETCH * events.width(k);
    let (from, to) = (-half.min(below), half.min(above));
    if to <= from {
        return Ok(Vec::new()); // a parameter that is held fixed
    }
    let batch = 2 + 3 * k as u64;
    let (lower, below) = events.counted(|| events.observed(batch, &events.moved(k, from)))?;
    let (upper, above) = events.counted(|| events.observed(batch + 1, &events.moved(k, to)))?;
    let between = events.scored(batch + 2, |rng| {
        events.moved(k, from + (to - from) * rng.random::<f64>())
    })?;
    let of_observable = |j: usize| {
        let column = |rows: &[Observed]| Mean::weighted(rows.iter().map(|row| (row.x[j], row.weight)));
        let (low, high) = (column(&lower), column(&upper));
        // E[t] = 0, so any constant may be subtracted from f: the middle removes most of the variance.
        let middle = 0.5 * (low.value + high.value);
        let tilted = between
            .iter()
            .map(|gold| (gold.score[k] * (gold.x[j] - middle), gold.weight));
        let tilted = Mean::weighted(tilted);
        let subject = format!("{}, {}", events.observables[j], events.parameters[k]);
        checks::derivative(&subject, tilted, low, high, to - from)
    };
    let runs = [("the lower end", below), ("the upper end", above)];
    let acceptance = checks::acceptance(&events.parameters[k], events.n_events, runs);
    Ok((0..events.observables.len())
        .map(of_observable)
        .chain(acceptance)
        .collect())
}
