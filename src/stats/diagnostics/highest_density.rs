//! Ranks of true hypotheses in their posterior, by importance sampling, for any number of parameters.

use motherlode_core::error::Result;
use motherlode_core::gold::Prior;
use motherlode_core::importance::{NormalProposal, WeightedPoints};
use motherlode_core::trace::{Parameter, Stream};
use ndarray::{ArrayView2, Axis, Slice};

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
        let mut proposal: Option<NormalProposal> = None;
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
            proposal = weighted.draws.fitted().or(proposal);
            let effective = weighted.draws.n_effective();
            if events == x.nrows()
                && best
                    .as_ref()
                    .is_none_or(|(other, _)| effective > other.draws.n_effective())
            {
                best = Some((weighted, at_truth));
            }
            if best
                .as_ref()
                .is_some_and(|(best, _)| best.draws.n_effective() >= ENOUGH)
            {
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
    fn of_proposal(&self, normal: &NormalProposal, n: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let inside = |theta: &Vec<f64>| self.log_prior(theta) > f64::NEG_INFINITY;
        let draw = |_| {
            let mut drawn = (0..RETRIES).map(|_| normal.draw(rng));
            drawn.find(inside).unwrap_or_else(|| normal.mean().to_vec())
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

    fn weighted(&self, thetas: Vec<Vec<f64>>, log_posterior: Vec<f64>, proposal: Option<&NormalProposal>) -> Weighted {
        let log_weights = thetas.iter().zip(&log_posterior).map(|(theta, log_posterior)| {
            log_posterior - proposal.map_or_else(|| self.log_prior(theta), |normal| normal.log_density(theta))
        });
        Weighted {
            draws: WeightedPoints {
                log_weights: log_weights.collect(),
                points: thetas,
            },
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

/// Draws with their weights, and ln of their posterior densities.
struct Weighted {
    draws: WeightedPoints,
    log_posterior: Vec<f64>,
}

impl Weighted {
    fn rank(&self, truth: &[f64], at_truth: f64) -> HighestDensityRank {
        let weights = self.draws.weights();
        let denser = weights.iter().zip(&self.log_posterior);
        let below = |k: usize| {
            let drawn = weights.iter().zip(&self.draws.points);
            drawn.filter(|(_, theta)| theta[k] < truth[k]).map(|(w, _)| w).sum()
        };
        HighestDensityRank {
            rank: denser.filter(|(_, log)| **log > at_truth).map(|(w, _)| w).sum(),
            of_parameters: (0..truth.len()).map(below).collect(),
            effective: self.draws.n_effective(),
        }
    }
}

#[cfg(test)]
mod tests;
