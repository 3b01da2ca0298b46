//! The density of a whole run.

use motherlode_core::Real;
use motherlode_core::trace::{Density, Rejected, Stream};
use rand::RngExt;
use rand_distr::Exp1;

use super::{Path, Reactions, Statistics};

/// Times at which the state of a run is observed, and its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    times: Vec<f64>,
    end: f64,
    most_steps: u64,
}

impl Schedule {
    /// Looks at the state at `n` + 1 evenly spaced times from 0 to `end`, and ends there.
    ///
    /// # Panics
    /// If `n` is zero, or `end` is not positive and finite.
    pub fn every(n: usize, end: f64) -> Self {
        assert!(n > 0 && end > 0.0 && end.is_finite(), "no times to look at the state");
        Self {
            times: (0..=n).map(|k| end * (k as f64 / n as f64)).collect(),
            end,
            most_steps: u64::MAX,
        }
    }

    /// Observes no state, and ends when nothing more can happen: for networks that come to rest.
    pub fn until_rest() -> Self {
        Self {
            times: Vec::new(),
            end: f64::INFINITY,
            most_steps: u64::MAX,
        }
    }

    /// Gives up a run that takes more than this many steps.
    pub fn with_most_steps(mut self, most_steps: u64) -> Self {
        self.most_steps = most_steps;
        self
    }
}

/// A run of a reaction network, from a fixed state: the draw is the whole [`Path`].
///
/// ln p = Σ_j N_j ln k_j − k_j A_j, up to a constant of the path. A run that is given up has this probability, too: it is
/// that of what was seen of it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a, N, R, const S: usize, const J: usize> {
    network: &'a N,
    rates: [R; J],
    start: [f64; S],
    schedule: &'a Schedule,
}

impl<'a, N: Reactions<S, J>, R: Real, const S: usize, const J: usize> Run<'a, N, R, S, J> {
    /// A run of `network` with rate constants `rates`, `[j]`, in 1/time, from the state `start`, `[s]`.
    ///
    /// # Errors
    /// If a rate constant is negative or not finite.
    pub fn new(network: &'a N, rates: [R; J], start: [f64; S], schedule: &'a Schedule) -> Result<Self, Rejected> {
        const { assert!(J > 0, "a network without reactions") };
        if !rates.iter().all(|rate| rate.re() >= 0.0 && rate.re().is_finite()) {
            let rates = rates.map(|rate| rate.re());
            return Err(Rejected::Invalid(format!(
                "a reaction network needs finite rate constants ≥ 0, got {rates:?}"
            )));
        }
        Ok(Self {
            network,
            rates,
            start,
            schedule,
        })
    }
}

impl<N: Reactions<S, J>, R: Real, const S: usize, const J: usize> Density<R> for Run<'_, N, R, S, J> {
    type Draw = Path<S, J>;

    /// Gillespie's direct method: when does something happen next, and what?
    fn sample(&self, rng: &mut Stream) -> Path<S, J> {
        let rates = self.rates.map(|rate| rate.re());
        let mut statistics = Statistics::new();
        let mut observer = Observer::new(&self.schedule.times);
        let (mut state, mut time) = (self.start, 0.0);
        for _ in 0..=self.schedule.most_steps {
            let propensities = self.network.propensities(state);
            let shares = cumulative(rates, propensities);
            let total = shares[J - 1];
            if !total.is_finite() {
                return observer.path(statistics, true);
            }
            let waiting = rng.sample::<f64, _>(Exp1) / total; // for ever, where nothing can happen
            let next = time + waiting;
            if next.is_nan() || next >= self.schedule.end {
                // The last interval, without a reaction, has a probability, too.
                expose(&mut statistics, propensities, self.schedule.end - time);
                observer.see(self.schedule.end, state);
                return observer.path(statistics, false);
            }
            expose(&mut statistics, propensities, waiting);
            observer.see(next, state);
            let j = winner(&shares, rng.random::<f64>() * total);
            statistics.counts[j] += 1.0;
            for (species, change) in state.iter_mut().zip(N::CHANGES[j]) {
                *species += change;
            }
            time = next;
        }
        observer.path(statistics, true)
    }

    fn log_density(&self, path: &Path<S, J>) -> R {
        path.statistics.log_probability(&self.rates)
    }
}

/// Cumulative rates of the reactions.
#[inline]
fn cumulative<const J: usize>(rates: [f64; J], propensities: [f64; J]) -> [f64; J] {
    let mut end = 0.0;
    std::array::from_fn(|j| {
        end += rates[j] * propensities[j];
        end
    })
}

/// The reaction in whose share `place` lies. Counted rather than searched: what comes next cannot be predicted, and a
/// branch on it would cost more than the rest of a step.
#[inline]
fn winner<const J: usize>(shares: &[f64; J], place: f64) -> usize {
    shares[..J - 1].iter().map(|&end| usize::from(place >= end)).sum()
}

/// Adds the time in which nothing happened; where nothing can happen, it may be infinite.
#[inline]
fn expose<const J: usize>(statistics: &mut Statistics<J>, propensities: [f64; J], waiting: f64) {
    for (exposure, propensity) in statistics.exposures.iter_mut().zip(propensities) {
        *exposure += if propensity > 0.0 { propensity * waiting } else { 0.0 };
    }
}

/// Records the state at the times of observation.
struct Observer<'a, const S: usize> {
    times: &'a [f64],
    states: Vec<[f64; S]>,
}

impl<'a, const S: usize> Observer<'a, S> {
    fn new(times: &'a [f64]) -> Self {
        Self {
            times,
            states: Vec::with_capacity(times.len()),
        }
    }

    /// The state is `state` until `time`.
    #[inline]
    fn see(&mut self, time: f64, state: [f64; S]) {
        while self.times.get(self.states.len()).is_some_and(|&due| due <= time) {
            self.states.push(state);
        }
    }

    fn path<const J: usize>(self, statistics: Statistics<J>, given_up: bool) -> Path<S, J> {
        Path {
            statistics,
            states: self.states,
            given_up,
        }
    }
}
