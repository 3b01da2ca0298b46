//! Events that stand for those of any hypothesis.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::attempts::kept;
use super::hypotheses::{log_mean_exp, log_probabilities};
use crate::error::{Error, Result};
use crate::trace::Instrumented;

/// How often a run may be discarded and drawn again.
const RETRIES: u64 = 1_000;

/// Events drawn at points spread over a box, which their gold lets stand for events of any hypothesis among them.
///
/// Event i is drawn at point i mod J of J points: together the events were drawn from q(x,z) = (1/J) Σ_j p(x,z|θ_j), and with
/// the weight w = p(x,z|θ)/q(x,z) they stand for events of θ. No weight at one of the points exceeds J, whatever the
/// paths: that is why they are taken against the mixture and not against the point of each event.
///
/// # Source
/// The deterministic mixture of Veach and Guibas 1995 (SIGGRAPH, 419), Owen and Zhou 2000 (J. Am. Stat. Assoc. 95, 135).
pub struct Pool<'a> {
    simulator: &'a dyn Instrumented,
    x: Array2<f64>,
    memories: Vec<Vec<f64>>,
    /// ln q(x,z) of each event, up to a constant.
    log_sampling: Vec<f64>,
}

impl std::fmt::Debug for Pool<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("simulator", &self.simulator.name())
            .field("events", &self.x.nrows())
            .finish_non_exhaustive()
    }
}

/// What each event of a pool counts at one hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// w ≥ 0 of each event; their mean is 1 within its standard error.
    pub values: Vec<f64>,
    /// (Σw)²/Σw²: as many events of the hypothesis itself would say as much.
    pub effective: f64,
}

/// A remembered run.
struct Remembered {
    x: Vec<f64>,
    memory: Vec<f64>,
    log_sampling: f64,
}

impl<'a> Pool<'a> {
    /// `n` events of `simulator`, drawn at `points`, `[J, p]`, in parallel.
    ///
    /// # Errors
    /// If the simulator has no gold, there are no points, or a run fails.
    pub fn new(simulator: &'a dyn Instrumented, points: ArrayView2<f64>, n: usize, seed: u64) -> Result<Self> {
        if let Some(reason) = simulator.without_gold() {
            return Err(Error::usage(format!(
                "events of {} cannot stand for those of other hypotheses: it has no gold: {reason}",
                simulator.name()
            )));
        }
        let points: Vec<Vec<f64>> = points.rows().into_iter().map(|point| point.to_vec()).collect();
        if points.is_empty() || n == 0 {
            return Err(Error::usage(format!(
                "a pool of {n} events at {} points: there must be some of both",
                points.len()
            )));
        }
        let events: Vec<Remembered> = (0..n)
            .into_par_iter()
            .map(|event| remembered(simulator, &points, event, seed))
            .collect::<Result<_>>()?;
        let m = simulator.observables().len();
        let values: Vec<f64> = events.iter().flat_map(|event| &event.x).copied().collect();
        let x = Array2::from_shape_vec((n, m), values)
            .map_err(|_| Error::simulation(format!("{} returned observations of varying length", simulator.name())))?;
        let (memories, log_sampling) = events.into_iter().map(|e| (e.memory, e.log_sampling)).unzip();
        Ok(Self {
            simulator,
            x,
            memories,
            log_sampling,
        })
    }

    /// The observations, `[n, m]`.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// What each event counts at `theta`, `[p]`.
    ///
    /// # Errors
    /// If a density does not exist there, or no event is possible.
    pub fn weights(&self, theta: &[f64]) -> Result<Weights> {
        let weight = |(memory, log_sampling): (&Vec<f64>, &f64)| -> Result<f64> {
            let log = self.simulator.log_probability_at(theta, memory);
            let log = log.map_err(|rejected| self.failed(theta, &rejected.to_string()))?;
            Ok((log - log_sampling).exp())
        };
        let values: Vec<f64> = self
            .memories
            .par_iter()
            .zip(&self.log_sampling)
            .map(weight)
            .collect::<Result<_>>()?;
        let (sum, squares) = values
            .iter()
            .fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
        let effective: f64 = sum * sum / squares;
        if !effective.is_finite() {
            return Err(self.failed(theta, "none of them is possible there"));
        }
        Ok(Weights { values, effective })
    }

    fn failed(&self, theta: &[f64], reason: &str) -> Error {
        Error::simulation(format!(
            "events of {} cannot stand for those of {theta:?}: {reason}",
            self.simulator.name()
        ))
    }
}

fn remembered(simulator: &dyn Instrumented, points: &[Vec<f64>], event: usize, seed: u64) -> Result<Remembered> {
    let point = &points[event % points.len()];
    let mut memory = Vec::new();
    let ((x, _), _) = kept(simulator, (seed, event as u64), RETRIES, point, |rng| {
        simulator.record(point, rng, &mut memory)
    })?;
    let logs = log_probabilities(simulator, points, &memory).map_err(|rejected| {
        Error::simulation(format!("{} cannot look at a path again: {rejected}", simulator.name()))
    })?;
    Ok(Remembered {
        x,
        memory,
        log_sampling: log_mean_exp(&logs),
    })
}
