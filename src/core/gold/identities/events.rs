//! Events for the identities, and their means.

mod readings;

use std::cell::Cell;

use super::checks::{Fault, Identity};
use crate::gold::DEFAULT_RETRIES;
use crate::parameter_box::ParameterBox;
use crate::progress::Progress;
use crate::trace::{Instrumented, Rejected, Stream, guarded, stream};

/// |a − b|, zero for equal infinities, infinite for numbers that are none.
pub(super) fn deviation(a: f64, b: f64) -> f64 {
    if a == b {
        return 0.0;
    }
    let deviation = (a - b).abs();
    if deviation.is_nan() { f64::INFINITY } else { deviation }
}

/// One event: the observation, the path it remembers, and its gold at the θ it was drawn from.
pub(super) struct Gold {
    pub(super) x: Vec<f64>,
    pub(super) log_probability: f64,
    pub(super) score: Vec<f64>,
    pub(super) memory: Vec<f64>,
    /// Weight at the θ it was drawn from.
    pub(super) weight: f64,
}

/// An observation with its weight.
pub(super) struct Observed {
    pub(super) x: Vec<f64>,
    pub(super) weight: f64,
}

/// Joint ratio of a path, with the weight of the hypothesis that it was drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    /// ln |r(x,z)|.
    pub(super) log: f64,
    /// Sign of r(x,z).
    pub(super) sign: f64,
    pub(super) weight: f64,
}

impl Ratio {
    /// The contribution of the event to the mean of r.
    pub(super) fn value(self) -> f64 {
        self.weight * self.sign * self.log.exp()
    }

    /// The contribution of the event to the mean of 1/r.
    pub(super) fn inverse(self) -> f64 {
        self.weight * self.sign * self.log.exp().recip()
    }
}

/// Runs of a simulator at two hypotheses and around the first.
pub(in crate::gold) struct Events<'a> {
    simulator: &'a dyn Instrumented,
    pub(super) theta: &'a [f64],
    pub(super) theta1: &'a [f64],
    pub(super) n_events: usize,
    /// Largest number of events that are looked at one by one.
    pub(super) n_each: usize,
    pub(super) parameters: Vec<String>,
    pub(super) observables: Vec<String>,
    range: Vec<(f64, f64)>,
    /// Box over which parameters are moved far, `[p]`.
    reach: Vec<(f64, f64)>,
    has_box: bool,
    /// Width of the prior of each parameter, `[p]`.
    pub(super) width: Vec<f64>,
    seed: u64,
    n_discarded: Cell<u64>,
    progress: &'a dyn Progress,
}

impl<'a> Events<'a> {
    pub(super) fn new(
        simulator: &'a dyn Instrumented,
        theta: &'a [f64],
        theta1: &'a [f64],
        n_events: usize,
        seed: u64,
    ) -> Self {
        let parameters = simulator.parameters();
        // Without default hypotheses, the range of a parameter stands for its prior box.
        let ranges = || parameters.iter().map(|parameter| parameter.range).collect();
        let boxes: Vec<(f64, f64)> = simulator
            .hypotheses()
            .map_or_else(|_| ranges(), |hypotheses| hypotheses.prior.into());
        let width = |(&(low, high), value): (&(f64, f64), &f64)| match high - low {
            width if width > 0.0 && width.is_finite() => width,
            _ if low.is_finite() => 0.1 * low.abs().max(1.0),
            _ => 0.1 * value.abs().max(1.0),
        };
        let width = boxes.iter().zip(theta).map(width).collect();
        Self {
            simulator,
            theta,
            theta1,
            n_events,
            n_each: n_events,
            range: parameters.iter().map(|parameter| parameter.range).collect(),
            reach: parameters.iter().map(|parameter| parameter.range).collect(),
            has_box: false,
            parameters: parameters.into_iter().map(|parameter| parameter.name).collect(),
            observables: simulator
                .observables()
                .into_iter()
                .map(|observable| observable.name)
                .collect(),
            width,
            seed,
            n_discarded: Cell::new(0),
            progress: &(),
        }
    }

    /// Moves parameters far within this box only, whose edges set the scale of steps; `theta` may lie outside.
    pub(super) fn within(mut self, edges: &ParameterBox) -> Self {
        self.has_box = true;
        for (k, &(low, high)) in edges.edges().iter().enumerate() {
            self.reach[k] = (low.min(self.theta[k]), high.max(self.theta[k]));
            if high > low {
                self.width[k] = high - low;
            }
        }
        self
    }

