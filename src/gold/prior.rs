//! Distributions that hypotheses are drawn from.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::design::{check_length, check_point, check_value};
use crate::error::{Error, Result};
use crate::trace::{Parameter, Stream};

/// How often a truncated normal is drawn before the truncation is called a mistake.
const MAX_DRAWS: usize = 10_000;

/// A distribution of parameters, independent for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prior {
    /// Uniform in a box.
    Box {
        /// Lower and upper edge of each parameter, `[p]`.
        edges: Vec<(f64, f64)>,
    },
    /// Normal, truncated to the range in which the simulator is defined.
    Gaussian {
        /// Means, `[p]`.
        mean: Vec<f64>,
        /// Standard deviations, `[p]`.
        sd: Vec<f64>,
    },
}

impl Prior {
    /// Whether the prior fits a simulator with these parameters: lengths, finite values, allowed ranges.
    ///
    /// # Errors
    /// Names the parameter, the value it was given and the range it needs.
    pub fn check(&self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Prior::Box { edges } => {
                check_length("the prior box", edges.len(), parameters)?;
                edges.iter().zip(parameters).try_for_each(check_edges)
            }
            Prior::Gaussian { mean, sd } => {
                check_point("the mean of the prior", mean, parameters)?;
                check_length("the standard deviation of the prior", sd.len(), parameters)?;
                sd.iter().zip(parameters).try_for_each(check_width)
            }
        }
    }

    /// Whether a point is one that can be drawn.
    pub fn contains(&self, theta: &[f64]) -> bool {
        match self {
            Prior::Box { edges } => edges
                .iter()
                .zip(theta)
                .all(|((low, high), value)| (low..=high).contains(&value)),
            Prior::Gaussian { .. } => true,
        }
    }

    /// Draws a point into `theta`, shape `[p]`.
    ///
    /// A normal that leaves the range of its parameter is drawn again, so what is drawn is the normal truncated to
    /// that range.
    ///
    /// # Errors
    /// If ten thousand draws of a normal all lie outside the range of its parameter.
    pub fn draw(&self, parameters: &[Parameter], rng: &mut Stream, theta: &mut [f64]) -> Result<()> {
        match self {
            Prior::Box { edges } => {
                for (value, &(low, high)) in theta.iter_mut().zip(edges) {
                    // The product may be rounded up to the edge and beyond.
                    *value = (low + (high - low) * rng.random::<f64>()).min(high);
                }
            }
            Prior::Gaussian { mean, sd } => {
                for (i, value) in theta.iter_mut().enumerate() {
                    *value = truncated_normal(mean[i], sd[i], &parameters[i], rng)?;
                }
            }
        }
        Ok(())
    }

    /// ln of its density at `theta`, `[p]`, up to a constant; −∞ where it cannot draw.
    pub fn log_density(&self, parameters: &[Parameter], theta: &[f64]) -> f64 {
        let in_range = |(value, parameter): (&f64, &Parameter)| (parameter.range.0..=parameter.range.1).contains(value);
        if !self.contains(theta) || !theta.iter().zip(parameters).all(in_range) {
            return f64::NEG_INFINITY;
        }
        match self {
            Prior::Box { .. } => 0.0,
            Prior::Gaussian { mean, sd } => {
                let term = |(value, (mean, sd)): (&f64, (&f64, &f64))| -0.5 * ((value - mean) / sd).powi(2);
                theta.iter().zip(mean.iter().zip(sd)).map(term).sum()
            }
        }
    }

    /// `n` points that fill the prior evenly, in its own coordinates, `[n][p]`: a Latin hypercube in the unit cube.
    ///
    /// Every parameter is cut into n strata of equal probability, and each is met once; each point alone is distributed
    /// like the prior. [`at`](Self::at) makes parameters of them.
    pub fn spread(n_parameters: usize, n: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let mut points = vec![vec![0.0; n_parameters]; n];
        let mut strata: Vec<usize> = (0..n).collect();
        for j in 0..n_parameters {
            strata.shuffle(rng);
            for (point, stratum) in points.iter_mut().zip(&strata) {
                point[j] = (*stratum as f64 + rng.random::<f64>()) / n as f64;
            }
        }
        points
    }

    /// The parameters below which, one by one, the prior has the probabilities `shares`, `[p]`.
    ///
    /// # Errors
    /// If the prior has no probability in the range of a parameter.
    pub fn at(&self, parameters: &[Parameter], shares: &[f64]) -> Result<Vec<f64>> {
        let quantile = |(j, share): (usize, &f64)| self.quantile(j, *share, &parameters[j]);
        shares.iter().enumerate().map(quantile).collect()
    }

    /// The value of parameter `j` below which the prior has the probability `share`.
    fn quantile(&self, j: usize, share: f64, parameter: &Parameter) -> Result<f64> {
        match self {
            Prior::Box { edges } => {
                let (low, high) = edges[j];
                Ok((low + (high - low) * share).min(high))
            }
            Prior::Gaussian { mean, sd } if sd[j] == 0.0 => Ok(mean[j]),
            Prior::Gaussian { mean, sd } => truncated_normal_quantile(mean[j], sd[j], share, parameter),
        }
    }
}

fn truncated_normal_quantile(mean: f64, sd: f64, share: f64, parameter: &Parameter) -> Result<f64> {
    let (low, high) = parameter.range;
    let normal = Normal::new(mean, sd).map_err(|error| Error::theta(error.to_string()))?;
    let [below, above] = [low, high].map(|edge| normal.cdf(edge));
    if above - below <= 0.0 {
        return Err(Error::theta(format!(
            "a normal of mean {mean} and standard deviation {sd} has no probability from {low} to {high}, where `{}` is \
             defined: choose a wider prior, or another mean",
            parameter.name
        )));
    }
    Ok(normal.inverse_cdf(below + (above - below) * share).clamp(low, high))
}

fn check_edges((&(low, high), parameter): (&(f64, f64), &Parameter)) -> Result<()> {
    check_value("the lower edge of the prior box", low, parameter)?;
    check_value("the upper edge of the prior box", high, parameter)?;
    if low <= high {
        return Ok(());
    }
    Err(Error::theta(format!(
        "the prior box of `{}` goes from {low} down to {high}: give the lower edge first",
        parameter.name
    )))
}

fn check_width((&sd, parameter): (&f64, &Parameter)) -> Result<()> {
    if sd.is_finite() && sd >= 0.0 {
        return Ok(());
    }
    Err(Error::theta(format!(
        "the prior of `{}` has the standard deviation {sd}: give a positive number, or 0 to hold the parameter fixed",
        parameter.name
    )))
}

fn truncated_normal(mean: f64, sd: f64, parameter: &Parameter, rng: &mut Stream) -> Result<f64> {
    let (low, high) = parameter.range;
    for _ in 0..MAX_DRAWS {
        let value = mean + sd * rng.sample::<f64, _>(StandardNormal);
        if (low..=high).contains(&value) {
            return Ok(value);
        }
    }
    Err(Error::theta(format!(
        "{MAX_DRAWS} draws of `{}` from a normal of mean {mean} and standard deviation {sd} all lie outside {low} to \
         {high}, where the simulator is defined: choose a narrower prior",
        parameter.name
    )))
}

impl std::fmt::Display for Prior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Box { edges } => write!(f, "uniform in the box {edges:?}"),
            Self::Gaussian { mean, sd } => write!(f, "normal with means {mean:?} and standard deviations {sd:?}"),
        }
    }
}
