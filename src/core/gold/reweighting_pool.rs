//! Instrumented events that are reweighted to any hypothesis.

use crate::progress::{Progress, Step};
use std::borrow::Cow;

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use rayon::prelude::*;

use super::hypotheses::PathDensity;
use super::{Design, Miner};
use crate::dataset::{AugmentedData, Memories};
use crate::error::{Error, Result};
use crate::mean::effective_sample_size;
use crate::trace::Instrumented;

/// Largest number of numbers in a pool: one gigabyte.
const MAX_NUMBERS: usize = 1 << 27;
/// Number of events that a thread takes at a time.
const CHUNK: usize = 1_024;

/// Events drawn from q(x,z), with which expectations at any θ are weighted means: w = p(x,z|θ)/q(x,z).
///
/// The weights are exact, because each event remembers its path; so a pool serves any θ, also one that is chosen later. The effective
/// sample size (Σw)²/Σw² says how many events the weights leave: few, where paths depend on θ much more strongly than the pool has
/// hypotheses to draw them at. Draws of the same stored row count as one event with the sum of their weights: they fluctuate together.
pub struct ReweightingPool<'a> {
    simulator: &'a dyn Instrumented,
    x: CowArray<'a, f64, Ix2>,
    memories: Cow<'a, Memories>,
    /// ln q(x,z), up to a constant, `[n]`.
    log_sampling: Vec<f64>,
}

impl std::fmt::Debug for ReweightingPool<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReweightingPool")
            .field("simulator", &self.simulator.name())
            .field("events", &self.len())
            .finish_non_exhaustive()
    }
}

impl<'a> ReweightingPool<'a> {
    /// Mines about `n` events of `simulator`, equally many at each of the hypotheses `points`; q is their mixture, so that no weight at one
    /// of them exceeds their number (Veach and Guibas 1995, SIGGRAPH, 419). `progress` receives the steps done and their number.
    ///
    /// # Errors
    /// If there are fewer events than hypotheses, they do not fit into a gigabyte, or mining fails.
    pub fn mine(
        simulator: &'a dyn Instrumented,
        points: &[Vec<f64>],
        n: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let each = n.checked_div(points.len()).unwrap_or(0);
        if each == 0 {
            return Err(Error::usage(format!(
                "a pool of {n} events from {} hypotheses: ask for some thousand events",
                points.len()
            )));
        }
        let mut numbers = Vec::new();
        let mut memories = Memories::default();
        let mut log_shares = Vec::with_capacity(points.len());
        for (k, theta) in points.iter().enumerate() {
            progress.advance(k as u64, 2 * points.len() as u64)?;
            let design = Design::Reference { theta: theta.clone() };
            // A point has its own seed: the runs of two seeds have nothing in common.
            let seed = seed ^ (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let data = Miner::new(simulator, design, seed)?.events_with_progress(0..each as u64, &Step(progress))?;
            numbers.extend(data.x.iter());
            let remembered = data.remembered("a pool of events")?;
            (0..each).for_each(|event| memories.push(remembered.event(event)));
            let held = (numbers.len() + memories.memory.len()) / (k + 1) * points.len();
            if held > MAX_NUMBERS {
                return Err(Error::usage(format!(
                    "a pool of {n} events of {} would hold {held} numbers, {MAX_NUMBERS} at most: ask for fewer events",
                    simulator.name()
                )));
            }
            // Events are those of runs that were not discarded: as much denser as runs were.
            log_shares.push((1.0 + data.header.n_discarded as f64 / each as f64).ln());
        }
        let rows = each * points.len();
        let columns = numbers.len() / rows;
        let x =
            Array2::from_shape_vec((rows, columns), numbers).map_err(|error| Error::simulation(error.to_string()))?;
        let (x, memories, draws) = distinct(simulator, CowArray::from(x), Cow::Owned(memories));
        let mut logs = vec![f64::NEG_INFINITY; draws.len()];
        for (k, (theta, log_share)) in points.iter().zip(&log_shares).enumerate() {
            progress.advance((points.len() + k) as u64, 2 * points.len() as u64)?;
            let here = densities(simulator, &memories, theta, progress)?;
            logs.iter_mut()
                .zip(here)
                .for_each(|(sum, density)| *sum = log_sum_exp(*sum, density.log_sampling() + log_share));
        }
        logs.iter_mut().zip(draws).for_each(|(log, draws)| *log -= draws.ln());
        Ok(Self {
            simulator,
            x,
            memories,
            log_sampling: logs,
        })
    }

    /// Takes events that were mined at one hypothesis, for hypotheses close to it.
    ///
    /// # Errors
    /// If they are of another simulator, of several hypotheses, or without memories.
    pub fn from_events(simulator: &'a dyn Instrumented, data: &'a AugmentedData) -> Result<Self> {
        let Design::Reference { theta } = &data.header.design else {
            return Err(Error::data(format!(
                "a density of a summary is filled with events of one point, and these are of {}: mine with --reference",
                data.header.design
            )));
        };
        data.header.check_simulator(simulator, "reweight them")?;
        let memories = Cow::Borrowed(data.remembered("a density of a summary")?);
        let (x, memories, draws) = distinct(simulator, CowArray::from(data.x.view()), memories);
        let here = densities(simulator, &memories, theta, &())?.into_iter().zip(draws);
        Ok(Self {
            simulator,
            x,
            log_sampling: here
                .map(|(density, draws)| density.log_sampling() - draws.ln())
                .collect(),
            memories,
        })
    }

    /// Number of different events n.
    pub fn len(&self) -> usize {
        self.log_sampling.len()
    }

    /// Returns true if there are no events.
    pub fn is_empty(&self) -> bool {
        self.log_sampling.is_empty()
    }

    /// The observations, `[n, m]`.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// The weights of the events at `theta`, up to a common factor, `[n]`; negative where paths [have negative
    /// weights](crate::trace::Simulator::weight).
    ///
    /// # Errors
    /// If a density does not exist at `theta`, or all paths are impossible there.
    pub fn weights(&self, theta: &[f64]) -> Result<Vec<f64>> {
        let mut densities = densities(self.simulator, &self.memories, theta, &())?;
        densities
            .iter_mut()
            .zip(&self.log_sampling)
            .for_each(|(density, q)| density.log -= q);
        let logs = densities.iter().map(|density| density.log);
        let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() || logs.clone().any(f64::is_nan) {
            return Err(Error::numerical(format!(
                "no event of the pool is possible at theta = {theta:?}, or their probabilities are no numbers: draw the pool \
                 over a box that holds it"
            )));
        }
        Ok(densities.into_iter().map(|density| density.over(largest)).collect())
    }

    /// The effective sample size at `theta`.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn effective_sample_size(&self, theta: &[f64]) -> Result<f64> {
        Ok(effective_sample_size(self.weights(theta)?))
    }
}