    /// Looks at `n_each` events one by one, at most.
    pub(super) fn with_each(self, n_each: usize) -> Self {
        let n_each = n_each.min(self.n_events);
        Self { n_each, ..self }
    }

    /// Lets `progress` stop the runs, which is a fault of those that come after.
    pub(super) fn stopped_by(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }

    pub(super) fn n_discarded(&self) -> u64 {
        self.n_discarded.get()
    }

    /// Returns the value of `make`, and the number of runs that were discarded meanwhile.
    pub(super) fn counted<T>(&self, make: impl FnOnce() -> Result<T, Fault>) -> Result<(T, u64), Fault> {
        let before = self.n_discarded();
        let made = make()?;
        Ok((made, self.n_discarded() - before))
    }

    /// The width of the prior box along parameter `k`.
    pub(super) fn width(&self, k: usize) -> f64 {
        self.width[k]
    }

    /// Distance from `theta` to the ends of the range of parameter `k`, below and above.
    pub(super) fn room(&self, k: usize) -> (f64, f64) {
        let (low, high) = self.range[k];
        (self.theta[k] - low, high - self.theta[k])
    }

    /// Distance from `theta` to the ends of the box along parameter `k`, below and above.
    pub(super) fn far_room(&self, k: usize) -> (f64, f64) {
        let (low, high) = self.reach[k];
        (self.theta[k] - low, high - self.theta[k])
    }

    /// `theta` with parameter `k` moved by `distance`.
    pub(super) fn moved(&self, k: usize, distance: f64) -> Vec<f64> {
        let mut theta = self.theta.to_vec();
        theta[k] += distance;
        theta
    }

    /// Mines `n` events at `theta`, and reduces each with `keep`, as paths may be long.
    pub(super) fn mined<T>(&self, n: usize, keep: impl Fn(Gold) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        (0..n)
            .map(|event| keep(self.run(0, event, |rng| self.mine(self.theta, rng))?))
            .collect()
    }

    /// r(x,z) of events at `theta1`.
    pub(super) fn denominator_ratios(&self) -> Result<Vec<Ratio>, Fault> {
        let mut memory = Vec::new();
        (0..self.n_events)
            .map(|event| {
                self.run(1, event, |rng| self.simulator.record(self.theta1, rng, &mut memory))?;
                let weight = self.weight(self.theta1, &memory).map_err(|problem| fault(&problem))?;
                self.ratio(&memory, weight)
            })
            .collect()
    }

    /// Events with their gold at the points that `place` draws.
    pub(super) fn scored(&self, batch: u64, place: impl Fn(&mut Stream) -> Vec<f64>) -> Result<Vec<Gold>, Fault> {
        self.all(batch, |rng| {
            let theta = place(rng);
            self.mine(&theta, rng)
        })
    }

    /// Observations at `theta` with their weights, and nothing else.
    pub(super) fn observed(&self, batch: u64, theta: &[f64]) -> Result<Vec<Observed>, Fault> {
        let mut memory = Vec::new();
        self.all(batch, |rng| {
            if !self.simulator.is_weighted() {
                let x = self.shaped(self.simulator.sample(theta, rng)?)?;
                return Ok(Observed { x, weight: 1.0 });
            }
            let (x, _) = self.simulator.record(theta, rng, &mut memory)?;
            Ok(Observed {
                x: self.shaped(x)?,
                weight: self.weight(theta, &memory)?,
            })
        })
    }

    /// Largest relative difference between the readings of event `event` at `theta`: sampled, mined, recorded, replayed with and
    /// without derivatives.
    pub(super) fn disagreement(&self, event: usize) -> Result<f64, Fault> {
        self.run(0, event, |rng| {
            let mined = self.mine(self.theta, &mut rng.clone())?;
            let sampled = match self.simulator.is_weighted() {
                true => mined.x.clone(), // observations without weights are other ones
                false => self.simulator.sample(self.theta, &mut rng.clone())?,
            };
            let mut memory = Vec::new();
            let (recorded, log_probability) = self.simulator.record(self.theta, rng, &mut memory)?;
            let mut score = vec![0.0; self.theta.len()];
            let plain = self.simulator.log_probability_at(self.theta, &mined.memory)?;
            let dual = self.simulator.score_at(self.theta, &mined.memory, &mut score)?;
            let logs = [log_probability, plain, dual];
            let worst = [
                vectors(&sampled, &mined.x),
                vectors(&recorded, &mined.x),
                vectors(&memory, &mined.memory),
                vectors(&score, &mined.score),
                vectors(&logs, &[mined.log_probability; 3]),
            ];
            Ok(worst.into_iter().fold(0.0, f64::max))
        })
    }

