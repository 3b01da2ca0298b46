//! A population of hypotheses that closes in on the observed data, round by round.

use motherlode_core::Progress;
use nalgebra::{DMatrix, DVector};
use ndarray::Array1;
use rand::RngExt;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::super::Marginal;
use super::comparison::Attempt;
use super::{Comparison, Particles};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::{Stream, stream};

/// The next tolerance, as a quantile of the distances.
const NEXT: f64 = 0.5;
/// Acceptance below which the rest of the budget is not worth a round.
const LEAST_ACCEPTANCE: f64 = 0.01;
/// Largest number of proposals in a row that leave the prior.
const MOST_PROPOSALS: usize = 10_000;

/// Size of a population, and when it stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PopulationSettings {
    /// Hypotheses of a population.
    pub particles: usize,
    /// Data sets that may be simulated.
    pub simulations: usize,
    /// The distance at which it ends; 0, if the budget or an acceptance below 1 % is to end it.
    pub tolerance: f64,
    /// The seed; attempt i of round r of a seed is always the same.
    pub seed: u64,
}

/// Population Monte Carlo: hypotheses are drawn from those of the round before, moved by a normal of twice their
/// covariance, and weighted by prior over proposal, w = π(θ)/Σ_j w_j K(θ|θ_j), so that they stand for the posterior at
/// the tolerance of the round, which is the median distance of the one before. The first round is the prior itself,
/// with equal weights. A round that the budget does not suffice for is dropped. `progress` is told the data sets
/// simulated and planned.
///
/// # Errors
/// If a simulation fails, the budget does not suffice for the first round, or the hypotheses have no covariance.
///
/// # Source
/// Beaumont, Cornuet, Marin and Robert 2009, arXiv:0805.2256.
pub fn population(comparison: &Comparison<'_>, plan: PopulationSettings, progress: &dyn Progress) -> Result<Particles> {
    let p = comparison.parameters.len();
    if plan.particles < p + 2 || plan.simulations < plan.particles {
        return Err(Error::usage(format!(
            "{} particles and {} data sets to simulate: take {} particles at least, and no fewer data sets \
             than particles",
            plan.particles,
            plan.simulations,
            p + 2
        )));
    }
    let first: Vec<Attempt> = (0..plan.particles as u64)
        .into_par_iter()
        .map(|i| {
            progress.check()?;
            comparison.try_prior(&mut stream(plan.seed, i, 0))
        })
        .collect::<Result<_>>()?;
    let mut now = Particles::new(&first, p, f64::INFINITY, plan.particles);
    now.rounds.push((f64::INFINITY, 1.0));
    let mut used = plan.particles;
    for round in 1.. {
        progress.advance(used as u64, plan.simulations as u64)?;
        if now.tolerance <= plan.tolerance {
            break;
        }
        let median = Marginal::from_draws(now.distances.iter().copied()).quantile(NEXT);
        let tolerance = median.max(plan.tolerance);
        if tolerance >= now.tolerance || !tolerance.is_finite() {
            break; // statistics that are counts: no closer than this
        }
        let proposal = Proposal::new(&now)?;
        let Some((kept, tried)) = proposal.accepted(comparison, plan, (tolerance, round), &mut used, progress)? else {
            break;
        };
        let mut rounds = now.rounds;
        rounds.push((tolerance, kept.len() as f64 / tried as f64));
        let weights: Vec<f64> = kept
            .par_iter()
            .map(|tried| proposal.log_weight(comparison, &tried.theta))
            .collect();
        now = Particles::new(&kept[..plan.particles], p, tolerance, used)
            .with_log_weights(Array1::from(weights[..plan.particles].to_vec()));
        now.rounds = rounds;
    }
    progress.report(plan.simulations as u64, plan.simulations as u64);
    now.simulations = used;
    Ok(now)
}

/// A mixture of normals around the hypotheses of a population.
struct Proposal {
    theta: Vec<DVector<f64>>,
    /// The hypotheses in units of a step, L⁻¹θ.
    whitened: Vec<DVector<f64>>,
    log_weights: Vec<f64>,
    /// Where the weights of the hypotheses end, added up.
    ends: Vec<f64>,
    /// L, the Cholesky factor of the covariance of a step.
    step: DMatrix<f64>,
}

