//! Replays of recorded choices at other θ: what depends on θ besides the densities of draws.

use super::checks::{Fault, Identity, algebraic};
use super::events::{Events, deviation};
use crate::check::Check;
use crate::format::number;
use crate::trace::{ChoiceFactor, Rejected};

/// A small step of a parameter, as a fraction of the box: what moves with θ does so in all events, a branch is met in few.
const NEAR: f64 = 1e-3;
/// Relative tolerance of observations and of log probabilities that should be the same number.
const SAME: f64 = 1e-9;
/// Number of halvings that find the value of a parameter at which a branch is taken.
const HALVINGS: usize = 40;
/// Names of observables in a message.
const NAMED: usize = 3;

/// A recorded run, replayed at the θ that it was drawn from.
struct Recorded {
    choices: Vec<f64>,
    memory: Vec<f64>,
    x: Vec<f64>,
    factors: Vec<ChoiceFactor>,
}

/// Change of a run that was replayed at another θ.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    None,
    /// The run made other choices.
    Strayed,
    /// Noise has another probability: number of the choice, its density, ln p before and after.
    Noise(usize, &'static str, f64, f64),
    /// Observables have other values.
    Observation(Vec<usize>),
}

/// The largest joint score of each parameter among the events: zero if the parameter has none.
pub(in crate::gold) fn sensitivity(events: &Events) -> Result<Vec<Check>, Fault> {
    let mined = events.mined(events.n_each, |gold| Ok(gold.score))?;
    let of_parameter = |k: usize| {
        let largest = mined.iter().map(|score| score[k].abs()).fold(0.0, f64::max);
        let name = &events.parameters[k];
        let check = Check::new(Identity::Sensitivity.name(), largest, None).with_subject(name.as_str());
        // A parameter of the rate alone has no part in the density of an event.
        if largest > 0.0 || events.changes_rate(k) {
            return check.with_events(mined.len() as u64);
        }
        let note = format!(
            "the joint score of `{name}` is exactly zero in all {} events",
            mined.len()
        );
        check
            .with_events(mined.len() as u64)
            .with_outcome(crate::check::Outcome::Fail, Identity::Sensitivity.remedy())
            .with_note(note)
    };
    Ok((0..events.theta.len()).map(of_parameter).collect())
}

/// Replays choices at θ with one parameter after the other moved, by a small step and far.
///
/// None where the simulator does not write its choices down.
pub(in crate::gold) fn replays(events: &Events) -> Result<Vec<Check>, Fault> {
    let Some(runs) = recorded(events)? else {
        return Ok(Vec::new());
    };
    let scale: Vec<f64> = (0..events.observables.len())
        .map(|j| runs.iter().map(|run| run.x[j].abs()).fold(0.0, f64::max))
        .collect();
    let replays = Replays { events, runs, scale };
    let mut checks = replays.same_place();
    for k in 0..events.theta.len() {
        checks.extend(replays.parameter(k));
    }
    Ok(checks)
}

fn recorded(events: &Events) -> Result<Option<Vec<Recorded>>, Fault> {
    let mined = events.mined(events.n_each, |gold| Ok(gold.memory))?;
    let record = |(event, memory)| {
        let mut choices = Vec::new();
        let Some(x) = events.choices(event, &mut choices)? else {
            return Ok(None);
        };
        let replayed = events.replayed(events.theta, &choices);
        Ok(Some(Recorded {
            choices,
            memory,
            x,
            factors: replayed.map_or_else(|_| Vec::new(), |(_, factors)| factors),
        }))
    };
    mined.into_iter().enumerate().map(record).collect()
}

struct Replays<'a, 'b> {
    events: &'a Events<'b>,
    runs: Vec<Recorded>,
    /// Largest size of each observable, `[m]`.
    scale: Vec<f64>,
}

impl Replays<'_, '_> {
    /// Compares a run with its replay at `theta`.
    fn change(&self, run: &Recorded, theta: &[f64]) -> Change {
        let (x, factors) = match self.events.replayed(theta, &run.choices) {
            Ok(replayed) => replayed,
            Err(Rejected::Strayed) => return Change::Strayed,
            Err(_) => return Change::None, // a run that is rejected at θ is found where its probability is computed
        };
        if let Some(noise) = changed_noise(&run.factors, &factors) {
            return noise;
        }
        // A path that cannot happen at θ has no observation there.
        if factors.iter().any(|factor| factor.log_probability == f64::NEG_INFINITY) {
            return Change::None;
        }
        let differs = |j: &usize| deviation(x[*j], run.x[*j]) > SAME * self.scale[*j];
        match (0..x.len()).filter(differs).collect::<Vec<_>>() {
            same if same.is_empty() => Change::None,
            moved => Change::Observation(moved),
        }
    }

