//! Test events for the comparison of estimators, with their joint labels.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Reliability;
use super::closure::{Closure, Reweighting};
use super::divergence::{BLOCKS, Divergence, divergence};
use super::prior_points::prior_points;
use super::score_metrics::{ScoreLabels, ScoreMetrics};
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::mean::Mean;
use motherlode_core::progress::Step;
use motherlode_core::trace::{Hypotheses, Instrumented, unweighted};
use motherlode_core::{Estimator, Progress};

/// Smallest number of test events: two in each block of each hypothesis.
pub const MIN_TEST_EVENTS: usize = 4_000;
/// Default number of events, which resolves differences of a few hundredths in log r.
const MANY_EVENTS: usize = 80_000;
/// Largest number of numbers in the observations of the default test events: half a gigabyte.
const MOST_NUMBERS: usize = 1 << 26;
/// Number of events at which the members of an ensemble are compared.
const SPREAD_EVENTS: usize = 4_000;
/// Distance of the seeds of test events from those of training data.
const SEED: u64 = 0xE8A5_0000_0000;
/// Distances of seeds between the parts.
const PAIR: u64 = 1_000;
const REFERENCE: u64 = 1_001;

/// Errors of an estimated log ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioMetrics {
    /// Divergence from the joint labels over the prior, by which estimators are ranked.
    pub divergence: Divergence,
    /// Closure of events of θ1 that are reweighted to θ0, at the simulator's own pair.
    pub closure: Closure,
}

/// Metrics of the constant answer log r = 0, for comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineMetrics {
    /// Number of events.
    pub n_events: usize,
    /// Metrics of log r = 0. Its closure is that of unweighted events, the largest difference that moments and classifier can show.
    pub ratio: RatioMetrics,
}

/// Test events: half from each of two hypotheses, θ1 and one of 25 points θ0 over the prior; half from θ0 and θ1 of the
/// simulator itself; and some from θ_ref, for estimates that know the score there only.
///
/// A simulator whose paths are possible at one hypothesis only has no joint ratio between them and cannot be examined. Where
/// the share of runs that a simulator discards depends on θ, joint ratios are those of all runs, and a classifier that has
/// seen the kept ones only differs from them by a constant.
#[derive(Debug)]
pub struct TestEvents {
    n_events: usize,
    hypotheses: Hypotheses,
    contrasts: Vec<Contrast>,
    pair: Reweighting,
    at_theta0: ScoreLabels,
    at_reference: ScoreLabels,
}

/// The answer log r = 0.
struct Ignorance;

impl LogRatio for Ignorance {
    fn log_ratio(&self, x: ArrayView2<f64>, _: &[f64], _: &[f64]) -> Result<Array1<f64>> {
        Ok(Array1::zeros(x.nrows()))
    }
}

/// Events from one θ0 and from θ1, with their joint log ratios.
#[derive(Debug)]
struct Contrast {
    theta0: Vec<f64>,
    x: Array2<f64>,
    joint_log_ratio: Array1<f64>,
}

impl TestEvents {
    /// Default number of test events: 80 000, fewer if observations are large or are drawn from few stored rows.
    pub fn default_events(simulator: &dyn Instrumented) -> usize {
        let affordable = MOST_NUMBERS / simulator.observables().len().max(1);
        let different = simulator.n_rows().map_or(usize::MAX, |rows| rows as usize);
        affordable.min(different).clamp(MIN_TEST_EVENTS, MANY_EVENTS)
    }

    /// Mines about `n_events` events: five eighths over the prior, a quarter at the pair, an eighth at θ_ref.
    ///
    /// They are the same for a number of events, whatever else is studied, and no training sees them.
    ///
    /// # Errors
    /// If there are fewer than [`MIN_TEST_EVENTS`], or mining fails.
    pub fn new(simulator: &dyn Instrumented, n_events: usize, progress: &dyn Progress) -> Result<Self> {
        if n_events < MIN_TEST_EVENTS {
            return Err(Error::usage(format!(
                "{n_events} held-out events are too few to tell estimates apart: use {MIN_TEST_EVENTS} or more"
            )));
        }
        let simulator = unweighted(simulator)?;
        let hypotheses = simulator.hypotheses()?;
        let Hypotheses {
            theta0, theta1, prior, ..
        } = hypotheses.clone();
        let theta_ref = hypotheses.theta_ref();
        let points = prior_points(&prior);
        // Pairs of events, as many in every block.
        let each = n_events * 5 / 8 / points.len() / (2 * BLOCKS) * (2 * BLOCKS);
        let mine = |design: Design, n: usize, number: u64| -> Result<AugmentedData> {
            let miner = Miner::new(simulator, design, SEED + number)?.with_memories(false);
            miner.events_with_progress(0..n as u64, &Step(progress))
        };
        let between = |theta0: Vec<f64>| {
            let theta1 = theta1.clone();
            Design::Pair { theta0, theta1 }
        };
        let contrast = |(theta0, number): (&Vec<f64>, u64)| {
            progress.report(number, points.len() as u64);
            let data = mine(between(theta0.clone()), each, number)?;
            Ok(Contrast {
                theta0: theta0.clone(),
                joint_log_ratio: expected(data.joint_log_ratio),
                x: data.x,
            })
        };
        let pair = mine(between(theta0), n_events / 4, PAIR)?;
        let reference = mine(Design::Reference { theta: theta_ref }, n_events / 8, REFERENCE)?;
        let numerator: Vec<usize> = (0..pair.n_events()).filter(|&i| pair.y[i] == 0.0).collect();
        let rows = |values: &Array2<f64>| values.select(Axis(0), &numerator);
        Ok(Self {
            n_events,
            contrasts: points.iter().zip(0..).map(contrast).collect::<Result<_>>()?,
            at_theta0: ScoreLabels::new(rows(&pair.x), &rows(&expected(pair.joint_score0))),
            at_reference: ScoreLabels::new(reference.x, &expected(reference.joint_score0)),
            pair: Reweighting::new(pair.x, &pair.y),
            hypotheses,
        })
    }

