//! Results of a study: every run, and the data of its figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::Evaluation;
use motherlode_core::ParameterBox;
use motherlode_core::mean::number_or_null;
use motherlode_nn::Curve;
use motherlode_stats::diagnostics::{BaselineMetrics, RatioMetrics, ScoreMetrics};

/// File format version that is written. Version 1, without held-out events, is read as well.
pub(super) const FORMAT_VERSION: u32 = 2;

/// Results of a study, as in `results.json`.
///
/// Without an exact truth all errors against it are NaN, null in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Version of the file format.
    pub format_version: u32,
    /// Version of motherlode.
    pub crate_version: String,
    /// Name of the simulator.
    pub simulator: String,
    /// One sentence on the simulator.
    pub about: String,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// Names of the observables, `[m]`.
    pub observables: Vec<String>,
    /// Description of the exact answers; `None` if there are none.
    pub truth: Option<String>,
    /// Reference that the estimates are ordered by.
    #[serde(default, rename = "yardstick")]
    pub evaluation: Evaluation,
    /// Values of the answer log r = 0 on the held-out events, if there are any.
    #[serde(default)]
    pub held_out: Option<BaselineMetrics>,
    /// The numerator of the pair error, `[p]`.
    pub theta0: Vec<f64>,
    /// The denominator, `[p]`.
    pub theta1: Vec<f64>,
    /// The point at which SALLY is trained, `[p]`.
    pub theta_ref: Vec<f64>,
    /// The box of the prior error, `[p]`.
    pub prior: ParameterBox,
    /// Settings of training, by name.
    pub settings: BTreeMap<String, String>,
    /// Pair error of the answer log r = 0.
    #[serde(deserialize_with = "number_or_null")]
    pub trivial_pair: f64,
    /// Prior error of the answer log r = 0.
    #[serde(deserialize_with = "number_or_null")]
    pub trivial_prior: f64,
    /// Pair error of one event's own gold taken as the answer: E[(log r(x,z) − log r(x))²].
    #[serde(deserialize_with = "number_or_null")]
    pub label_noise_pair: f64,
    /// Prior error of one event's own gold taken as the answer.
    #[serde(deserialize_with = "number_or_null")]
    pub label_noise_prior: f64,
    /// Mean square of the exact score: the score error of the answer t = 0.
    #[serde(deserialize_with = "number_or_null")]
    pub trivial_score: f64,
    /// Wall-clock time of the study, seconds.
    pub seconds: f64,
    /// All trainings.
    pub runs: Vec<Run>,
    /// Estimates and exact answers point by point, for the figures.
    #[serde(rename = "showcase")]
    pub figure_data: FigureData,
}

/// One training of one method on one data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the simulator.
    pub simulator: String,
    /// Name of the method.
    pub method: String,
    /// Number of simulated events.
    pub n_events: usize,
    /// Seed of the data and of the training.
    pub seed: u64,
    /// Pair error: ⟨(log r̂ − log r)²⟩ at (θ0, θ1) under p(x|θ1).
    #[serde(deserialize_with = "number_or_null")]
    pub mse_log_ratio: f64,
    /// Prior error: ⟨(log r̂ − log r)²⟩ averaged over θ0 in the prior box, under p(x|θ0).
    #[serde(deserialize_with = "number_or_null")]
    pub mse_log_ratio_prior: f64,
    /// ⟨|t̂ − t|²⟩/p: at θ0 under p(x|θ0) for ratio estimators, at θ_ref under p(x|θ_ref) for SALLY.
    #[serde(deserialize_with = "number_or_null")]
    pub mse_score: f64,
    /// Metrics on held-out events, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutMetrics>,
    /// Time of the training, seconds on one thread.
    pub train_seconds: f64,
    /// Gradient steps taken.
    pub steps: usize,
    /// The step whose weights were kept.
    pub best_step: usize,
    /// Training and validation loss.
    pub curve: Curve,
}

/// Metrics of one training on held-out events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOutMetrics {
    /// Divergence from the joint labels minus the lowest of all trainings of the study, in nats: a lower bound of the divergence from
    /// the exact answer, up to the statistical fluctuations of the held-out events.
    #[serde(deserialize_with = "number_or_null")]
    pub excess: f64,
    /// Metrics of the log ratio.
    pub ratio: RatioMetrics,
    /// Metrics of the score: at θ0 for ratio estimators, at θ_ref for SALLY.
    pub score: ScoreMetrics,
}

/// Data of the figures: estimates at the largest budget next to the exact answers, at (θ0, θ1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureData {
    /// Number of events of the trainings.
    pub n_events: usize,
    /// Observations, `[k, m]`; all of them where they are finitely many, else drawn from θ0 and θ1.
    pub x: Vec<Vec<f64>>,
    /// ln p(x|θ0) − ln p(x|θ1), `[k]`.
    pub exact_log_ratio: Vec<f64>,
    /// ∇θ ln p(x|θ) at θ0, `[k, p]`.
    pub exact_score: Vec<Vec<f64>>,
    /// ∇θ ln p(x|θ) at θ_ref, `[k, p]`.
    pub exact_score_ref: Vec<Vec<f64>>,
    /// log r̂ at `x`, `[k]` for each seed of each method.
    pub log_ratio: BTreeMap<String, Vec<Vec<f64>>>,
    /// t̂ at `x`, `[k, p]` of the first seed of each method: at θ0; for SALLY at θ_ref.
    pub score: BTreeMap<String, Vec<Vec<f64>>>,
    /// Observations of simulated events from θ0 and θ1, `[e, m]`.
    pub event_x: Vec<Vec<f64>>,
    /// Their joint log ratios, `[e]`.
    pub event_joint_log_ratio: Vec<f64>,
    /// Their joint scores at θ0, `[e, p]`.
    pub event_joint_score: Vec<Vec<f64>>,
}

/// Errors of one method at one budget, over the seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetSummary {
    /// Name of the method.
    pub method: String,
    /// Number of simulated events.
    pub n_events: usize,
    /// Median, lowest and highest prior error over the seeds.
    pub prior: [f64; 3],
    /// Median, lowest and highest pair error over the seeds.
    pub pair: [f64; 3],
    /// Median, lowest and highest score error over the seeds.
    pub score: [f64; 3],
    /// Median, lowest and highest excess divergence over the seeds.
    pub excess: [f64; 3],
    /// Median, lowest and highest unexplained share of the score over the seeds.
    pub unexplained: [f64; 3],
    /// Median training time, seconds.
    pub train_seconds: f64,
}