    /// The replay at the same θ must be the same run: otherwise something besides θ and the choices enters it.
    fn same_place(&self) -> Vec<Check> {
        let changes: Vec<Change> = self
            .runs
            .iter()
            .map(|run| self.change(run, self.events.theta))
            .collect();
        let n = changes.iter().filter(|change| **change != Change::None).count();
        let check = algebraic(Identity::Replay, "x", n as f64 / changes.len() as f64, 0.0);
        let note = format!(
            "{n} of {} runs differ when their choices are made again at the same θ: something besides θ and the draws enters",
            changes.len()
        );
        let note = if n > 0 { note } else { String::new() };
        vec![check.with_note(note)]
    }

    fn parameter(&self, k: usize) -> Vec<Check> {
        let places: Vec<Place> = self.values(k).map(|value| self.place(k, value)).collect();
        vec![
            self.noise(k, &places),
            self.path(k, &places),
            self.observation(k, &places),
            self.memory(k, &places),
        ]
    }

    /// Values to which parameter `k` is moved: a small step away first, then far.
    fn values(&self, k: usize) -> impl Iterator<Item = f64> + use<> {
        let (_, above) = self.events.room(k);
        let step = NEAR * self.events.width(k);
        let near = self.events.theta[k] + if step < above { step } else { -step };
        [near].into_iter().chain(self.events.far_values(k))
    }

    fn place(&self, k: usize, value: f64) -> Place {
        let mut theta = self.events.theta.to_vec();
        theta[k] = value;
        let changes = self.runs.iter().map(|run| self.change(run, &theta)).collect();
        Place { theta, changes }
    }

    fn check(&self, identity: Identity, k: usize, n: usize, note: Option<String>) -> Check {
        let share = n as f64 / self.runs.len() as f64;
        let check = algebraic(identity, &self.events.parameters[k], share, 0.0);
        check.with_note(note.unwrap_or_default())
    }

    /// Number of events with such a change at one of the places.
    fn count(&self, places: &[Place], is_changed: impl Fn(&Change) -> bool) -> usize {
        let changes = |run: &usize| places.iter().any(|place| is_changed(&place.changes[*run]));
        (0..self.runs.len()).filter(changes).count()
    }

    fn noise(&self, k: usize, places: &[Place]) -> Check {
        let n = self.count(places, |change| matches!(change, Change::Noise(..)));
        let all = places.iter().rev();
        let mut noise = all.flat_map(|place| place.changes.iter().map(move |change| (change, place.theta[k])));
        let note = noise.find_map(|(change, value)| {
            let Change::Noise(choice, density, before, after) = change else {
                return None;
            };
            let name = &self.events.parameters[k];
            Some(format!(
                "choice {} of a run, a `{density}` drawn as noise, has ln p = {} at `{name}` = {}, but {} at {}, in {n} of {} events: its \
                 density depends on `{name}`",
                choice + 1,
                number(*before, 4),
                number(self.events.theta[k], 4),
                number(*after, 4),
                number(value, 4),
                self.runs.len()
            ))
        });
        self.check(Identity::Noise, k, n, note)
    }

    fn path(&self, k: usize, places: &[Place]) -> Check {
        let strays = |change: &Change| *change == Change::Strayed;
        let n = self.count(places, strays);
        let note = (n > 0).then(|| {
            let name = &self.events.parameters[k];
            let at = self.threshold(k, places, strays);
            format!(
                "{n} of {} runs make other choices {}: a branch on the value of `{name}`, and not on a draw",
                self.runs.len(),
                at.map_or_else(
                    || format!("when `{name}` changes"),
                    |at| format!("where `{name}` passes {}", number(at, 6))
                )
            )
        });
        self.check(Identity::Path, k, n, note)
    }

