//! Posterior of θ given a path, integrated at points that move to where it is.

use super::{Relabeler, unusable_memory};
use crate::error::Result;
use crate::gold::hypotheses::{PathDensity, densities};
use crate::importance::{NormalProposal, WeightedPoints, n_effective, normalized};
use crate::mean::log_mean_exp;

/// Points that stand for the prior, for each parameter, and the most.
const POINTS: (usize, usize) = (32, 128);
/// Half of the spacing of numbers that random points are given with.
const HALF_A_DIGIT: f64 = 1.0 / (1 << 25) as f64;
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
    /// Share of the prior that the posterior fills: `E_π[q]²/E_π[q²]`.
    pub share: f64,
}

/// Mean and variance of a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub mean: f64,
    pub variance: f64,
}

impl PathPosterior {
    /// From ln q(x,z|θ), `[n]`, and the weights.
    fn new(moved: Option<Points>, logs: &[f64], log_weights: Vec<f64>) -> Self {
        let log_prior = log_mean_exp(&log_weights);
        let squares: Vec<f64> = logs
            .iter()
            .zip(&log_weights)
            .map(|(log, weight)| log + weight)
            .collect();
        Self {
            share: (2.0 * log_prior - log_mean_exp(&squares)).exp(),
            log_prior,
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
            (shares.len() as f64).powi(-2)
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

/// Points that fill the unit cube evenly, `[n][p]`: the middles of equal parts of a line, scrambled Sobol points in more dimensions (Burley,
/// JCGT 9, no. 4). Their mean is more exact than that of random points, and so are labels.
pub(super) fn even_points(n_parameters: usize, seed: u32) -> Vec<Vec<f64>> {
    let n = POINTS.1.min(POINTS.0 * n_parameters) as u32;
    let coordinate = |i: u32, j: usize| match n_parameters {
        1 => (f64::from(i) + 0.5) / f64::from(n),
        _ => f64::from(sobol_burley::sample(i, j as u32, seed)) + HALF_A_DIGIT,
    };
    (0..n)
        .map(|i| (0..n_parameters).map(|j| coordinate(i, j)).collect())
        .collect()
}

impl Relabeler<'_> {
    /// Posterior of θ given a path whose ln q(x,z|θ) at the points of the prior are `at_points`, `[n]`.
    ///
    /// Where too few of these points count, others are placed by a normal that is fitted to them, and so on until enough count
    /// (population Monte Carlo: Cappé et al., J. Comput. Graph. Stat. 13, 907).
    pub(super) fn path_posterior(&self, memory: &[f64], at_points: &[f64]) -> Result<PathPosterior> {
        let mut found = PathPosterior::new(None, at_points, at_points.to_vec());
        for _ in 0..MOST_MOVES {
            if !found.log_prior.is_finite() || found.is_integrated() {
                break;
            }
            let weighted = WeightedPoints {
                points: found.moved.as_ref().unwrap_or(&self.points).shares.clone(),
                log_weights: found.log_weights.clone(),
            };
            let Some(normal) = weighted.fitted() else { break };
            match self.integrated_by(&normal, memory)? {
                Some(next) if next.log_prior.is_finite() => found = next,
                _ => break,
            }
        }
        Ok(found)
    }

    /// The posterior at points of a normal of shares; none if that is outside of the prior.
    fn integrated_by(&self, normal: &NormalProposal, memory: &[f64]) -> Result<Option<PathPosterior>> {
        let inside = self.even.iter().map(|shares| normal.in_unit_cube(shares));
        let Some((shares, log_densities)) = inside.collect::<Option<(Vec<_>, Vec<_>)>>() else {
            return Ok(None);
        };
        let theta = shares.iter().map(|point| self.prior.at(&self.parameters, point));
        let theta: Vec<Vec<f64>> = theta.collect::<Result<_>>()?;
        let found = densities(self.simulator, &theta, memory).map_err(unusable_memory)?;
        let logs: Vec<f64> = found.into_iter().map(PathDensity::log_sampling).collect();
        let log_weights = logs
            .iter()
            .zip(log_densities)
            .map(|(log, density)| log - density)
            .collect();
        Ok(Some(PathPosterior::new(
            Some(Points { shares, theta }),
            &logs,
            log_weights,
        )))
    }
}
