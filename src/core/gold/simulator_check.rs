//! The check of an instrumented simulator: replays, identities and reweighting at several θ of a prior.

use serde::{Deserialize, Serialize};

use super::identities::{FEWEST_EVENTS, IDENTITIES, PairCheck, Part, continuity, replays, reweighting, sensitivity};
use super::simulator_fault::PLACE;
use super::{Identity, SimulatorFault};
use crate::check::{Check, Outcome};
use crate::error::{Error, Result};
use crate::format::point;
use crate::parameter_box::ParameterBox;
use crate::prior::Prior;
use crate::progress::Progress;
use crate::trace::{Instrumented, stream};

/// Stream of the pairs of hypotheses.
const PAIRS: u64 = 1 << 12;
/// Number of times that the second hypothesis is moved halfway to the first, so that reweighted events have some weight.
const APPROACHES: usize = 8;
/// Parts of the check that read the choices of runs.
const OWN: [Part; 4] = [replays, continuity, sensitivity, reweighting];

/// Settings of [`check_simulator`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimulatorCheckSettings {
    /// Distribution of the hypotheses; the box of the simulator if there is none.
    pub prior: Option<Prior>,
    /// Number of pairs of hypotheses at which the simulator is checked.
    pub n_pairs: usize,
    /// Number of events for each mean, at each pair.
    pub n_events: usize,
    /// Number of events whose choices are replayed, at each pair.
    pub n_replayed: usize,
    /// Seed of the hypotheses and of the events.
    pub seed: u64,
}

impl Default for SimulatorCheckSettings {
    fn default() -> Self {
        Self {
            prior: None,
            n_pairs: 4,
            n_events: 2_000,
            n_replayed: 64,
            seed: 0,
        }
    }
}

impl SimulatorCheckSettings {
    /// Settings with 4 pairs in the box of the simulator, 2000 events, and 64 that are replayed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the distribution of the hypotheses.
    pub fn with_prior(self, prior: Prior) -> Self {
        let prior = Some(prior);
        Self { prior, ..self }
    }

    /// Sets the number of pairs of hypotheses.
    pub fn with_pairs(self, n_pairs: usize) -> Self {
        Self { n_pairs, ..self }
    }

    /// Sets the number of events for each mean.
    pub fn with_events(self, n_events: usize) -> Self {
        Self { n_events, ..self }
    }

    /// Sets the number of events whose choices are replayed.
    pub fn with_replayed(self, n_replayed: usize) -> Self {
        Self { n_replayed, ..self }
    }

    /// Sets the seed.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// Results of [`check_simulator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SimulatorReport {
    /// Name of the simulator, with the portion of its rows.
    pub simulator: String,
    /// Pairs θ, θ₁ of hypotheses at which it was checked, `[n][2][p]`.
    pub pairs: Vec<[Vec<f64>; 2]>,
    /// Number of events for each mean.
    pub n_events: usize,
    /// Runs that the simulator discarded on the way.
    pub n_discarded: u64,
    /// True if choices could be replayed: a simulator of another language, or one that remembers nothing of them, is checked by its means only.
    pub has_replays: bool,
    /// A check for each identity and parameter or observable: the worst of all pairs.
    pub checks: Vec<Check>,
}

impl SimulatorReport {
    /// Returns true if no check has failed.
    pub fn pass(&self) -> bool {
        self.checks.iter().all(Check::passes)
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passes())
    }

    /// The faults in words, with their remedies.
    pub fn faults(&self) -> Vec<SimulatorFault> {
        self.checks.iter().filter_map(SimulatorFault::from_check).collect()
    }
}

/// Checks an instrumented simulator at several pairs of hypotheses, and finds out by name what its gold would inherit.
///
/// Choices of recorded runs are made again at other θ: there, noise must have the same density, the observation must be the same, and ln p
/// must change as its score says, without steps. Each parameter must have a joint score. Then come all
/// [identities](super::identities()), and the distribution of each observable at one hypothesis is compared with that of reweighted events of
/// another. These also hold where choices cannot be replayed. Thresholds of the last comparison are divided among all observables.
///
/// ```
/// use motherlode_core::gold::{SimulatorCheckSettings, check_simulator};
/// use motherlode_core::trace::{density::Normal, *};
/// use motherlode_core::Real;
///
/// /// A measurement at θ, to which θ is added once more after the draw.
/// struct Shifted;
///
/// impl Simulator for Shifted {
///     fn name(&self) -> &str { "shifted" }
///     fn parameters(&self) -> Vec<Parameter> { vec![Parameter::new("theta", -1.0, 1.0)] }
///     fn observables(&self) -> Vec<Observable> { vec![Observable::new("x")] }
///     fn hypotheses(&self) -> Option<Hypotheses> { Some(Hypotheses::new([0.1], [0.0], [(-1.0, 1.0)])) }
///     fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
///         Ok(vec![trace.draw(Normal::new(theta[0], R::from(1.0))?) + theta[0].value()])
///     }
/// }
///
/// let report = check_simulator(&Shifted, &SimulatorCheckSettings::new().with_pairs(1).with_events(200), &())?;
/// assert!(!report.pass());
/// assert!(report.faults().iter().any(|fault| fault.message.contains("a shift after the draws, by the value of `theta`")));
/// # Ok::<(), motherlode_core::Error>(())
/// ```
///
/// # Errors
/// If the simulator has no gold or no box and no prior is given, the prior does not fit it, there are fewer than 100 events, no pairs or no replayed events, or
/// `progress` stops the check. A fault is a failed check, not an error.
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub fn check_simulator(
    simulator: &dyn Instrumented,
    settings: &SimulatorCheckSettings,
    progress: &dyn Progress,
) -> Result<SimulatorReport> {
    let prior = prior(simulator, settings)?;
    let edges = prior.bulk(prior.n_parameters());
    let parts: Vec<Part> = OWN.into_iter().chain(IDENTITIES).collect();
    let total = (settings.n_pairs * parts.len()) as u64;
    let mut report = SimulatorReport {
        simulator: simulator.label(),
        pairs: Vec::new(),
        n_events: settings.n_events,
        n_discarded: 0,
        has_replays: false,
        checks: Vec::new(),
    };
    for (i, pair) in pairs(simulator, &prior, edges.as_ref(), settings)?
        .into_iter()
        .enumerate()
    {
        let [theta, theta1] = &pair;
        let seed = settings.seed.wrapping_add(i as u64);
        let check = PairCheck::new(simulator, [theta, theta1], edges.as_ref(), settings.n_events, seed)?
            .with_each(settings.n_replayed)
            .stopped_by(progress);
        for (part, done) in parts.iter().zip((i * parts.len()) as u64..) {
            let checks = check.run(*part);
            progress.advance(done + 1, total)?;
            checks.into_iter().for_each(|check| report.take(check, theta, theta1));
        }
        report.n_discarded += check.n_discarded();
        report.pairs.push(pair);
    }
    report.has_replays = report.checks.iter().any(|check| is(check, Identity::Noise));
    report.drop_unnamed();
    Ok(report)
}

