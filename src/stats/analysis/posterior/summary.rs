//! Marginal posteriors in numbers.

use serde::Serialize;

use crate::inference::Marginal;

/// The marginal posterior of one parameter.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ParameterSummary {
    /// Name of the parameter.
    pub name: String,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub standard_deviation: f64,
    /// Relative reduction of the prior's variance by the data.
    pub contraction: f64,
    /// Quantiles at 2.5 %, 50 % and 97.5 %.
    pub quantiles: Quantiles,
    /// Monte Carlo error of the mean, and convergence, of posteriors by chains.
    #[serde(flatten)]
    pub convergence: Option<ConvergenceOfParameter>,
    /// Range of the prior.
    #[serde(skip)]
    pub range: (f64, f64),
}

/// Quantiles of a marginal posterior.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Quantiles {
    /// Quantile at 2.5 %.
    #[serde(rename = "0.025")]
    pub lower: f64,
    /// The median.
    #[serde(rename = "0.5")]
    pub median: f64,
    /// Quantile at 97.5 %.
    #[serde(rename = "0.975")]
    pub upper: f64,
}

/// Convergence of chains in one parameter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ConvergenceOfParameter {
    /// Monte Carlo error of the mean.
    pub monte_carlo_error: f64,
    /// R̂, 1 for chains that agree.
    pub r_hat: f64,
    /// Effective number of draws for the bulk of the posterior.
    pub bulk_ess: f64,
    /// Effective number of draws for its tails.
    pub tail_ess: f64,
}

impl ParameterSummary {
    /// Summarises a marginal posterior under a uniform prior in `range`.
    pub(in super::super) fn new(name: &str, marginal: &Marginal, range: (f64, f64)) -> Self {
        let (sd, prior) = (marginal.standard_deviation(), (range.1 - range.0) / 12.0f64.sqrt());
        Self {
            name: name.into(),
            mean: marginal.mean(),
            standard_deviation: sd,
            contraction: 1.0 - (sd / prior).powi(2),
            quantiles: Quantiles {
                lower: marginal.quantile(0.025),
                median: marginal.quantile(0.5),
                upper: marginal.quantile(0.975),
            },
            convergence: None,
            range,
        }
    }
}
