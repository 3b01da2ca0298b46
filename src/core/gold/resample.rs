//! Other paths to the same observation, by a Markov chain that leaves p(z|x,θ) invariant.

use rand::RngExt;
use rand_distr::StandardNormal;

use crate::dataset::Memories;
use crate::trace::{Instrumented, Kind, Stream};

/// Proposals in a round for each choice that can be altered.
const PROPOSALS_PER_CHOICE: usize = 2;
/// Bounds of the proposals of a round.
const PROPOSALS: std::ops::RangeInclusive<usize> = 8..=512;
/// Attempts to find two numbers that can be swapped.
const TRIES: usize = 8;
/// Relative rounding tolerance within which two observations are the same.
const ROUNDING: f64 = 1e-12;

/// Ways to alter a record. Each move is as probable as its inverse, and preserves volumes.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// One number is changed.
    Step,
    /// Two numbers of the same kind are swapped.
    Swap,
    /// Two numbers are changed by the same amount, in the same or in opposite directions.
    Exchange,
}

const MOVES: [Move; 3] = [Move::Step, Move::Swap, Move::Exchange];

/// Number of accepted proposals of each move.
pub(super) type Accepted = [usize; MOVES.len()];

/// Draws further latent paths of events from p(z|x,θ), θ held fixed for a round.
///
/// A round proposes to alter the record of a path, runs the simulator along the altered record, drops the proposal if
/// the observation is another, and otherwise accepts it by the ratio of the probabilities (Metropolis). A path that is drawn
/// from p(z|x,θ) before a round is drawn from it after the round, however short: a short round is correct, but moves little.
#[derive(Debug)]
pub(super) struct Resampler<'a> {
    simulator: Named<'a>,
    /// Paths of all events: the difference of two of them sets the size of a step.
    archive: &'a Memories,
    /// Relative frequency of proposals of each move.
    rates: [f64; MOVES.len()],
}

struct Named<'a>(&'a dyn Instrumented);

impl std::fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

/// State of the chain of one event.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    event: usize,
    x: &'a [f64],
    pub(super) memory: Vec<f64>,
    kinds: Vec<Kind>,
    /// Indices of the numbers that can be altered.
    free: Vec<usize>,
    proposed: Vec<f64>,
    proposed_kinds: Vec<Kind>,
}

impl<'a> Walker<'a> {
    /// Starts at the recorded path of an event.
    pub(super) fn new(event: usize, x: &'a [f64], memory: &[f64]) -> Self {
        Self {
            event,
            x,
            memory: memory.to_vec(),
            kinds: Vec::new(),
            free: Vec::new(),
            proposed: Vec::new(),
            proposed_kinds: Vec::new(),
        }
    }
}

impl<'a> Resampler<'a> {
    /// Creates a sampler that proposes all moves equally often.
    pub(super) fn new(simulator: &'a dyn Instrumented, archive: &'a Memories) -> Self {
        Self {
            simulator: Named(simulator),
            archive,
            rates: [1.0; MOVES.len()],
        }
    }

    /// Proposes each move in proportion to its accepted proposals.
    pub(super) fn tuned(self, accepted: Accepted) -> Self {
        Self {
            rates: accepted.map(|n| n as f64),
            ..self
        }
    }

    /// Makes one round at `theta`; returns the number of accepted proposals of each move.
    pub(super) fn round(&self, theta: &[f64], walker: &mut Walker<'_>, rng: &mut Stream) -> Accepted {
        let mut accepted = Accepted::default();
        let Some(mut log_probability) = self.visit(theta, walker) else {
            return accepted;
        };
        for _ in 0..(PROPOSALS_PER_CHOICE * walker.free.len()).clamp(*PROPOSALS.start(), *PROPOSALS.end()) {
            let which = self.choose(rng);
            walker.proposed.clone_from(&walker.memory);
            if self.alter(MOVES[which], walker, rng).is_none() {
                continue;
            }
            let Ok((x, log)) = self
                .simulator
                .0
                .replay(theta, &walker.proposed, &mut walker.proposed_kinds)
            else {
                continue;
            };
            let possible = log > f64::NEG_INFINITY && same(&x, walker.x) && walker.proposed_kinds == walker.kinds;
            if possible && rng.random::<f64>() < (log - log_probability).exp() {
                std::mem::swap(&mut walker.memory, &mut walker.proposed);
                log_probability = log;
                accepted[which] += 1;
            }
        }
        accepted
    }

    /// ln p of the current path; `None` if no number of it can be altered.
    fn visit(&self, theta: &[f64], walker: &mut Walker<'_>) -> Option<f64> {
        let (x, log_probability) = self.simulator.0.replay(theta, &walker.memory, &mut walker.kinds).ok()?;
        let kinds = walker.kinds.iter().enumerate();
        walker.free.clear();
        walker
            .free
            .extend(kinds.filter(|(_, kind)| **kind != Kind::Fixed).map(|(i, _)| i));
        (!walker.free.is_empty() && log_probability.is_finite() && same(&x, walker.x)).then_some(log_probability)
    }

    fn choose(&self, rng: &mut Stream) -> usize {
        let mut at = rng.random::<f64>() * self.rates.iter().sum::<f64>();
        let passed = |rate: &f64| {
            at -= rate;
            at < 0.0
        };
        self.rates.iter().position(passed).unwrap_or(0)
    }

    /// Alters the proposal; `None` if this move is not possible.
    fn alter(&self, how: Move, walker: &mut Walker<'_>, rng: &mut Stream) -> Option<()> {
        let Walker { free, kinds, .. } = &*walker;
        let any = |rng: &mut Stream| free[rng.random_range(0..free.len())];
        match how {
            Move::Step => {
                let i = any(rng);
                walker.proposed[i] += self.length(i, walker, rng)?;
            }
            Move::Swap => {
                let mut pairs = (0..TRIES).map(|_| (any(rng), any(rng)));
                let (i, j) = pairs.find(|&(i, j)| kinds[i] == kinds[j] && walker.proposed[i] != walker.proposed[j])?;
                walker.proposed.swap(i, j);
            }
            Move::Exchange => {
                let (i, j) = (any(rng), any(rng));
                if i == j || kinds[i] != kinds[j] {
                    return None;
                }
                let length = self.length(i, walker, rng)?;
                walker.proposed[i] += length;
                walker.proposed[j] += if rng.random() { length } else { -length };
            }
        }
        Some(())
    }

    /// Size of a step: one for a count, a random multiple of the difference between two other events for a real number.
    fn length(&self, i: usize, walker: &Walker<'_>, rng: &mut Stream) -> Option<f64> {
        if walker.kinds[i] == Kind::Count {
            return Some(if rng.random() { 1.0 } else { -1.0 });
        }
        let mut other = || {
            let event = rng.random_range(0..self.archive.memory_end.len());
            // Not its own path: moves must not depend on where the walk began.
            self.archive.event(event).get(i).filter(|_| event != walker.event)
        };
        let difference = other()? - other()?;
        Some(difference * rng.sample::<f64, _>(StandardNormal))
    }
}

/// Returns true if two observations are the same, up to rounding.
fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| (a - b).abs() <= ROUNDING * b.abs().max(1.0))
}

#[cfg(test)]
mod tests;
