//! Distribution of one parameter.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::design::check_value;
use crate::error::{Error, Result};
use crate::format::exact;
use crate::trace::{Parameter, Stream};

/// Draws of a truncated normal after which the truncation is an error.
const MAX_DRAWS: usize = 10_000;
/// Number of standard deviations that hold nearly all draws of a normal.
const NEARLY_ALL: f64 = 3.0;

/// Distribution of one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Marginal {
    /// Uniform.
    Flat {
        /// Lower edge.
        low: f64,
        /// Upper edge; equal to the lower edge for a parameter that is held fixed.
        high: f64,
    },
    /// Normal, truncated to the range in which the simulator is defined.
    Normal {
        /// Mean, before the truncation.
        mean: f64,
        /// Standard deviation, before the truncation; 0 holds the parameter fixed.
        sd: f64,
    },
}

impl Marginal {
    /// Creates the distribution of a parameter that is held fixed.
    pub fn fixed(value: f64) -> Self {
        Self::Flat {
            low: value,
            high: value,
        }
    }

    /// Returns the lower and the upper edge of a uniform distribution.
    pub(super) fn edges(self) -> Option<(f64, f64)> {
        match self {
            Self::Flat { low, high } => Some((low, high)),
            Self::Normal { .. } => None,
        }
    }

    /// Returns the mean and the standard deviation of a normal distribution.
    pub(super) fn moments(self) -> Option<(f64, f64)> {
        match self {
            Self::Normal { mean, sd } => Some((mean, sd)),
            Self::Flat { .. } => None,
        }
    }

    pub(super) fn check(self, parameter: &Parameter) -> Result<()> {
        match self {
            Self::Flat { low, high } => {
                check_value("the lower edge of the prior box", low, parameter)?;
                check_value("the upper edge of the prior box", high, parameter)?;
                match low <= high {
                    true => Ok(()),
                    false => Err(Error::usage(format!(
                        "the prior box of `{}` goes from {low} down to {high}: give the lower edge first",
                        parameter.name,
                        low = exact(low),
                        high = exact(high)
                    ))),
                }
            }
            Self::Normal { mean, sd } => {
                check_value("the mean of the prior", mean, parameter)?;
                match sd.is_finite() && sd >= 0.0 {
                    true => Ok(()),
                    false => Err(Error::usage(format!(
                        "the prior of `{}` has the standard deviation {sd}: give a positive number, or 0 to hold the parameter fixed",
                        parameter.name,
                        sd = exact(sd)
                    ))),
                }
            }
        }
    }

    pub(super) fn contains(self, value: f64) -> bool {
        match self {
            Self::Flat { low, high } => (low..=high).contains(&value),
            Self::Normal { mean, sd } => sd > 0.0 || value == mean,
        }
    }

    /// Interval that holds nearly all draws.
    pub(super) fn bulk(self) -> (f64, f64) {
        match self {
            Self::Flat { low, high } => (low, high),
            Self::Normal { mean, sd } => (mean - NEARLY_ALL * sd, mean + NEARLY_ALL * sd),
        }
    }

    pub(super) fn draw(self, parameter: &Parameter, rng: &mut Stream) -> Result<f64> {
        match self {
            // The product may be rounded up to the edge and beyond.
            Self::Flat { low, high } => Ok((low + (high - low) * rng.random::<f64>()).min(high)),
            Self::Normal { mean, sd } => truncated_normal(mean, sd, parameter, rng),
        }
    }

    /// ln of the density up to a constant, at a value that it contains.
    pub(super) fn log_density(self, value: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } if sd > 0.0 => -0.5 * ((value - mean) / sd).powi(2),
            Self::Normal { .. } | Self::Flat { .. } => 0.0,
        }
    }

    /// Quantile of the probability `share`.
    pub(super) fn quantile(self, share: f64, parameter: &Parameter) -> Result<f64> {
        match self {
            Self::Flat { low, high } => Ok((low + (high - low) * share).min(high)),
            Self::Normal { mean, sd: 0.0 } => Ok(mean),
            Self::Normal { mean, sd } => truncated_normal_quantile(mean, sd, share, parameter),
        }
    }
}

fn truncated_normal(mean: f64, sd: f64, parameter: &Parameter, rng: &mut Stream) -> Result<f64> {
    let (low, high) = parameter.range;
    for _ in 0..MAX_DRAWS {
        let value = mean + sd * rng.sample::<f64, _>(StandardNormal);
        if (low..=high).contains(&value) {
            return Ok(value);
        }
    }
    Err(Error::usage(format!(
        "{MAX_DRAWS} draws of `{}` from a normal of mean {mean} and standard deviation {sd} all lie outside {low} to \
         {high}, where the simulator is defined: choose a narrower prior",
        parameter.name
    )))
}

fn truncated_normal_quantile(mean: f64, sd: f64, share: f64, parameter: &Parameter) -> Result<f64> {
    let (low, high) = parameter.range;
    let normal = Normal::new(mean, sd).map_err(|error| Error::usage(error.to_string()))?;
    let [below, above] = [low, high].map(|edge| normal.cdf(edge));
    if above - below <= 0.0 {
        return Err(Error::usage(format!(
            "a normal of mean {mean} and standard deviation {sd} has no probability from {low} to {high}, where `{}` is \
             defined: choose a wider prior, or another mean",
            parameter.name
        )));
    }
    Ok(normal.inverse_cdf(below + (above - below) * share).clamp(low, high))
}

impl std::fmt::Display for Marginal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flat { low, high } => write!(f, "uniform from {} to {}", exact(*low), exact(*high)),
            Self::Normal { mean, sd } => {
                write!(
                    f,
                    "normal with mean {} and standard deviation {}",
                    exact(*mean),
                    exact(*sd)
                )
            }
        }
    }
}
