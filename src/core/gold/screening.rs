//! A short look for faults of the simulator before it is mined, for a hundredth of the mining time.
//!
//! A few runs are replayed at three other θ each. Only where something differs is it asked what, with the parts of the full
//! [check](super::check_simulator).

use rand::RngExt;

use super::event::Event;
use super::hypotheses::{Denominator, hypotheses_stream};
use super::identities::{PairCheck, Part, algebra, continuity, log_probability, replays, sensitivity};
use super::{Miner, SimulatorFault};
use crate::check::Check;
use crate::error::Result;
use crate::parameter_box::ParameterBox;
use crate::prior::Prior;
use crate::progress::Progress;
use crate::trace::{ChoiceFactor, Mined, Parameter, Rejected, Stream, TimeLimit, guarded, stream};

/// Mined events for each event that is looked at, which costs as much as two to five: less than a percent of the time.
const MINED: u64 = 800;
/// Fewest and most events to look at.
const SCREENED: (u64, u64) = (4, 12);
/// Hypotheses at which events are looked at; stored rows make each expensive.
const POINTS: (u64, u64) = (4, 2);
/// Attempts at a run that is not discarded.
const ATTEMPTS: u64 = 16;
/// Step of a central difference, as a fraction of the box.
const STEP: f64 = 1e-4;
/// Relative deviation of a difference from the joint score, and of numbers that should be the same, at which a run is looked at again.
const SUSPECT: (f64, f64) = (1e-3, 1e-9);
/// Events that are looked at where something is suspect.
const EVENTS: usize = 32;

/// Hypotheses at which the runs of one of them are replayed.
struct Places {
    theta: Vec<f64>,
    /// Both ends of a small step.
    below: Vec<f64>,
    above: Vec<f64>,
    /// The step from `theta` to `above`.
    step: Vec<f64>,
    far: Option<Vec<f64>>,
}

/// A run with its choices and their observation, if the simulator writes them down.
struct Run {
    mined: Mined,
    memory: Vec<f64>,
    choices: Option<(Vec<f64>, Vec<f64>)>,
}

