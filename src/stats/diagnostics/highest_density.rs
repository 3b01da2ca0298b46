//! Ranks of true hypotheses in their posterior, by importance sampling, for any number of parameters.

use motherlode_core::error::Result;
use motherlode_core::importance::{NormalProposal, WeightedPoints};
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Parameter, Stream};
use ndarray::{ArrayView2, Axis, Slice};
use rand::RngExt;
use rand::seq::SliceRandom;

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
/// Stages that improve the draws of a posterior, by how often their number is doubled, and the effective share with which no further one is
/// needed.
const REFINEMENTS: [usize; 5] = [0, 0, 1, 2, 3];
const ENOUGH_OF_DRAWN: f64 = 0.4;

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
        let prior = prior.density()?;
        Some(Self {
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
        let approached = self.approach(x, truth, rng)?;
        Ok(approached.map_or_else(|| unresolved(truth.len()), |posterior| posterior.rank(truth)))
    }

    /// Draws the posterior of the data set `x` `n` times, with weights, and up to eight times as often where few of them carry the weight;
    /// none if no hypothesis is possible.
    ///
    /// # Errors
    /// As [`rank`](Self::rank).
    pub fn draws(
        &self,
        x: ArrayView2<f64>,
        truth: &[f64],
        n: usize,
        rng: &mut Stream,
    ) -> Result<Option<PosteriorDraws>> {
        let Some(mut best) = self.approach(x, truth, rng)? else {
            return Ok(None);
        };
        let mut proposal = best.draws.fitted();
        for doublings in REFINEMENTS {
            let Some(normal) = &proposal else { break };
            let refined = self.stage(x, truth, (Some(normal), n << doublings), rng)?;
            proposal = refined.draws.fitted().or(proposal);
            if refined.draws.n_effective() > best.draws.n_effective() {
                best = refined;
            }
            if best.draws.n_effective() >= ENOUGH_OF_DRAWN * n as f64 {
                break;
            }
        }
        Ok(Some(best))
    }

    /// The stage with the most effective draws of those that look at all events.
    fn approach(&self, x: ArrayView2<f64>, truth: &[f64], rng: &mut Stream) -> Result<Option<PosteriorDraws>> {
        let mut proposal: Option<NormalProposal> = None;
        let mut best: Option<PosteriorDraws> = None;
        let effective = |of: &Option<PosteriorDraws>| of.as_ref().map_or(-1.0, |of| of.draws.n_effective());
        for (events, draws) in stages(x.nrows()) {
            let part = x.slice_axis(Axis(0), Slice::from(..events));
            let stage = self.stage(part, truth, (proposal.as_ref(), draws), rng)?;
            proposal = stage.draws.fitted().or(proposal);
            if events == x.nrows() && stage.draws.n_effective() > effective(&best) {
                best = Some(stage);
            }
            if effective(&best) >= ENOUGH {
                break;
            }
        }
        Ok(best)
    }

    /// Draws of the prior or of a proposal, weighted by the posterior of `x`.
    fn stage(
        &self,
        x: ArrayView2<f64>,
        truth: &[f64],
        (proposal, n): (Option<&NormalProposal>, usize),
        rng: &mut Stream,
    ) -> Result<PosteriorDraws> {
        let (mut thetas, inside) = match proposal {
            None => (self.prior.spread_points(self.parameters, n, rng)?, 1.0),
            Some(normal) => self.of_proposal(normal, n, rng),
        };
        thetas.push(truth.to_vec());
        let mut log_posterior = self.log_posterior(x, &thetas)?;
        let at_truth = log_posterior.pop().unwrap_or(f64::NEG_INFINITY);
        thetas.pop();
        let log_weight = |(theta, log_posterior): (&Vec<f64>, &f64)| {
            log_posterior - proposal.map_or_else(|| self.log_prior(theta), |normal| normal.log_density(theta))
        };
        let draws = WeightedPoints {
            log_weights: thetas.iter().zip(&log_posterior).map(log_weight).collect(),
            points: thetas,
        };
        Ok(PosteriorDraws {
            log_integral: draws.log_mean() + inside.ln(),
            draws,
            log_posterior,
            at_truth,
        })
    }

    /// Draws of the proposal, cut off where the prior ends, and the share of the proposal that is left.
    fn of_proposal(&self, normal: &NormalProposal, n: usize, rng: &mut Stream) -> (Vec<Vec<f64>>, f64) {
        let inside = |theta: &Vec<f64>| self.log_prior(theta) > f64::NEG_INFINITY;
        let mut tried = 0usize;
        let draw = |_| {
            let mut drawn = (0..RETRIES).map(|_| normal.draw(rng)).inspect(|_| tried += 1);
            drawn.find(inside).unwrap_or_else(|| normal.mean().to_vec())
        };
        let drawn = (0..n).map(draw).collect();
        (drawn, n as f64 / tried.max(1) as f64)
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

/// Weighted draws of the posterior of one data set, and its density at a hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct PosteriorDraws {
    /// The draws, with ln of posterior over proposal as weights.
    pub draws: WeightedPoints,
    /// ln of likelihood times prior at each draw.
    log_posterior: Vec<f64>,
    /// The same at the hypothesis that is ranked.
    at_truth: f64,
    /// ln of the integral of likelihood times prior.
    log_integral: f64,
}

impl PosteriorDraws {
    /// ln of the posterior density at the ranked hypothesis.
    pub fn log_density(&self) -> f64 {
        self.at_truth - self.log_integral
    }

    /// The rank of the hypothesis `truth` that the posterior was drawn for.
    pub fn rank(&self, truth: &[f64]) -> HighestDensityRank {
        let weights = self.draws.weights();
        let denser = weights.iter().zip(&self.log_posterior);
        let below = |k: usize| {
            let drawn = weights.iter().zip(&self.draws.points);
            drawn.filter(|(_, theta)| theta[k] < truth[k]).map(|(w, _)| w).sum()
        };
        HighestDensityRank {
            rank: denser.filter(|(_, log)| **log > self.at_truth).map(|(w, _)| w).sum(),
            of_parameters: (0..truth.len()).map(below).collect(),
            effective: self.draws.n_effective(),
        }
    }

    /// Posterior mass of draws that are as dense as the ranked hypothesis.
    pub fn tied(&self) -> f64 {
        let weights = self.draws.weights();
        let drawn = weights.iter().zip(&self.log_posterior);
        drawn.filter(|(_, log)| **log == self.at_truth).map(|(w, _)| w).sum()
    }

    /// `n` equally probable draws, by systematic resampling, in random order.
    pub fn resampled(&self, n: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let mut ends = self.draws.weights();
        let mut sum = 0.0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let start: f64 = rng.random();
        let at = |i: usize| {
            let place = sum * (i as f64 + start) / n as f64;
            let draw = ends.partition_point(|&end| end <= place).min(ends.len() - 1);
            self.draws.points[draw].clone()
        };
        let mut drawn: Vec<Vec<f64>> = (0..n).map(at).collect();
        drawn.shuffle(rng);
        drawn
    }
}

#[cfg(test)]
mod tests;
