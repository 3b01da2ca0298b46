//! Posterior of θ given a path, integrated at points that move to where it is.

use statrs::distribution::{ContinuousCDF, Normal};

use super::{PRIOR_POINTS, Relabeler, unusable_memory};
use crate::error::Result;
use crate::gold::Prior;
use crate::gold::hypotheses::PathDensity;
use crate::importance::{NormalProposal, WeightedPoints, n_effective, normalized};
use crate::mean::log_mean_exp;
use crate::trace::Stream;

/// Effective number of points that integrates a posterior.
const ENOUGH: f64 = 8.0;
/// Moves after which the integration is given up.
const MOST_MOVES: usize = 24;

/// Points of the prior: the shares of the prior below them, and the same as parameters, both `[n][p]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Points {
    pub shares: Vec<Vec<f64>>,
    pub theta: Vec<Vec<f64>>,
}

/// Posterior of θ given a path, as weighted points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PathPosterior {
    /// ln E_π[q(x,z|θ)].
    pub log_prior: f64,
    /// Points that moved; none where those of the prior are enough.
    pub moved: Option<Points>,
    /// ln of q(x,z|θ) π(θ) over the density of the points, `[n]`.
    pub log_weights: Vec<f64>,
}

/// Mean and variance of a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub mean: f64,
    pub variance: f64,
}

impl PathPosterior {
    fn new(moved: Option<Points>, log_weights: Vec<f64>) -> Self {
        Self {
            log_prior: log_mean_exp(&log_weights),
            moved,
            log_weights,
        }
    }

    /// Returns true if enough points count for the integral to be known.
    pub fn is_integrated(&self) -> bool {
        n_effective(&self.log_weights) >= ENOUGH
    }

    /// Mean and variance of each share, `[p]`; none for a path that is impossible at all points. `prior` are the points that may have moved.
    pub fn moments(&self, prior: &Points) -> Option<Vec<Moments>> {
        if !self.log_prior.is_finite() {
            return None;
        }
        let shares = &self.moved.as_ref().unwrap_or(prior).shares;
        let weights = normalized(&self.log_weights);
        let mean_of = |of: &dyn Fn(&[f64]) -> f64| -> f64 { shares.iter().zip(&weights).map(|(u, w)| w * of(u)).sum() };
        // Between points that do not integrate it, a posterior may be anywhere.
        let unknown = if self.is_integrated() {
            0.0
        } else {
            (PRIOR_POINTS as f64).powi(-2)
        };
        let of_share = |j: usize| {
            let mean = mean_of(&|u| u[j]);
            let variance = mean_of(&|u| (u[j] - mean).powi(2)) + unknown;
            Moments { mean, variance }
        };
        Some((0..shares.first()?.len()).map(of_share).collect())
    }
}

impl Moments {
    /// Moments of a mixture, each part with its weight; none without parts.
    pub fn mixed(parts: &[(f64, Self)]) -> Option<Self> {
        let total: f64 = parts.iter().map(|(share, _)| share).sum();
        let mean_of =
            |of: &dyn Fn(&Self) -> f64| parts.iter().map(|(share, part)| share * of(part)).sum::<f64>() / total;
        let mean = mean_of(&|part| part.mean);
        let variance = mean_of(&|part| part.variance + (part.mean - mean).powi(2));
        (mean + variance).is_finite().then_some(Self { mean, variance })
    }
}

/// Points of a standard normal, `[n][p]`.
pub(super) fn standard_points(n_parameters: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
    let normal = Normal::standard();
    let mut points = Prior::spread(n_parameters, PRIOR_POINTS, rng);
    points.iter_mut().flatten().for_each(|u| *u = normal.inverse_cdf(*u));
    points
}

impl Relabeler<'_> {
    /// Posterior of θ given a path whose ln q(x,z|θ) at the points of the prior are `at_points`, `[n]`.
    ///
    /// Where too few of these points count, others are placed by a normal that is fitted to them, and so on until enough count
    /// (population Monte Carlo: Cappé et al., J. Comput. Graph. Stat. 13, 907).
    pub(super) fn path_posterior(&self, memory: &[f64], at_points: &[f64]) -> Result<PathPosterior> {
        let mut found = PathPosterior::new(None, at_points.to_vec());
        for _ in 0..MOST_MOVES {
            if !found.log_prior.is_finite() || found.is_integrated() {
                break;
            }
            let weighted = WeightedPoints {
                points: found.moved.as_ref().unwrap_or(&self.points).shares.clone(),
                log_weights: found.log_weights.clone(),
            };
            let Some(normal) = weighted.fitted() else { break };
            let next = self.integrated_by(&normal, memory)?;
            if !next.log_prior.is_finite() {
                break;
            }
            found = next;
        }
        Ok(found)
    }

    /// The posterior at points of a normal of shares.
    fn integrated_by(&self, normal: &NormalProposal, memory: &[f64]) -> Result<PathPosterior> {
        let shares: Vec<Vec<f64>> = self.standard.iter().map(|point| normal.at(point)).collect();
        let mut theta = Vec::with_capacity(shares.len());
        let mut log_weights = Vec::with_capacity(shares.len());
        for point in &shares {
            // Outside of the prior there is no probability, whatever its parameters.
            let inside = point.iter().all(|share| (0.0..=1.0).contains(share));
            let within: Vec<f64> = point.iter().map(|share| share.clamp(0.0, 1.0)).collect();
            let at = self.prior.at(&self.parameters, &within)?;
            log_weights.push(match inside {
                true => {
                    let density = PathDensity::at(self.simulator, &at, memory).map_err(unusable_memory)?;
                    density.log_sampling() - normal.log_density(point)
                }
                false => f64::NEG_INFINITY,
            });
            theta.push(at);
        }
        Ok(PathPosterior::new(Some(Points { shares, theta }), log_weights))
    }
}
