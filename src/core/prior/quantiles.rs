//! Points that fill a prior evenly: the unit cube, mapped to the prior.

use rand::RngExt;
use rand::seq::SliceRandom;
use statrs::distribution::{ContinuousCDF, Normal};

use super::Prior;
use crate::error::{Error, Result};
use crate::trace::{Parameter, Stream};

impl Prior {
    /// Latin hypercube of `n` points in the unit cube, `[n][p]`: points that fill the prior evenly, in its own coordinates.
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

    /// `n` points of the prior, which fill it evenly where the unit cube can be mapped to it.
    ///
    /// # Errors
    /// As [`at`](Self::at) and [`draw`](Self::draw).
    pub fn spread_points(&self, parameters: &[Parameter], n: usize, rng: &mut Stream) -> Result<Vec<Vec<f64>>> {
        if self.has_quantiles() {
            let shares = Self::spread(parameters.len(), n, rng);
            return shares.iter().map(|shares| self.at(parameters, shares)).collect();
        }
        let draw = |_| {
            let mut theta = vec![0.0; parameters.len()];
            self.draw(parameters, rng, &mut theta).map(|()| theta)
        };
        (0..n).map(draw).collect()
    }

    /// Returns true if a uniform point of the unit cube can be [mapped](Self::at) to a point of the prior.
    pub fn has_quantiles(&self) -> bool {
        match self {
            Self::Box { .. } | Self::Gaussian { .. } | Self::Independent { .. } | Self::Correlated(_) => true,
            Self::Product { parts } | Self::Mixture { parts, .. } => parts.iter().all(Self::has_quantiles),
            Self::Truncated { .. } | Self::Own(_) | Self::Points { .. } => false,
        }
    }

    /// The point of the prior that belongs to a point of the unit cube, `[p]`: quantiles of the parameters at the probabilities `shares`,
    /// where they are independent.
    ///
    /// # Errors
    /// If the prior has no such map, or no probability in the range of a parameter.
    pub fn at(&self, parameters: &[Parameter], shares: &[f64]) -> Result<Vec<f64>> {
        match self {
            Self::Correlated(normal) => {
                let standard = Normal::standard();
                let z: Vec<f64> = shares
                    .iter()
                    .map(|share| standard.inverse_cdf(inside(*share)))
                    .collect();
                Ok(normal.at(&z))
            }
            Self::Product { parts } => {
                let blocks = self.blocks(parts).map(|(part, block)| {
                    let (parameters, shares) = (parameters.get(block.clone()), shares.get(block));
                    part.at(parameters.unwrap_or_default(), shares.unwrap_or_default())
                });
                Ok(blocks.collect::<Result<Vec<_>>>()?.concat())
            }
            Self::Mixture { weights, parts } => {
                let (part, share) = component(weights, shares.first().copied().unwrap_or(0.5));
                let mut shares = shares.to_vec();
                shares.iter_mut().take(1).for_each(|first| *first = share);
                parts[part].at(parameters, &shares)
            }
            _ => {
                let quantile = |(j, (share, parameter)): (usize, (&f64, &Parameter))| {
                    let marginal = self.marginal(j).ok_or_else(|| {
                        Error::usage(format!(
                            "a prior that fills the unit cube is needed here, and θ is {self}"
                        ))
                    })?;
                    marginal.quantile(*share, parameter)
                };
                shares.iter().zip(parameters).enumerate().map(quantile).collect()
            }
        }
    }
}

/// A probability at which a normal has a quantile.
fn inside(share: f64) -> f64 {
    share.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)
}

/// The component of a mixture in which a share of the probability lies, and the share within it.
pub(super) fn component(weights: &[f64], share: f64) -> (usize, f64) {
    let total: f64 = weights.iter().sum();
    let mut rest = share * total;
    for (part, weight) in weights.iter().enumerate() {
        if rest <= *weight || part + 1 == weights.len() {
            return (part, (rest / weight).clamp(0.0, 1.0));
        }
        rest -= weight;
    }
    (0, share)
}