    /// Errors of an estimated log ratio.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn ratio(&self, estimate: &dyn LogRatio) -> Result<RatioMetrics> {
        let Hypotheses { theta0, theta1, .. } = &self.hypotheses;
        let mut blocks = vec![0.0; BLOCKS];
        for contrast in &self.contrasts {
            let log_ratio = estimate.log_ratio(contrast.x.view(), &contrast.theta0, theta1)?;
            let found = contrast.divergences(&log_ratio);
            blocks.iter_mut().zip(found).for_each(|(sum, mean)| *sum += mean);
        }
        let n = self.contrasts.len() as f64;
        Ok(RatioMetrics {
            divergence: Divergence {
                blocks: blocks.into_iter().map(|sum| sum / n).collect(),
            },
            closure: self.pair.closure(&estimate.log_ratio(self.pair.x(), theta0, theta1)?),
        })
    }

    /// Compares the probabilities that follow from an estimated log ratio with the shares of events, at the simulator's own pair.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn reliability(&self, estimate: &dyn LogRatio) -> Result<Reliability> {
        let Hypotheses { theta0, theta1, .. } = &self.hypotheses;
        self.pair
            .reliability(&estimate.log_ratio(self.pair.x(), theta0, theta1)?)
    }

    /// The metrics of an estimated score at the simulator's θ0.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn score(&self, estimate: &dyn Score) -> Result<ScoreMetrics> {
        let x = self.at_theta0.x();
        self.at_theta0.metrics(&estimate.score(x, &self.hypotheses.theta0)?)
    }

    /// The mean of an estimated score at the simulator's θ0, component by component in units of the root of its mean square, the Fisher
    /// information of one event: 0 for the exact score. The best fit of n events is off by √n times this in its standard deviations, as
    /// long as the other parameters are known.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn mean_score(&self, estimate: &dyn Score) -> Result<Vec<Mean>> {
        let x = self.at_theta0.x();
        self.at_theta0.means(&estimate.score(x, &self.hypotheses.theta0)?)
    }

    /// The metrics of an estimated score at θ_ref.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn score_at_reference(&self, estimate: &dyn Score) -> Result<ScoreMetrics> {
        let x = self.at_reference.x();
        let theta_ref = self.hypotheses.theta_ref();
        self.at_reference.metrics(&estimate.score(x, &theta_ref)?)
    }

    /// The metrics of the constant answer.
    ///
    /// # Errors
    /// None in practice: as [`ratio`](Self::ratio).
    pub fn baseline(&self) -> Result<BaselineMetrics> {
        Ok(BaselineMetrics {
            n_events: self.n_events,
            ratio: self.ratio(&Ignorance)?,
        })
    }

    /// The standard deviation of an estimated log ratio over events of θ1, at the simulator's own pair.
    ///
    /// # Errors
    /// If the estimate is not one of this simulator.
    pub fn log_ratio_deviation(&self, estimate: &dyn LogRatio) -> Result<f64> {
        let Hypotheses { theta0, theta1, .. } = &self.hypotheses;
        let log_ratio = estimate.log_ratio(self.pair.x(), theta0, theta1)?;
        let of_theta1: Array1<f64> = self.pair.of(false).map(|event| log_ratio[event]).collect();
        Ok(of_theta1.std(0.0))
    }

    /// Observations from θ0 and θ1 in turn, at most `n`, `[k, m]`.
    pub fn observations(&self, n: usize) -> ArrayView2<'_, f64> {
        let x = self.pair.x();
        x.split_at(Axis(0), n.min(x.nrows())).0
    }

    /// The [relative spread](relative_spread) of log r̂ over the members of an ensemble, at the simulator's own pair; none for a single
    /// network.
    ///
    /// # Errors
    /// If the estimator does not know this ratio.
    pub fn ensemble_spread(&self, estimator: &dyn Estimator) -> Result<Option<f64>> {
        let Hypotheses { theta0, theta1, .. } = &self.hypotheses;
        let x = self.observations(SPREAD_EVENTS);
        let (log_ratio, spread) = estimator.log_ratio_with_spread(x, theta0, theta1)?;
        Ok(spread.map(|spread| relative_spread(&log_ratio, &spread)))
    }
}

impl Contrast {
    /// The mean divergence of each block.
    fn divergences(&self, log_ratio: &Array1<f64>) -> Vec<f64> {
        let size = self.joint_log_ratio.len() / BLOCKS;
        let events: Vec<f64> = log_ratio
            .iter()
            .zip(&self.joint_log_ratio)
            .map(|(estimate, joint)| divergence(*estimate, *joint))
            .collect();
        events
            .chunks(size)
            .map(|block| block.iter().sum::<f64>() / size as f64)
            .collect()
    }
}

/// The root mean square spread of log r̂ over the members, relative to the standard deviation of log r̂ over the events.
pub fn relative_spread(log_ratio: &Array1<f64>, spread: &Array1<f64>) -> f64 {
    let square = spread.mapv(|sd| sd * sd).mean().unwrap_or(f64::NAN);
    square.sqrt() / log_ratio.std(0.0)
}

fn expected<T>(gold: Option<T>) -> T {
    gold.expect("a miner labels its events")
}
