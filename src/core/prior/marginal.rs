//! Distribution of one parameter.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::error::{Error, Result};
use crate::format::exact;
use crate::gold::check_value;
use crate::trace::{Parameter, Stream};

/// Draws of a truncated normal after which the truncation is an error.
const MAX_DRAWS: usize = 10_000;
/// Smallest probability in the range of a parameter that can be drawn from.
const POSSIBLE: f64 = 1e-12;

/// Distribution of one parameter, truncated to the range in which the simulator is defined.
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
    /// Normal.
    Normal {
        /// Mean, before the truncation.
        mean: f64,
        /// Standard deviation, before the truncation; 0 holds the parameter fixed.
        sd: f64,
    },
    /// Log-normal: ln θ is normal.
    LogNormal {
        /// Mean of ln θ, before the truncation.
        location: f64,
        /// Standard deviation of ln θ, before the truncation.
        scale: f64,
    },
    /// Log-uniform: ln θ is uniform.
    LogUniform {
        /// Lower edge, positive.
        low: f64,
        /// Upper edge.
        high: f64,
    },
    /// A normal between two edges.
    TruncatedNormal {
        /// Mean, before the truncation.
        mean: f64,
        /// Standard deviation, before the truncation.
        sd: f64,
        /// Lower edge.
        low: f64,
        /// Upper edge.
        high: f64,
    },
}

