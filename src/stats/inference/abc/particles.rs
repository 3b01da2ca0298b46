//! Hypotheses with weights: what stands for a posterior.

use ndarray::{Array1, Array2};

use super::super::Marginal;
use super::comparison::Attempt;

/// Hypotheses whose data sets are closer than a tolerance to the observed one, weighted to stand for the posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct Particles {
    /// θ, `[k, p]`.
    pub theta: Array2<f64>,
    /// Their weights, `[k]`, which sum to 1.
    pub weights: Array1<f64>,
    /// The summary statistics of their data sets, `[k, q]`.
    pub statistics: Array2<f64>,
    /// Distances of these from the observed statistics, `[k]`.
    pub distances: Array1<f64>,
    /// The largest distance that was accepted; infinite, if all were.
    pub tolerance: f64,
    /// Data sets that were simulated.
    pub simulations: usize,
    /// Tolerances on the way, and the share of the data sets within each.
    pub rounds: Vec<(f64, f64)>,
}

impl Particles {
    /// All with equal weights.
    pub(super) fn new(kept: &[Attempt], parameters: usize, tolerance: f64, simulations: usize) -> Self {
        let k = kept.len();
        let q = kept.first().map_or(0, |tried| tried.statistics.len());
        Self {
            theta: Array2::from_shape_fn((k, parameters), |(i, j)| kept[i].theta[j]),
            weights: Array1::from_elem(k, 1.0 / k as f64),
            statistics: Array2::from_shape_fn((k, q), |(i, j)| kept[i].statistics[j]),
            distances: kept.iter().map(|tried| tried.distance).collect(),
            tolerance,
            simulations,
            rounds: Vec::new(),
        }
    }

    /// Sets the weights e^log, `[k]`, normalised to the sum 1.
    pub(super) fn with_log_weights(mut self, log: Array1<f64>) -> Self {
        let largest = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = log.mapv(|log| (log - largest).exp());
        self.weights = &weights / weights.sum();
        self
    }

    /// The weighted distribution of parameter `k`.
    pub fn marginal(&self, k: usize) -> Marginal {
        Marginal::from_weighted_draws(self.theta.column(k).iter().copied().zip(self.weights.iter().copied()))
    }

    /// Effective sample size, 1/Σw².
    pub fn effective_size(&self) -> f64 {
        self.weights.dot(&self.weights).recip()
    }
}
