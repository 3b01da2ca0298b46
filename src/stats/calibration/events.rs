//! Simulated events for a calibration, weighted to each of several hypotheses.

use motherlode_core::Progress;
use motherlode_core::dataset::{HeldOutRows, row_numbers};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::Scores;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{DEFAULT_RETRIES, run_with_retries};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Instrumented, Rejected, Stream, unweighted};

/// Distance of the seeds of these events from those of training data.
const SEED: u64 = 0xCA1B_0000_0000;
/// Distance of the seeds of events to evaluate with.
const OTHER_SEED: u64 = 1 << 40;
/// Number of events between two reports of progress.
const CHUNK: usize = 1_024;
/// Splits stored rows into those to calibrate with and those to evaluate with.
const ROWS: HeldOutRows = HeldOutRows::new(0.5, SEED);
/// Fewest different rows that a calibration rests on.
const FEWEST_ROWS: usize = 100;
/// Draws of stored rows after which there is none of the wanted half.
const MOST_DRAWS: usize = 1_000;

/// Events drawn at several hypotheses in turn, each with its weight for every one of them.
///
/// An event with the path z has the weight p(x,z|θ_k)/q(x,z) for the hypothesis θ_k, where q is the mean of the densities of all
/// hypotheses (the balance heuristic of Veach and Guibas 1995). No weight is above the number of hypotheses, so each keeps at
/// least its own events; next to each other they share nearly all.
///
/// Paths are not kept: for weights at hypotheses that are chosen later see
/// [`ReweightingPool`](motherlode_core::gold::ReweightingPool). A simulator without gold has hard labels: each event counts only for the
/// hypothesis that it was drawn at. Draws of one stored row are one event with the sum of their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationEvents {
    /// `[n, m]`.
    x: Array2<f64>,
    points: Vec<Vec<f64>>,
    /// p(x,z|θ_k)/q(x,z), `[n, K]`.
    weights: Array2<f64>,
}

/// One event: x, ln p(x,z|θ_k) for each point, and how often runs were discarded before.
struct Event {
    x: Vec<f64>,
    logs: Vec<f64>,
    discarded: u64,
}

impl CalibrationEvents {
    /// Draws `n` events of `simulator` at `points` in turn. `progress` receives the events done and their number.
    ///
    /// Event i of a seed is always the same, and none that is mined with a seed of usual size: nothing was trained on it.
    ///
    /// # Errors
    /// If there are no points, fewer than 100 events for each, stored rows are too few, or the simulator fails.
    pub fn draw(
        simulator: &dyn Instrumented,
        points: &[Vec<f64>],
        n: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::drawn(simulator, points, n, (seed, false), progress)
    }

    /// Draws other events than [`draw`](Self::draw): with another seed, and from the other half of stored rows.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    pub fn draw_to_evaluate(
        simulator: &dyn Instrumented,
        points: &[Vec<f64>],
        n: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::drawn(simulator, points, n, (seed.wrapping_add(OTHER_SEED), true), progress)
    }

    /// Rows that calibrations are evaluated with, if the simulator draws from stored rows.
    pub fn rows_to_evaluate(simulator: &dyn Instrumented) -> Option<&'static HeldOutRows> {
        simulator.n_rows().map(|_| &ROWS)
    }

    fn drawn(
        simulator: &dyn Instrumented,
        points: &[Vec<f64>],
        n: usize,
        (seed, evaluates): (u64, bool),
        progress: &dyn Progress,
    ) -> Result<Self> {
        if points.is_empty() || n < 100 * points.len() {
            return Err(Error::usage(format!(
                "{n} events to calibrate {} hypotheses: draw at least 100 of each",
                points.len()
            )));
        }
        let simulator = unweighted(simulator)?;
        let mut events: Vec<Event> = Vec::with_capacity(n);
        while events.len() < n {
            let chunk = events.len()..(events.len() + CHUNK).min(n);
            let drawn: Vec<Event> = chunk
                .into_par_iter()
                .map(|number| {
                    progress.check()?;
                    event(simulator, points, number, (seed, evaluates))
                })
                .collect::<Result<_>>()?;
            events.extend(drawn);
            progress.advance(events.len() as u64, n as u64)?;
        }
        let weights = weights(&events, points.len());
        let m = simulator.observables().len();
        let values: Vec<f64> = events.into_iter().flat_map(|event| event.x).collect();
        let x = Array2::from_shape_vec((n, m), values)
            .map_err(|_| Error::simulation(format!("{} returned observations of varying length", simulator.name())))?;
        let all = Self {
            x,
            points: points.to_vec(),
            weights,
        };
        match simulator.n_rows() {
            None => Ok(all),
            Some(_) => all.merged(simulator),
        }
    }

    /// The events with the draws of each stored row as one.
    fn merged(self, simulator: &dyn Instrumented) -> Result<Self> {
        let numbers = row_numbers(self.x.view());
        let different = numbers.iter().max().map_or(0, |last| last + 1);
        if different < FEWEST_ROWS {
            return Err(Error::data(format!(
                "a calibration draws from half of the rows of {}, and these are {different}: {FEWEST_ROWS} are needed; give an event file, or a \
                 portion of one, with more rows",
                simulator.label()
            )));
        }
        let mut first = vec![usize::MAX; different];
        let mut weights = Array2::zeros((different, self.points.len()));
        // One on average, as before.
        let scale = different as f64 / numbers.len() as f64;
        for (event, (&number, row)) in numbers.iter().zip(self.weights.rows()).enumerate() {
            first[number] = first[number].min(event);
            weights.row_mut(number).scaled_add(scale, &row);
        }
        Ok(Self {
            x: self.x.select(Axis(0), &first),
            weights,
            ..self
        })
    }

    /// The observations, `[n, m]`.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// The hypotheses.
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The weights of the events for hypothesis `k`, `[n]`: one on average.
    pub fn weights(&self, k: usize) -> Option<ArrayView1<'_, f64>> {
        (k < self.points.len()).then(|| self.weights.column(k))
    }

    /// The scores of log ratios `[n]` at [`x`](Self::x) for the hypotheses number `numerator` and `denominator`.
    ///
    /// # Errors
    /// As [`Scores::new`], or if there are no such hypotheses.
    pub fn scores_from_log_ratio(
        &self,
        log_ratio: &Array1<f64>,
        numerator: usize,
        denominator: usize,
    ) -> Result<Scores> {
        let (Some(above), Some(below)) = (self.weights(numerator), self.weights(denominator)) else {
            return Err(Error::usage(format!(
                "hypotheses {numerator} and {denominator} of a pool of {} (counted from 0)",
                self.points.len()
            )));
        };
        Scores::new(log_ratio.view(), above, below)
    }

    /// The scores that `estimator` gives for these hypotheses.
    ///
    /// # Errors
    /// As [`scores_from_log_ratio`](Self::scores_from_log_ratio), or if the estimator fails.
    pub fn scores(&self, estimator: &dyn LogRatio, numerator: usize, denominator: usize) -> Result<Scores> {
        let at = |k: usize| self.points.get(k).map(Vec::as_slice).unwrap_or_default();
        let log_ratio = estimator.log_ratio(self.x(), at(numerator), at(denominator))?;
        self.scores_from_log_ratio(&log_ratio, numerator, denominator)
    }
}

