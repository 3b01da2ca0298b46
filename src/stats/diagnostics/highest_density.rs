//! Ranks of true hypotheses in their posterior, by importance sampling, for any number of parameters.

use motherlode_core::error::Result;
use motherlode_core::gold::Prior;
use motherlode_core::mean::effective_sample_size;
use motherlode_core::trace::{Parameter, Stream};
use nalgebra::{DMatrix, DVector};
use ndarray::{ArrayView2, Axis, Slice};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Draws of a stage that looks at a part of the events.
const FEW_DRAWS: usize = 64;
/// Draws of a stage that looks at all of them.
const DRAWS: usize = 96;
/// Stages that look at all events, at the most.
const STAGES: usize = 10;
/// Effective draws with which no further stage is needed.
const ENOUGH: f64 = 48.0;
/// Effective draws without which a rank is not known.
const FEWEST: f64 = 30.0;
/// Effective draws that a normal is fitted to, and as many for each parameter.
const FITTED: (f64, f64) = (12.0, 4.0);
/// Factor on the standard deviations of the fitted normal: a proposal must be wider than what it stands for.
const WIDER: f64 = 1.3;
/// Share of the off-diagonal covariance that a fit to few draws keeps.
const KEPT: f64 = 0.9;
/// Draws of a proposal that may fall outside the prior in a row.
const RETRIES: usize = 200;

/// ln p(x|θ) of a whole data set at several hypotheses, up to a constant of the data set.
pub type LogLikelihoodSums<'a> = dyn Fn(ArrayView2<f64>, &[Vec<f64>]) -> Result<Vec<f64>> + 'a;

/// Posteriors of an estimator over a prior, which true hypotheses are ranked in.
///
/// The posterior is sampled in stages: points of the prior first, then a normal that is fitted to them and widened. Each stage looks at
/// more events than the one before, so that a narrow posterior is approached with little work. The draws of the last stage are weighted by
/// posterior over proposal and normalised by their sum.
pub struct HighestDensity<'a> {
    prior: &'a Prior,
    parameters: &'a [Parameter],
    log_likelihood: &'a LogLikelihoodSums<'a>,
}

impl std::fmt::Debug for HighestDensity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HighestDensity").field("prior", self.prior).finish()
    }
}

/// Rank of a true hypothesis in its posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct HighestDensityRank {
    /// Posterior mass of hypotheses that are denser than the truth: uniform for the exact posterior.
    pub rank: f64,
    /// Posterior mass below the truth in each parameter, `[p]`: uniform for the exact posterior.
    pub of_parameters: Vec<f64>,
    /// Effective number of draws.
    pub effective: f64,
}

impl HighestDensityRank {
    /// Returns true if there are enough effective draws to know the rank.
    pub fn is_resolved(&self) -> bool {
        self.effective >= FEWEST
    }
}

impl<'a> HighestDensity<'a> {
    /// Posteriors over `prior`; none if it is a list of chosen points, which has no density.
    pub fn new(
        prior: &'a Prior,
        parameters: &'a [Parameter],
        log_likelihood: &'a LogLikelihoodSums<'a>,
    ) -> Option<Self> {
        let prior = match prior {
            Prior::Points { drawn_from, .. } => drawn_from.as_deref()?,
            prior => prior,
        };
        prior.is_independent().then_some(Self {
            prior,
            parameters,
            log_likelihood,
        })
    }

    /// Draws a hypothesis of the prior.
    ///
    /// # Errors
    /// As [`Prior::draw`].
    pub fn draw(&self, rng: &mut Stream) -> Result<Vec<f64>> {
        let mut theta = vec![0.0; self.parameters.len()];
        self.prior.draw(self.parameters, rng, &mut theta)?;
        Ok(theta)
    }