/// Law of θ or ln θ.
#[derive(Debug, Clone, Copy)]
enum Law {
    Fixed(f64),
    Uniform(f64, f64),
    Normal(f64, f64),
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
            _ => None,
        }
    }

    /// Returns the mean and the standard deviation of a normal distribution.
    pub(super) fn moments(self) -> Option<(f64, f64)> {
        match self {
            Self::Normal { mean, sd } => Some((mean, sd)),
            _ => None,
        }
    }

    /// Returns true if ln θ has the law, and not θ.
    pub(super) fn is_logarithmic(self) -> bool {
        matches!(self, Self::LogNormal { .. } | Self::LogUniform { .. })
    }

    /// Value of the parameter if it is held fixed.
    pub(super) fn held(self) -> Option<f64> {
        match self.law() {
            Law::Fixed(value) => Some(value),
            _ => None,
        }
    }

    fn law(self) -> Law {
        match self {
            Self::Flat { low, high } if low == high => Law::Fixed(low),
            Self::Flat { low, high } => Law::Uniform(low, high),
            Self::Normal { mean, sd: 0.0 } => Law::Fixed(mean),
            Self::Normal { mean, sd } | Self::TruncatedNormal { mean, sd, .. } => Law::Normal(mean, sd),
            Self::LogNormal { location, scale } => Law::Normal(location, scale),
            Self::LogUniform { low, high } => Law::Uniform(low.ln(), high.ln()),
        }
    }

    /// Mean and standard deviation of θ, or of ln θ where that has the law, before a truncation; the deviation is 1 for a value that is held
    /// fixed.
    pub(super) fn natural_moments(self) -> (f64, f64) {
        match self.law() {
            Law::Fixed(value) => (value, 1.0),
            Law::Uniform(low, high) => (0.5 * (low + high), (high - low) / 12.0_f64.sqrt()),
            Law::Normal(mean, sd) => (mean, sd),
        }
    }

    /// θ or ln θ, which has the law.
    fn natural(self, value: f64) -> f64 {
        if self.is_logarithmic() { value.ln() } else { value }
    }

    fn parameter(self, natural: f64) -> f64 {
        if self.is_logarithmic() { natural.exp() } else { natural }
    }

    /// Interval of the support, in which the law is truncated.
    pub(super) fn support(self, range: (f64, f64)) -> (f64, f64) {
        let own = match self {
            Self::Flat { low, high } | Self::LogUniform { low, high } | Self::TruncatedNormal { low, high, .. } => {
                (low, high)
            }
            Self::LogNormal { .. } => (0.0, f64::INFINITY),
            Self::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
        };
        (own.0.max(range.0), own.1.min(range.1))
    }

    pub(super) fn check(self, parameter: &Parameter) -> Result<()> {
        let name = &parameter.name;
        let positive = |what: &str, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "the prior of `{name}` has {what} {}: give a positive number",
                exact(value)
            ))),
        };
        let ascending = |what: &str, low: f64, high: f64| match low <= high {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "the {what} of `{name}` goes from {} down to {}: give the lower edge first",
                exact(low),
                exact(high)
            ))),
        };
        match self {
            Self::Flat { low, high } => {
                check_value("the lower edge of the prior box", low, parameter)?;
                check_value("the upper edge of the prior box", high, parameter)?;
                ascending("prior box", low, high)
            }
            Self::Normal { mean, sd } => {
                check_value("the mean of the prior", mean, parameter)?;
                match sd.is_finite() && sd >= 0.0 {
                    true => Ok(()),
                    false => Err(Error::usage(format!(
                        "the prior of `{name}` has the standard deviation {sd}: give a positive number, or 0 to hold the parameter fixed",
                        sd = exact(sd)
                    ))),
                }
            }
            Self::LogNormal { location, scale } => {
                positive("the standard deviation of its logarithm", scale)?;
                check_value("the median of the prior", location.exp(), parameter)
            }
            Self::LogUniform { low, high } => {
                positive("the lower edge", low)?;
                check_value("the lower edge of the prior", low, parameter)?;
                check_value("the upper edge of the prior", high, parameter)?;
                ascending("prior", low, high)
            }
            Self::TruncatedNormal { sd, low, high, .. } => {
                positive("the standard deviation", sd)?;
                check_value("the lower edge of the prior", low, parameter)?;
                check_value("the upper edge of the prior", high, parameter)?;
                ascending("prior", low, high)
            }
        }?;
        self.possible_shares(parameter).map(|_| ())
    }

    /// Interval that reaches this number of standard deviations from the middle of a normal, of θ or ln θ.
    pub(super) fn extent(self, deviations: f64) -> (f64, f64) {
        let (low, high) = match self.law() {
            Law::Fixed(value) => return (value, value),
            Law::Uniform(low, high) => (low, high),
            Law::Normal(mean, sd) => (mean - deviations * sd, mean + deviations * sd),
        };
        let (from, to) = self.support((f64::NEG_INFINITY, f64::INFINITY));
        (self.parameter(low).max(from), self.parameter(high).min(to))
    }

    pub(super) fn draw(self, parameter: &Parameter, rng: &mut Stream) -> Result<f64> {
        match self {
            // The product may be rounded up to the edge and beyond.
            Self::Flat { low, high } => Ok((low + (high - low) * rng.random::<f64>()).min(high)),
            Self::Normal { mean, sd } => truncated_normal(mean, sd, parameter, rng),
            _ => self.quantile(rng.random(), parameter),
        }
    }

    /// ln of the density at a value; −∞ where it is impossible.
    pub(super) fn log_density(self, value: f64, range: (f64, f64)) -> f64 {
        let (low, high) = self.support(range);
        let [below, above] = self.shares((low, high));
        let possible = (low..=high).contains(&value) && self.held().is_none_or(|held| held == value);
        if !possible || above - below <= POSSIBLE {
            return f64::NEG_INFINITY;
        }
        let y = self.natural(value);
        let log = match self.law() {
            Law::Fixed(_) => return 0.0,
            Law::Uniform(low, high) => -(high - low).ln(),
            Law::Normal(mean, sd) => -0.5 * (((y - mean) / sd).powi(2) + std::f64::consts::TAU.ln()) - sd.ln(),
        };
        let jacobian = if self.is_logarithmic() { y } else { 0.0 };
        log - jacobian - (above - below).ln()
    }

    /// Derivative of [`log_density`](Self::log_density) by the value.
    pub(super) fn slope(self, value: f64) -> f64 {
        let y = self.natural(value);
        let of_law = match self.law() {
            Law::Normal(mean, sd) => (mean - y) / (sd * sd),
            Law::Fixed(_) | Law::Uniform(..) => 0.0,
        };
        if self.is_logarithmic() {
            (of_law - 1.0) / value
        } else {
            of_law
        }
    }

    /// Quantile of the probability `share`.
    pub(super) fn quantile(self, share: f64, parameter: &Parameter) -> Result<f64> {
        let [below, above] = self.possible_shares(parameter)?;
        let (low, high) = self.support(parameter.range);
        let share = below + (above - below) * share;
        let y = match self.law() {
            Law::Fixed(value) => return Ok(value),
            Law::Uniform(low, high) => low + (high - low) * share,
            Law::Normal(mean, sd) => normal(mean, sd)?.inverse_cdf(share),
        };
        // Rounding may lead beyond an edge.
        Ok(self.parameter(y).clamp(low, high))
    }

    /// Probabilities below the edges of the support.
    fn shares(self, (low, high): (f64, f64)) -> [f64; 2] {
        match self.law() {
            Law::Fixed(value) => [0.0, f64::from(u8::from((low..=high).contains(&value)))],
            Law::Uniform(from, to) => {
                [low, high].map(|edge| ((self.natural(edge) - from) / (to - from)).clamp(0.0, 1.0))
            }
            Law::Normal(mean, sd) => {
                let below = |edge| normal(mean, sd).map_or(0.0, |normal| normal.cdf(self.natural(edge)));
                [below(low), below(high)]
            }
        }
    }

    /// [`shares`](Self::shares) within the range of a parameter.
    fn possible_shares(self, parameter: &Parameter) -> Result<[f64; 2]> {
        let shares = self.shares(self.support(parameter.range));
        match shares[1] - shares[0] > POSSIBLE {
            true => Ok(shares),
            false => Err(Error::usage(format!(
                "the prior of `{}`, {self}, has no probability from {} to {}, where the simulator is defined: choose a wider prior, or another \
                 centre",
                parameter.name,
                exact(parameter.range.0),
                exact(parameter.range.1)
            ))),
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

fn normal(mean: f64, sd: f64) -> Result<Normal> {
    Normal::new(mean, sd).map_err(|error| Error::usage(error.to_string()))
}

impl std::fmt::Display for Marginal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b] = match *self {
            Self::Flat { low, high } | Self::LogUniform { low, high } => [low, high],
            Self::Normal { mean, sd } | Self::TruncatedNormal { mean, sd, .. } => [mean, sd],
            Self::LogNormal { location, scale } => [location, scale],
        }
        .map(exact);
        match self {
            Self::Flat { .. } => write!(f, "uniform from {a} to {b}"),
            Self::LogUniform { .. } => write!(f, "log-uniform from {a} to {b}"),
            Self::Normal { .. } => write!(f, "normal with mean {a} and standard deviation {b}"),
            Self::LogNormal { .. } => write!(f, "log-normal, its logarithm with mean {a} and standard deviation {b}"),
            Self::TruncatedNormal { low, high, .. } => write!(
                f,
                "normal with mean {a} and standard deviation {b}, from {} to {}",
                exact(*low),
                exact(*high)
            ),
        }
    }
}
