//! Errors of estimates against the exact answers.

use super::FigureData;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score, Truth};
use motherlode_core::trace::{Hypotheses, Instrumented, stream};
use motherlode_stats::diagnostics::prior_points;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Number of test observations where the possible ones cannot be listed.
const N_OBSERVATIONS: u64 = 2_000;
/// Number of simulated events whose joint quantities are drawn in the figures.
const N_FIGURE_EVENTS: u64 = 600;
/// Number of simulated events that the label noise is estimated from, for each hypothesis.
const N_NOISE_EVENTS: u64 = 2_000;
/// Seed of the test events: every study has the same ones.
const SEED: u64 = 0xE8A5;

/// Test sets with their exact answers.
#[derive(Debug)]
pub(super) struct ExactErrors {
    hypotheses: Hypotheses,
    pair: RatioTestSet,
    prior: Vec<RatioTestSet>,
    score: ScoreTestSet,
    score_ref: ScoreTestSet,
}

/// Observations with their weights, and log r at one pair of hypotheses.
#[derive(Debug)]
struct RatioTestSet {
    theta0: Vec<f64>,
    x: Array2<f64>,
    weights: Array1<f64>,
    exact: Array1<f64>,
}

/// Observations with their weights, and the score at one point.
#[derive(Debug)]
struct ScoreTestSet {
    x: Array2<f64>,
    weights: Array1<f64>,
    exact: Array2<f64>,
}

impl ExactErrors {
    /// Draws the test sets of a simulator with an exact truth.
    pub(super) fn new(simulator: &dyn Instrumented, truth: &dyn Truth) -> Result<Self> {
        let hypotheses = simulator.hypotheses()?;
        let (theta0, theta1) = (&hypotheses.theta0, &hypotheses.theta1);
        let ratio = |theta0: &[f64], under: &[f64], number: u64| -> Result<RatioTestSet> {
            let (x, weights) = observations(simulator, truth, under, number)?;
            let exact = truth.log_ratio(x.view(), theta0, theta1)?;
            Ok(RatioTestSet {
                theta0: theta0.to_vec(),
                x,
                weights,
                exact,
            })
        };
        let score = |theta: &[f64], number: u64| -> Result<ScoreTestSet> {
            let (x, weights) = observations(simulator, truth, theta, number)?;
            let exact = truth.score(x.view(), theta)?;
            Ok(ScoreTestSet { x, weights, exact })
        };
        let prior = prior_points(&hypotheses.prior);
        Ok(Self {
            pair: ratio(theta0, theta1, 0)?,
            prior: prior
                .iter()
                .zip(1..)
                .map(|(theta0, k)| ratio(theta0, theta0, k))
                .collect::<Result<_>>()?,
            score: score(theta0, 100)?,
            score_ref: score(&hypotheses.theta_ref(), 101)?,
            hypotheses,
        })
    }

    /// Pair error and prior error of an estimate of log r.
    pub(super) fn log_ratio_errors(&self, estimate: &dyn LogRatio) -> Result<[f64; 2]> {
        let pair = self.pair.error(estimate, &self.hypotheses.theta1)?;
        let errors: Vec<f64> = self
            .prior
            .iter()
            .map(|set| set.error(estimate, &self.hypotheses.theta1))
            .collect::<Result<_>>()?;
        Ok([pair, mean(&errors)])
    }

    /// Score error of a ratio estimator, at θ0.
    pub(super) fn score_error(&self, estimate: &dyn Score) -> Result<f64> {
        self.score.error(estimate, &self.hypotheses.theta0)
    }

    /// Score error of a score estimator, at θ_ref.
    pub(super) fn score_error_at_reference(&self, estimate: &dyn Score) -> Result<f64> {
        self.score_ref.error(estimate, &self.hypotheses.theta_ref())
    }

    /// Pair error and prior error of the answer log r = 0.
    pub(super) fn trivial(&self) -> [f64; 2] {
        let error = |set: &RatioTestSet| set.weights.dot(&set.exact.mapv(|log| log * log));
        [
            error(&self.pair),
            mean(&self.prior.iter().map(error).collect::<Vec<_>>()),
        ]
    }

    /// Score error of the answer t = 0.
    pub(super) fn trivial_score(&self) -> f64 {
        self.score.mean_square(Array2::zeros(self.score.exact.dim()).view())
    }

    /// Pair and prior error of one event's own joint log ratio taken as the answer.
    pub(super) fn label_noise(&self, simulator: &dyn Instrumented, truth: &dyn Truth) -> Result<[f64; 2]> {
        let theta1 = &self.hypotheses.theta1;
        let noise = |theta0: &[f64], under: &[f64], number: u64| -> Result<f64> {
            let (x, joint) = joint_log_ratios(simulator, theta0, theta1, under, N_NOISE_EVENTS, number)?;
            let difference = joint - truth.log_ratio(x.view(), theta0, theta1)?;
            Ok(difference.mapv(|d| d * d).mean().unwrap_or(0.0))
        };
        let points = self.prior.iter().zip(300..);
        let prior: Vec<f64> = points
            .map(|(set, k)| noise(&set.theta0, &set.theta0, k))
            .collect::<Result<_>>()?;
        Ok([noise(&self.hypotheses.theta0, theta1, 299)?, mean(&prior)])
    }