    /// Ranks `truth` in the posterior of the data set `x`.
    ///
    /// # Errors
    /// If the likelihood cannot be evaluated, or the prior not be drawn from.
    pub fn rank(&self, x: ArrayView2<f64>, truth: &[f64], rng: &mut Stream) -> Result<HighestDensityRank> {
        let mut proposal: Option<Normal> = None;
        let mut best: Option<(Weighted, f64)> = None;
        for (events, draws) in stages(x.nrows()) {
            let mut thetas = match &proposal {
                None => self.of_prior(draws, rng)?,
                Some(normal) => self.of_proposal(normal, draws, rng),
            };
            thetas.push(truth.to_vec());
            let mut log_posterior = self.log_posterior(x.slice_axis(Axis(0), Slice::from(..events)), &thetas)?;
            let at_truth = log_posterior.pop().unwrap_or(f64::NEG_INFINITY);
            thetas.pop();
            let weighted = self.weighted(thetas, log_posterior, proposal.as_ref());
            proposal = weighted.fitted().or(proposal);
            let effective = weighted.effective();
            if events == x.nrows() && best.as_ref().is_none_or(|(other, _)| effective > other.effective()) {
                best = Some((weighted, at_truth));
            }
            if best.as_ref().is_some_and(|(best, _)| best.effective() >= ENOUGH) {
                break;
            }
        }
        Ok(best.map_or_else(
            || unresolved(truth.len()),
            |(weighted, at_truth)| weighted.rank(truth, at_truth),
        ))
    }

    /// Points that fill the prior evenly.
    fn of_prior(&self, n: usize, rng: &mut Stream) -> Result<Vec<Vec<f64>>> {
        let shares = Prior::spread(self.parameters.len(), n, rng);
        let at = |shares: &Vec<f64>| self.prior.at(self.parameters, shares);
        shares.iter().map(at).collect()
    }

    /// Draws of the proposal, cut off where the prior ends; what that cuts off is a constant factor, which weights do not need.
    fn of_proposal(&self, normal: &Normal, n: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let inside = |theta: &Vec<f64>| self.log_prior(theta) > f64::NEG_INFINITY;
        let draw = |_| {
            let mut drawn = (0..RETRIES).map(|_| normal.draw(rng));
            drawn.find(inside).unwrap_or_else(|| normal.mean.as_slice().to_vec())
        };
        (0..n).map(draw).collect()
    }

    fn log_prior(&self, theta: &[f64]) -> f64 {
        self.prior.log_density(self.parameters, theta)
    }

    fn log_posterior(&self, x: ArrayView2<f64>, thetas: &[Vec<f64>]) -> Result<Vec<f64>> {
        let sums = (self.log_likelihood)(x, thetas)?;
        let with_prior = |(sum, theta): (f64, &Vec<f64>)| {
            let log = sum + self.log_prior(theta);
            if log.is_nan() { f64::NEG_INFINITY } else { log }
        };
        Ok(sums.into_iter().zip(thetas).map(with_prior).collect())
    }

    fn weighted(&self, thetas: Vec<Vec<f64>>, log_posterior: Vec<f64>, proposal: Option<&Normal>) -> Weighted {
        let log_weights = thetas.iter().zip(&log_posterior).map(|(theta, log_posterior)| {
            log_posterior - proposal.map_or_else(|| self.log_prior(theta), |normal| normal.log_density(theta))
        });
        Weighted {
            log_weights: log_weights.collect(),
            thetas,
            log_posterior,
        }
    }
}

fn unresolved(n_parameters: usize) -> HighestDensityRank {
    HighestDensityRank {
        rank: f64::NAN,
        of_parameters: vec![f64::NAN; n_parameters],
        effective: 0.0,
    }
}

/// Number of events and of draws of each stage.
fn stages(n_events: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = [16, 4].map(|part| n_events.div_ceil(part));
    let parts = parts
        .into_iter()
        .filter(move |&events| events < n_events && n_events >= 16);
    parts
        .map(|events| (events, FEW_DRAWS))
        .chain((0..STAGES).map(move |_| (n_events, DRAWS)))
}

/// Draws with their weights.
struct Weighted {
    thetas: Vec<Vec<f64>>,
    log_posterior: Vec<f64>,
    log_weights: Vec<f64>,
}