impl Proposal {
    fn new(population: &Particles) -> Result<Self> {
        let p = population.theta.ncols();
        let theta: Vec<DVector<f64>> = population
            .theta
            .rows()
            .into_iter()
            .map(|row| DVector::from_iterator(p, row.iter().copied()))
            .collect();
        let weighted = || theta.iter().zip(&population.weights);
        let mean = weighted().fold(DVector::zeros(p), |sum, (theta, &weight)| sum + theta * weight);
        let covariance = weighted().fold(DMatrix::zeros(p, p), |sum: DMatrix<f64>, (theta, &weight)| {
            let off = theta - &mean;
            sum + &off * off.transpose() * weight
        });
        let step = (covariance * 2.0)
            .cholesky()
            .map(|factor| factor.unpack())
            .ok_or_else(|| {
                Error::numerical(
                    "the covariance of the population is singular: take more particles, or a larger \
                 tolerance",
                )
            })?;
        let mut end = 0.0;
        let ends = population.weights.iter().map(|weight| {
            end += weight;
            end
        });
        let ends = ends.collect();
        Ok(Self {
            ends,
            log_weights: population.weights.iter().map(|weight| weight.ln()).collect(),
            whitened: theta.iter().map(|theta| whitened(&step, theta)).collect(),
            theta,
            step,
        })
    }

    /// The accepted hypotheses in the order of their attempts, and the number of attempts; none if too many would be needed.
    fn accepted(
        &self,
        comparison: &Comparison<'_>,
        plan: PopulationSettings,
        (tolerance, round): (f64, u64),
        used: &mut usize,
        progress: &dyn Progress,
    ) -> Result<Option<(Vec<Attempt>, usize)>> {
        let mut kept: Vec<Attempt> = Vec::new();
        let mut tried = 0;
        while kept.len() < plan.particles {
            let batch = plan.particles.min(plan.simulations - *used);
            let hopeless = tried >= plan.particles && (kept.len() as f64) < LEAST_ACCEPTANCE * tried as f64;
            if batch == 0 || hopeless {
                return Ok(None);
            }
            let attempts = (tried..tried + batch).into_par_iter().map(|attempt| {
                progress.check()?;
                let mut rng = stream(plan.seed, attempt as u64, round);
                comparison.tried(self.draw(comparison, &mut rng)?, &mut rng)
            });
            let attempts: Vec<Attempt> = attempts.collect::<Result<_>>()?;
            kept.extend(attempts.into_iter().filter(|attempt| attempt.distance <= tolerance));
            tried += batch;
            *used += batch;
            progress.report(*used as u64, plan.simulations as u64);
        }
        Ok(Some((kept, tried)))
    }

    /// A hypothesis that the prior allows: others need no simulation to be rejected.
    fn draw(&self, comparison: &Comparison<'_>, rng: &mut Stream) -> Result<Vec<f64>> {
        let last = self.ends.len() - 1;
        for _ in 0..MOST_PROPOSALS {
            let place = rng.random::<f64>() * self.ends[last];
            let from = self.ends.partition_point(|&end| end <= place).min(last);
            let normal = DVector::from_fn(self.theta[from].len(), |_, _| rng.sample::<f64, _>(StandardNormal));
            let theta: Vec<f64> = (&self.theta[from] + &self.step * normal).iter().copied().collect();
            if comparison.prior.log_density(comparison.parameters, &theta) > f64::NEG_INFINITY {
                return Ok(theta);
            }
        }
        Err(Error::numerical(format!(
            "{MOST_PROPOSALS} hypotheses in a row left the prior: its box is too narrow for the steps of the population"
        )))
    }

    /// ln π(θ) − ln Σ_j w_j K(θ|θ_j), up to a constant.
    fn log_weight(&self, comparison: &Comparison<'_>, theta: &[f64]) -> f64 {
        let place = whitened(&self.step, &DVector::from_column_slice(theta));
        let term = |(from, log_weight): (&DVector<f64>, &f64)| log_weight - 0.5 * (&place - from).norm_squared();
        let terms: Vec<f64> = self.whitened.iter().zip(&self.log_weights).map(term).collect();
        let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
        comparison.prior.log_density(comparison.parameters, theta) - largest - sum.ln()
    }
}

fn whitened(step: &DMatrix<f64>, theta: &DVector<f64>) -> DVector<f64> {
    // The diagonal of a Cholesky factor is positive.
    step.solve_lower_triangular(theta).unwrap_or_else(|| theta.clone())
}