    /// Observations at which the figures show estimates, `[k, m]`: all possible ones, or some from both hypotheses.
    pub(super) fn figure_observations(&self) -> Array2<f64> {
        let first = |x: &Array2<f64>| x.view().split_at(Axis(0), x.nrows().min(200)).0.to_owned();
        let (a, b) = (first(&self.pair.x), first(&self.score.x));
        let mut x = if a == b {
            a
        } else {
            ndarray::concatenate![Axis(0), a, b]
        };
        if x.ncols() == 1 {
            let mut column = x.column(0).to_vec();
            column.sort_by(f64::total_cmp);
            column.dedup();
            x = Array2::from_shape_vec((column.len(), 1), column).expect("one column");
        }
        x
    }

    /// Exact answers at the observations of the figures, and simulated events.
    pub(super) fn figure_data(&self, simulator: &dyn Instrumented, truth: &dyn Truth) -> Result<FigureData> {
        let Hypotheses { theta0, theta1, .. } = &self.hypotheses;
        let x = self.figure_observations();
        let half = N_FIGURE_EVENTS / 2;
        let (x0, joint0) = joint_log_ratios(simulator, theta0, theta1, theta0, half, 200)?;
        let (x1, joint1) = joint_log_ratios(simulator, theta0, theta1, theta1, half, 201)?;
        let joint_score = joint_scores(simulator, theta0, half, 200)?;
        Ok(FigureData {
            exact_log_ratio: truth.log_ratio(x.view(), theta0, theta1)?.to_vec(),
            exact_score: rows(truth.score(x.view(), theta0)?.view()),
            exact_score_ref: rows(truth.score(x.view(), &self.hypotheses.theta_ref())?.view()),
            x: rows(x.view()),
            event_x: [rows(x0.view()), rows(x1.view())].concat(),
            event_joint_log_ratio: [joint0.to_vec(), joint1.to_vec()].concat(),
            event_joint_score: joint_score,
            ..FigureData::default()
        })
    }
}

impl RatioTestSet {
    fn error(&self, estimate: &dyn LogRatio, theta1: &[f64]) -> Result<f64> {
        let difference = estimate.log_ratio(self.x.view(), &self.theta0, theta1)? - &self.exact;
        Ok(self.weights.dot(&difference.mapv(|d| d * d)))
    }
}

impl ScoreTestSet {
    fn error(&self, estimate: &dyn Score, theta: &[f64]) -> Result<f64> {
        Ok(self.mean_square(estimate.score(self.x.view(), theta)?.view()))
    }

    /// ⟨|t − t_exact|²⟩/p.
    fn mean_square(&self, score: ArrayView2<f64>) -> f64 {
        let squares = (&score - &self.exact).mapv(|d| d * d);
        let per_event = squares.mean_axis(Axis(1)).expect("a simulator has parameters");
        self.weights.dot(&per_event)
    }
}

/// Observations under a hypothesis with their weights: all possible ones with their probabilities, or a sample.
fn observations(
    simulator: &dyn Instrumented,
    truth: &dyn Truth,
    theta: &[f64],
    number: u64,
) -> Result<(Array2<f64>, Array1<f64>)> {
    if let Some(x) = truth.support() {
        let weights = truth.log_likelihood(x.view(), theta)?.mapv(f64::exp);
        return Ok((x, weights));
    }
    let (x, _) = simulate(simulator, theta, N_OBSERVATIONS, number)?;
    let weights = Array1::from_elem(x.nrows(), 1.0 / x.nrows() as f64);
    Ok((x, weights))
}

/// Simulates events of one hypothesis: observations `[n, m]` and their records.
fn simulate(simulator: &dyn Instrumented, theta: &[f64], n: u64, number: u64) -> Result<(Array2<f64>, Vec<Vec<f64>>)> {
    let (mut values, mut records) = (Vec::new(), Vec::new());
    for event in 0..n {
        let mut record = Vec::new();
        let mut rng = stream(SEED, number * 1_000_000 + event, 0);
        // a discarded run is no observation
        match simulator.record(theta, &mut rng, &mut record) {
            Ok((x, _)) => values.extend(x),
            Err(motherlode_core::trace::Rejected::Discarded(_)) => continue,
            Err(rejected) => return Err(Error::simulation(rejected.to_string())),
        }
        records.push(record);
    }
    let shape = (records.len(), simulator.observables().len());
    let x = Array2::from_shape_vec(shape, values)
        .map_err(|_| Error::simulation("the simulator returned observations of varying length"))?;
    Ok((x, records))
}

fn joint_log_ratios(
    simulator: &dyn Instrumented,
    theta0: &[f64],
    theta1: &[f64],
    under: &[f64],
    n: u64,
    number: u64,
) -> Result<(Array2<f64>, Array1<f64>)> {
    let (x, records) = simulate(simulator, under, n, number)?;
    let at = |theta: &[f64], record: &Vec<f64>| {
        simulator
            .log_probability_at(theta, record)
            .map_err(|rejected| Error::simulation(rejected.to_string()))
    };
    let joint: Vec<f64> = records
        .iter()
        .map(|record| Ok(at(theta0, record)? - at(theta1, record)?))
        .collect::<Result<_>>()?;
    Ok((x, joint.into()))
}

fn joint_scores(simulator: &dyn Instrumented, theta: &[f64], n: u64, number: u64) -> Result<Vec<Vec<f64>>> {
    let (_, records) = simulate(simulator, theta, n, number)?;
    let mut scores = Vec::with_capacity(records.len());
    for record in records {
        let mut score = vec![0.0; theta.len()];
        simulator
            .score_at(theta, &record, &mut score)
            .map_err(|rejected| Error::simulation(rejected.to_string()))?;
        scores.push(score);
    }
    Ok(scores)
}

pub(super) fn rows(values: ArrayView2<f64>) -> Vec<Vec<f64>> {
    values.rows().into_iter().map(|row| row.to_vec()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