fn event(
    simulator: &dyn Instrumented,
    points: &[Vec<f64>],
    number: usize,
    (seed, evaluates): (u64, bool),
) -> Result<Event> {
    let own = number % points.len();
    let mut memory = Vec::new();
    let mut once = |rng: &mut Stream| match simulator.without_gold() {
        Some(_) => simulator.sample(&points[own], rng),
        None => {
            memory.clear();
            simulator.record(&points[own], rng, &mut memory).map(|(x, _)| x)
        }
    };
    let stored = simulator.n_rows().is_some();
    let drawn = |rng: &mut Stream| {
        for _ in 0..MOST_DRAWS {
            let x = once(rng)?;
            if !stored || ROWS.holds(ArrayView1::from(&x)) == evaluates {
                return Ok(x);
            }
        }
        Err(Rejected::Invalid(format!(
            "{MOST_DRAWS} draws gave no row of one half of the event file: its weights leave too few rows"
        )))
    };
    let stream_of_event = (seed.wrapping_add(SEED), number as u64);
    let (x, discarded) = run_with_retries(simulator, stream_of_event, DEFAULT_RETRIES, &points[own], drawn)?;
    let log_probability = |(k, theta): (usize, &Vec<f64>)| match simulator.without_gold() {
        Some(_) if k == own => Ok(0.0),
        Some(_) => Ok(f64::NEG_INFINITY),
        None => simulator.log_probability_at(theta, &memory),
    };
    let logs = points.iter().enumerate().map(log_probability);
    let logs = logs.collect::<Result<_, _>>().map_err(|rejected: Rejected| {
        Error::simulation(format!("{} at {:?}: {rejected}", simulator.name(), points[own]))
    })?;
    Ok(Event { x, logs, discarded })
}

/// p_k/mean p_l of each event, `[n, K]`. Where runs are discarded, the density of those that are kept is larger by the
/// inverse of their share.
fn weights(events: &[Event], n_points: usize) -> Array2<f64> {
    let mut runs = vec![0.0; n_points];
    let mut kept = vec![0.0; n_points];
    for (number, event) in events.iter().enumerate() {
        kept[number % n_points] += 1.0;
        runs[number % n_points] += (1 + event.discarded) as f64;
    }
    let mut weights = Array2::zeros((events.len(), n_points));
    for (event, mut row) in events.iter().zip(weights.axis_iter_mut(Axis(0))) {
        let largest = event.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let density = |k: usize| (event.logs[k] - largest).exp() * runs[k] / kept[k];
        let mean = (0..n_points).map(density).sum::<f64>() / n_points as f64;
        (0..n_points).for_each(|k| row[k] = density(k) / mean);
    }
    weights
}