    fn observation(&self, k: usize, places: &[Place]) -> Check {
        let moves = |change: &Change| matches!(change, Change::Observation(_));
        let n = self.count(places, moves);
        let note = (n > 0).then(|| {
            let name = &self.events.parameters[k];
            let n_near = self.count(&places[..1], moves);
            let how = match 2 * n_near >= n {
                true => format!("a shift after the draws, by the value of `{name}`"),
                false => match self.threshold(k, places, moves) {
                    Some(at) => format!("a branch on the value of `{name}`, in one event at {}", number(at, 6)),
                    None => format!("a branch on the value of `{name}`"),
                },
            };
            format!(
                "the same choices give another {} at another `{name}`, in {n} of {} events: {how}",
                self.moved_names(places),
                self.runs.len()
            )
        });
        self.check(Identity::Observation, k, n, note)
    }

    /// ln r of a run from its memory, which is stored, must be that of its choices.
    fn memory(&self, k: usize, places: &[Place]) -> Check {
        let far = places.last().map_or(self.events.theta, |place| place.theta.as_slice());
        let deviations = self.runs.iter().filter_map(|run| self.memory_deviation(run, far));
        let n = deviations.filter(|deviation| *deviation > SAME).count();
        let note = (n > 0).then(|| {
            format!(
                "{n} of {} runs have another ln r at another `{}` from their memory than from their choices",
                self.runs.len(),
                self.events.parameters[k]
            )
        });
        self.check(Identity::Replay, k, n, note)
    }

    /// `None` where one of the two is not defined, which other checks report.
    fn memory_deviation(&self, run: &Recorded, theta: &[f64]) -> Option<f64> {
        let (_, factors) = self.events.replayed(theta, &run.choices).ok()?;
        let at = |theta: &[f64]| self.events.log_probability(theta, &run.memory).ok();
        let by_memory = at(theta)? - at(self.events.theta)?;
        let by_choices = log_probability(&factors) - log_probability(&run.factors);
        let scale = log_probability(&run.factors).abs().max(1.0);
        (by_memory.is_finite() && by_choices.is_finite()).then(|| deviation(by_memory, by_choices) / scale)
    }

    /// Names of the observables that changed.
    fn moved_names(&self, places: &[Place]) -> String {
        let is_moved = |j: &usize| {
            let mut changes = places.iter().flat_map(|place| &place.changes);
            changes.any(|change| matches!(change, Change::Observation(moved) if moved.contains(j)))
        };
        let moved: Vec<usize> = (0..self.events.observables.len()).filter(is_moved).collect();
        let named = moved.iter().take(NAMED);
        let named: Vec<String> = named.map(|&j| format!("`{}`", self.events.observables[j])).collect();
        let more = moved.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        named.join(", ") + &more
    }

    /// The value of parameter `k` at which a run changes that has not changed after the small step; `None` if there is no such run.
    fn threshold(&self, k: usize, places: &[Place], is_changed: impl Fn(&Change) -> bool) -> Option<f64> {
        let (near, far) = places.split_first()?;
        let late = |run: &usize, place: &Place| !is_changed(&near.changes[*run]) && is_changed(&place.changes[*run]);
        let (run, place) = far
            .iter()
            .find_map(|place| Some(((0..self.runs.len()).find(|run| late(run, place))?, place)))?;
        let (mut same, mut other) = (self.events.theta[k], place.theta[k]);
        let mut theta = place.theta.clone();
        for _ in 0..HALVINGS {
            theta[k] = 0.5 * (same + other);
            match is_changed(&self.change(&self.runs[run], &theta)) {
                true => other = theta[k],
                false => same = theta[k],
            }
        }
        Some(other)
    }
}

/// A place with one parameter moved, and what changed there in each run.
struct Place {
    theta: Vec<f64>,
    changes: Vec<Change>,
}

/// ln p of a path, without its noise.
pub(in crate::gold) fn log_probability(factors: &[ChoiceFactor]) -> f64 {
    let draws = factors.iter().filter(|factor| !factor.is_noise);
    draws.map(|factor| factor.log_probability).sum()
}

/// The first noise whose probability is another one.
fn changed_noise(before: &[ChoiceFactor], after: &[ChoiceFactor]) -> Option<Change> {
    let mut both = before.iter().zip(after).enumerate();
    both.find_map(|(choice, (before, after))| {
        let (a, b) = (before.log_probability, after.log_probability);
        let differs = before.is_noise && deviation(a, b) > SAME * a.abs().max(1.0);
        differs.then_some(Change::Noise(choice, before.density, a, b))
    })
}