    /// ln p(x,z|θ) of the remembered path; −∞ if the path cannot happen there.
    pub(super) fn log_probability(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Fault> {
        let log = self
            .simulator
            .log_probability_at(theta, memory)
            .map_err(|problem| Fault {
                note: format!("at θ = {theta:?}: {problem}"),
                ..fault(&problem)
            })?;
        if log.is_nan() || log == f64::INFINITY {
            return Err(undefined(format!(
                "at θ = {theta:?}: ln p(x,z|θ) of a remembered path is {log}"
            )));
        }
        Ok(log)
    }

    /// ln r(x,z) of `theta` to `theta1` for the remembered path.
    pub(super) fn log_ratio(&self, memory: &[f64]) -> Result<f64, Fault> {
        Ok(self.log_probability(self.theta, memory)? - self.log_probability(self.theta1, memory)?)
    }

    /// r(x,z) of `theta` to `theta1` for the remembered path of an event of this weight.
    pub(super) fn ratio(&self, memory: &[f64], weight: f64) -> Result<Ratio, Fault> {
        let log = self.log_ratio(memory)?;
        let signs = [self.theta, self.theta1].map(|theta| self.weight(theta, memory));
        let [above, below] = signs.map(|weight| weight.map_err(|problem| fault(&problem)));
        Ok(Ratio {
            log,
            sign: above?.signum() * below?.signum(),
            weight,
        })
    }

    fn weight(&self, theta: &[f64], memory: &[f64]) -> Result<f64, Rejected> {
        match self.simulator.is_weighted() {
            true => self.simulator.weight_at(theta, memory),
            false => Ok(1.0),
        }
    }

    fn mine(&self, theta: &[f64], rng: &mut Stream) -> Result<Gold, Rejected> {
        let mut memory = Vec::new();
        let mined = self.simulator.mine(theta, rng, &mut memory)?;
        let numbers = mined.score.iter().chain(&mined.x).chain([&mined.log_probability]);
        if !numbers.into_iter().all(|number| number.is_finite()) {
            return Err(Rejected::Invalid(format!(
                "a run gave x = {:?} with ln p(x,z|θ) = {} and joint score {:?}: all must be finite",
                mined.x, mined.log_probability, mined.score
            )));
        }
        Ok(Gold {
            x: self.shaped(mined.x)?,
            log_probability: mined.log_probability,
            score: mined.score,
            weight: self.weight(theta, &memory)?,
            memory,
        })
    }

    fn shaped(&self, x: Vec<f64>) -> Result<Vec<f64>, Rejected> {
        if x.len() == self.observables.len() {
            return Ok(x);
        }
        let (found, needed) = (x.len(), self.observables.len());
        Err(Rejected::Invalid(format!(
            "a run gave {found} numbers for {needed} observables"
        )))
    }

    fn all<T>(&self, batch: u64, mut run: impl FnMut(&mut Stream) -> Result<T, Rejected>) -> Result<Vec<T>, Fault> {
        (0..self.n_events)
            .map(|event| self.run(batch, event, &mut run))
            .collect()
    }

    /// One run, simulated again while the simulator discards it.
    fn run<T>(
        &self,
        batch: u64,
        event: usize,
        mut run: impl FnMut(&mut Stream) -> Result<T, Rejected>,
    ) -> Result<T, Fault> {
        let attempts = u64::from(DEFAULT_RETRIES) + 1;
        for attempt in 0..attempts {
            if self.progress.is_stopped() {
                return Err(undefined("stopped on request".into()));
            }
            match guarded(|| run(&mut stream(self.seed, (batch << 32) + event as u64, attempt))) {
                Err(Rejected::Discarded(_)) => self.n_discarded.set(self.n_discarded.get() + 1),
                other => return other.map_err(|problem| fault(&problem)),
            }
        }
        Err(undefined(format!("the simulator discarded {attempts} runs in a row")))
    }
}

/// The largest deviation between two vectors, relative to the larger of b and 1.
fn vectors(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    a.iter()
        .zip(b)
        .map(|(&a, &b)| deviation(a, b) / b.abs().max(1.0))
        .fold(0.0, f64::max)
}

fn fault(problem: &Rejected) -> Fault {
    let identity = match problem {
        Rejected::Strayed => Identity::Path,
        _ => Identity::Defined,
    };
    let note = problem.to_string();
    Fault { identity, note }
}

fn undefined(note: String) -> Fault {
    let identity = Identity::Defined;
    Fault { identity, note }
}