impl Miner<'_> {
    /// Looks for faults of the simulator in a few runs: from 3200 events on, that takes less than a hundredth of the time of mining
    /// `n_events`.
    ///
    /// Finds, in words: noise whose density depends on θ, an observation that θ changes after the draws, a branch on θ, a joint score that
    /// is not the slope of ln p(x,z|θ) or that is zero in all events. The full check, with the identities of means, is
    /// [`check_simulator`](super::check_simulator). The answer depends on the seed, the design and the number of events only.
    ///
    /// # Errors
    /// If `progress` stops it. Runs that fail are left out: mining names them.
    pub fn faults(&self, n_events: u64, progress: &dyn Progress) -> Result<Vec<SimulatorFault>> {
        let n = (n_events / MINED).clamp(SCREENED.0, SCREENED.1);
        let n_points = if self.simulator.n_rows().is_some() {
            POINTS.1
        } else {
            POINTS.0
        };
        let _limit = TimeLimit::begin(self.rules.time_limit);
        let all: Vec<Places> = (0..n_points).filter_map(|number| self.places(number)).collect();
        let mut largest = vec![0.0; self.rules.parameters.len()];
        let mut checks = Vec::new();
        for (number, places) in all.iter().enumerate() {
            let events = (0..n / n_points).map(|event| number as u64 + n_points * event);
            let runs = self.runs(&places.theta, events, progress)?;
            raise(&mut largest, &runs);
            // A path is followed once, where there are events enough to pay for it.
            let follows = n == SCREENED.1 && number == 0;
            checks = self.look_again(&runs, places, follows, progress);
            if !checks.is_empty() {
                break;
            }
        }
        checks.extend(self.silent(all.last(), &largest, progress));
        progress.check()?;
        Ok(distinct(checks.iter().filter_map(SimulatorFault::from_check)))
    }

    /// Checks a place again, with more events and parameter by parameter, if something differs there.
    fn look_again(&self, runs: &[Run], places: &Places, follows: bool, progress: &dyn Progress) -> Vec<Check> {
        let typical = typical_slope(runs, &places.step);
        let is_suspect = runs.iter().any(|run| self.is_suspect(run, places, typical));
        let theta1 = places.far.as_deref().unwrap_or(&places.above);
        let parts: &[Part] = match is_suspect {
            true => &[replays, algebra, continuity],
            false => &[continuity],
        };
        let pair = PairCheck::new(self.simulator, [&places.theta, theta1], None, EVENTS, self.rules.seed);
        match pair.map(|pair| pair.stopped_by(progress)) {
            Ok(pair) if is_suspect || follows && pair.has_step() => {
                parts.iter().flat_map(|part| pair.run(*part)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Checks the parameters whose joint score was zero in all runs again.
    fn silent(&self, places: Option<&Places>, largest: &[f64], progress: &dyn Progress) -> Vec<Check> {
        let Some(places) = places.filter(|_| largest.contains(&0.0)) else {
            return Vec::new();
        };
        let pair = PairCheck::new(
            self.simulator,
            [&places.theta, &places.above],
            None,
            EVENTS,
            self.rules.seed,
        );
        let checks = pair.map_or_else(|_| Vec::new(), |pair| pair.stopped_by(progress).run(sensitivity));
        let each = checks.into_iter().zip(largest);
        each.filter(|(_, largest)| **largest == 0.0)
            .map(|(check, _)| check)
            .collect()
    }

    fn runs(&self, theta: &[f64], events: impl Iterator<Item = u64>, progress: &dyn Progress) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for event in events {
            progress.check()?;
            runs.extend(self.run(theta, event));
        }
        Ok(runs)
    }

    /// Places around the hypothesis of an event; `None` if it cannot be drawn, which mining reports.
    fn places(&self, number: u64) -> Option<Places> {
        let event = Event {
            simulator: self.simulator,
            rules: &self.rules,
            number: 2 * number,
        };
        let mut theta = vec![0.0; self.rules.parameters.len()];
        event.draw_hypotheses(&mut theta).ok()?;
        let mut rng = hypotheses_stream(self.rules.seed, 2 * number + 1);
        let defaults = self.simulator.hypotheses().ok().map(|hypotheses| hypotheses.prior);
        let step = self.step(&theta, defaults.as_ref(), &mut rng);
        let moved = |sign: f64| {
            theta
                .iter()
                .zip(&step)
                .map(|(theta, step)| theta + sign * step)
                .collect()
        };
        let (below, above) = (moved(-1.0), moved(1.0));
        let far = match &self.rules.denominator {
            Denominator::Point(point) => Some(point.clone()),
            Denominator::Mixture(points) => points.get(number as usize % points.len().max(1)).cloned(),
            Denominator::None => defaults.and_then(|edges| self.drawn(edges, &mut rng)),
        };
        let far = far.filter(|far| *far != theta);
        Some(Places {
            theta,
            below,
            above,
            step,
            far,
        })
    }

    /// A small step in a random direction; zero in parameters that have no room for it.
    fn step(&self, theta: &[f64], edges: Option<&ParameterBox>, rng: &mut Stream) -> Vec<f64> {
        let of_parameter = |(k, parameter): (usize, &Parameter)| {
            let (low, high) = parameter.range;
            let (from, to) = edges
                .and_then(|edges| edges.edges().get(k).copied())
                .unwrap_or((low, high));
            let width = match to - from {
                width if width > 0.0 && width.is_finite() => width,
                _ => theta[k].abs().max(1.0),
            };
            let sign = if rng.random() { 1.0 } else { -1.0 };
            let room = (theta[k] - low).min(high - theta[k]);
            if room > 2.0 * STEP * width {
                sign * STEP * width
            } else {
                0.0
            }
        };
        self.rules.parameters.iter().enumerate().map(of_parameter).collect()
    }

    /// A point of a box.
    fn drawn(&self, edges: ParameterBox, rng: &mut Stream) -> Option<Vec<f64>> {
        let mut point = vec![0.0; self.rules.parameters.len()];
        Prior::uniform(edges)
            .ok()?
            .draw(&self.rules.parameters, rng, &mut point)
            .ok()?;
        Some(point)
    }

    /// One run, if there is one that is not discarded.
    fn run(&self, theta: &[f64], event: u64) -> Option<Run> {
        let attempt = |attempt: u64| {
            let rng = stream(self.rules.seed, event, attempt);
            guarded(|| self.attempt(theta, &rng)).ok()
        };
        (0..ATTEMPTS).find_map(attempt)
    }

    fn attempt(&self, theta: &[f64], rng: &Stream) -> Result<Run, Rejected> {
        let (mut memory, mut choices) = (Vec::new(), Vec::new());
        let mined = self.simulator.mine(theta, &mut rng.clone(), &mut memory)?;
        let x = self.simulator.record_choices(theta, &mut rng.clone(), &mut choices)?;
        Ok(Run {
            mined,
            memory,
            choices: x.map(|x| (x, choices)),
        })
    }

    /// Returns true if the same choices tell another story at another θ.
    fn is_suspect(&self, run: &Run, places: &Places, typical: f64) -> bool {
        let replayed = |theta: &[f64]| guarded(|| self.replayed(theta, run));
        let (below, above) = match (replayed(&places.below), replayed(&places.above)) {
            (Ok(below), Ok(above)) => (below, above),
            (Err(Rejected::Strayed), _) | (_, Err(Rejected::Strayed)) => return true,
            _ => return false,
        };
        let difference = 0.5 * (above.log - below.log);
        let deviation = (difference - slope(&run.mined.score, &places.step)).abs();
        let far = places.far.as_deref().map(replayed);
        let far_differs = match far {
            Some(Ok(far)) => far.differs(&below, run),
            Some(Err(rejected)) => rejected == Rejected::Strayed,
            None => false,
        };
        deviation > SUSPECT.0 * typical || above.differs(&below, run) || far_differs
    }

    /// Replays a run at another θ: by its choices, or without them by its memory.
    fn replayed(&self, theta: &[f64], run: &Run) -> Result<Replayed, Rejected> {
        let Some((_, choices)) = &run.choices else {
            let log = self.simulator.log_probability_at(theta, &run.memory)?;
            return Ok(Replayed {
                x: None,
                factors: Vec::new(),
                log,
            });
        };
        let mut factors = Vec::new();
        let x = self.simulator.replay_choices(theta, choices, &mut factors)?;
        let log = log_probability(&factors);
        Ok(Replayed {
            x: Some(x),
            factors,
            log,
        })
    }
}

/// A run at another θ.
struct Replayed {
    x: Option<Vec<f64>>,
    factors: Vec<ChoiceFactor>,
    log: f64,
}

impl Replayed {
    /// Returns true if the observation is not that of the run, or noise is not as probable as in another replay.
    fn differs(&self, other: &Self, run: &Run) -> bool {
        let same = |a: f64, b: f64, least: f64| a == b || (a - b).abs() <= SUSPECT.1 * a.abs().max(least);
        let of_noise = self
            .factors
            .iter()
            .zip(&other.factors)
            .filter(|(factor, _)| factor.is_noise);
        let mut noise = of_noise.map(|(a, b)| (a.log_probability, b.log_probability));
        let is_possible = self.log > f64::NEG_INFINITY;
        let recorded = run.choices.as_ref().map(|(x, _)| x);
        let mut x = self.x.iter().flatten().zip(recorded.into_iter().flatten());
        !noise.all(|(a, b)| same(a, b, 1.0)) || is_possible && !x.all(|(a, b)| same(*a, *b, 0.0))
    }
}

fn slope(score: &[f64], step: &[f64]) -> f64 {
    score.iter().zip(step).map(|(t, step)| t * step).sum()
}

/// Root mean square of the change of ln p that the scores of runs say, or what a score of one over the box says.
fn typical_slope(runs: &[Run], step: &[f64]) -> f64 {
    let squares = runs.iter().map(|run| slope(&run.mined.score, step).powi(2));
    (squares.sum::<f64>() / runs.len().max(1) as f64).sqrt().max(STEP)
}

/// The largest joint score of each parameter.
fn raise(largest: &mut [f64], runs: &[Run]) {
    for run in runs {
        let scores = largest.iter_mut().zip(&run.mined.score);
        scores.for_each(|(largest, t)| *largest = t.abs().max(*largest));
    }
}

/// Each fault once; of a lost path, the first, which names the parameter.
fn distinct(all: impl Iterator<Item = SimulatorFault>) -> Vec<SimulatorFault> {
    let mut found: Vec<SimulatorFault> = Vec::new();
    for one in all {
        let is_same =
            |known: &SimulatorFault| known.kind == one.kind && (one.kind == "path" || known.message == one.message);
        if !found.iter().any(is_same) {
            found.push(one);
        }
    }
    found
}