impl SimulatorReport {
    /// Keeps the worst check of each identity and subject; of a score, the largest.
    fn take(&mut self, mut check: Check, theta: &[f64], theta1: &[f64]) {
        if check.outcome != Outcome::Pass && !is(&check, Identity::Sensitivity) {
            let place = format!("{PLACE}{}, θ₁ = {}", point(theta), point(theta1));
            check.note = match check.note.as_str() {
                "" => place,
                note => format!("{note}, {place}"),
            };
        }
        let known = self.checks.iter_mut();
        let same = |known: &&mut Check| known.name == check.name && known.subject == check.subject;
        match known.into_iter().find(same) {
            None => self.checks.push(check),
            Some(known) if is(&check, Identity::Sensitivity) == (badness(known) > badness(&check)) => *known = check,
            Some(_) => (),
        }
    }

    /// Drops a path that was lost where the parameter that it was lost by is named.
    fn drop_unnamed(&mut self) {
        let is_path = |check: &Check| is(check, Identity::Path) && !check.passes();
        if self
            .checks
            .iter()
            .any(|check| is_path(check) && !check.subject.is_empty())
        {
            self.checks.retain(|check| !is_path(check) || !check.subject.is_empty());
        }
    }
}

fn is(check: &Check, identity: Identity) -> bool {
    check.name == identity.name()
}

/// Severity of a check among others of the same quantity: the verdict, then the deviation.
fn badness(check: &Check) -> (u8, f64) {
    let verdict = match check.outcome {
        Outcome::Pass => 0,
        Outcome::Warn => 1,
        Outcome::Fail => 2,
    };
    let deviation = check.z_score().unwrap_or(check.value).abs();
    (verdict, if deviation.is_nan() { f64::INFINITY } else { deviation })
}

fn prior(simulator: &dyn Instrumented, settings: &SimulatorCheckSettings) -> Result<Prior> {
    if let Some(reason) = simulator.without_gold() {
        return Err(Error::usage(format!(
            "{} has no gold to check: {reason}",
            simulator.label()
        )));
    }
    if settings.n_pairs == 0 || settings.n_replayed == 0 || settings.n_events < FEWEST_EVENTS {
        return Err(Error::usage(format!(
            "a simulator is checked at one pair of hypotheses or more, with {FEWEST_EVENTS} events or more, of which some are replayed: got {}, \
             {} and {}",
            settings.n_pairs, settings.n_events, settings.n_replayed
        )));
    }
    let prior = match &settings.prior {
        Some(prior) => prior.clone(),
        None => Prior::uniform(simulator.hypotheses()?.prior)?,
    };
    prior.check(&simulator.parameters())?;
    Ok(prior)
}

/// Pairs of hypotheses that fill the prior, close enough to one another for events of one to tell of the other.
fn pairs(
    simulator: &dyn Instrumented,
    prior: &Prior,
    edges: Option<&ParameterBox>,
    settings: &SimulatorCheckSettings,
) -> Result<Vec<[Vec<f64>; 2]>> {
    let parameters = simulator.parameters();
    let points = |number| prior.spread_points(&parameters, settings.n_pairs, &mut stream(settings.seed, number, PAIRS));
    let both = points(0)?.into_iter().zip(points(1)?);
    both.map(|(theta, mut theta1)| {
        for _ in 0..APPROACHES {
            let check = PairCheck::new(simulator, [&theta, &theta1], edges, settings.n_events, settings.seed)?;
            if check.is_comparable() {
                break;
            }
            theta1.iter_mut().zip(&theta).for_each(|(b, a)| *b = 0.5 * (*a + *b));
        }
        Ok([theta, theta1])
    })
    .collect()
}