impl Weighted {
    /// Weights to the power of `temper`, of sum 1; all zero if none is possible.
    fn weights(&self, temper: f64) -> Vec<f64> {
        let largest = self.log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() {
            return vec![0.0; self.log_weights.len()];
        }
        let weights: Vec<f64> = self
            .log_weights
            .iter()
            .map(|log| (temper * (log - largest)).exp())
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    fn effective(&self) -> f64 {
        let effective = effective_sample_size(self.weights(1.0));
        if effective.is_nan() { 0.0 } else { effective }
    }

    /// A normal fitted to the draws. Where few of them carry all the weight, weights are evened out first until enough do.
    fn fitted(&self) -> Option<Normal> {
        let p = self.thetas.first()?.len();
        let needed = (FITTED.0.max(FITTED.1 * p as f64)).min(0.5 * self.thetas.len() as f64);
        let enough = |temper: &f64| effective_sample_size(self.weights(*temper)) >= needed;
        let halved = std::iter::successors(Some(1.0), |temper| Some(0.8 * temper)).take(80);
        let temper = { halved }.find(enough)?;
        Normal::fit(&self.thetas, &self.weights(temper))
    }

    fn rank(&self, truth: &[f64], at_truth: f64) -> HighestDensityRank {
        let weights = self.weights(1.0);
        let denser = weights.iter().zip(&self.log_posterior);
        let below = |k: usize| {
            let drawn = weights.iter().zip(&self.thetas);
            drawn.filter(|(_, theta)| theta[k] < truth[k]).map(|(w, _)| w).sum()
        };
        HighestDensityRank {
            rank: denser.filter(|(_, log)| **log > at_truth).map(|(w, _)| w).sum(),
            of_parameters: (0..truth.len()).map(below).collect(),
            effective: self.effective(),
        }
    }
}

/// A normal of the parameters that vary; the others have their one value.
struct Normal {
    mean: DVector<f64>,
    /// Parameters that vary.
    free: Vec<usize>,
    /// Lower triangle, of the free parameters.
    root: DMatrix<f64>,
}

impl Normal {
    /// The normal with the moments of weighted points, widened; none if they do not spread.
    fn fit(thetas: &[Vec<f64>], weights: &[f64]) -> Option<Self> {
        let p = thetas.first()?.len();
        let moment = |of: &dyn Fn(&[f64]) -> f64| thetas.iter().zip(weights).map(|(t, w)| w * of(t)).sum::<f64>();
        let varies = |&k: &usize| thetas.iter().any(|theta| theta[k] != thetas[0][k]);
        let free: Vec<usize> = (0..p).filter(varies).collect();
        // A weighted mean of one value may differ from it by rounding, and then lies outside of the prior.
        let mean = DVector::from_fn(p, |k, _| match free.contains(&k) {
            true => moment(&|theta| theta[k]),
            false => thetas[0][k],
        });
        let covariance = |i: usize, j: usize| moment(&|theta| (theta[i] - mean[i]) * (theta[j] - mean[j]));
        let wide = DMatrix::from_fn(free.len(), free.len(), |i, j| {
            let kept = if i == j { 1.0 } else { KEPT };
            WIDER * WIDER * kept * covariance(free[i], free[j])
        });
        let root = wide.cholesky()?.l();
        Some(Self { mean, free, root })
    }

    fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let normal = DVector::from_fn(self.free.len(), |_, _| rng.sample::<f64, _>(StandardNormal));
        let step = &self.root * normal;
        let mut theta = self.mean.as_slice().to_vec();
        self.free
            .iter()
            .zip(step.iter())
            .for_each(|(&k, step)| theta[k] += step);
        theta
    }

    /// ln of the density, up to a constant.
    fn log_density(&self, theta: &[f64]) -> f64 {
        let apart = DVector::from_iterator(self.free.len(), self.free.iter().map(|&k| theta[k] - self.mean[k]));
        let scaled = self.root.solve_lower_triangular(&apart);
        scaled.map_or(f64::NEG_INFINITY, |scaled| -0.5 * scaled.norm_squared())
    }
}

#[cfg(test)]
mod tests;