/// Observations and memories of different events, with the number of draws of each: all different, unless they are drawn from stored rows.
fn distinct<'a>(
    simulator: &dyn Instrumented,
    x: CowArray<'a, f64, Ix2>,
    memories: Cow<'a, Memories>,
) -> (CowArray<'a, f64, Ix2>, Cow<'a, Memories>, Vec<f64>) {
    if simulator.n_rows().is_none() {
        let n = x.nrows();
        return (x, memories, vec![1.0; n]);
    }
    let (mut first, mut draws, mut kept) = (Vec::new(), Vec::new(), Memories::default());
    for (event, number) in memories.numbers().into_iter().enumerate() {
        if number == first.len() {
            first.push(event);
            draws.push(0.0);
            kept.push(memories.event(event));
        }
        draws[number] += 1.0;
    }
    (CowArray::from(x.select(Axis(0), &first)), Cow::Owned(kept), draws)
}

fn densities(
    simulator: &dyn Instrumented,
    memories: &Memories,
    theta: &[f64],
    progress: &dyn Progress,
) -> Result<Vec<PathDensity>> {
    let n = memories.memory_end.len();
    let chunk = |first: usize| -> Result<Vec<PathDensity>> {
        progress.check()?;
        let events = first..(first + CHUNK).min(n);
        let named: Vec<&[f64]> = events.map(|event| memories.event(event)).collect();
        let densities = PathDensity::of_several(simulator, theta, &named);
        densities.map_err(|rejected| Error::simulation(format!("a remembered event cannot be reweighted: {rejected}")))
    };
    let firsts: Vec<usize> = (0..n).step_by(CHUNK).collect();
    let chunks: Vec<Vec<PathDensity>> = firsts.into_par_iter().map(chunk).collect::<Result<_>>()?;
    Ok(chunks.concat())
}

/// ln(e^a + e^b).
fn log_sum_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    match high == f64::NEG_INFINITY {
        true => high,
        false => high + (low - high).exp().ln_1p(),
    }
}
