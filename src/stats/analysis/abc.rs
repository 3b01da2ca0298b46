//! Approximate Bayesian computation: the baseline that needs no estimator.

use ndarray::{Array1, ArrayView2};
use serde::Serialize;

use super::posterior::{ParameterSummary, PosteriorRun};
use super::{Analysis, PosteriorOfEstimator, Warning};
use crate::inference::abc::{Comparison, Keep, Particles, PopulationSettings, data_sets, means, population, reject};
use crate::inference::{ChainSettings, ParameterBox};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Prior;
use motherlode_core::likelihood::Score;
use motherlode_core::{Estimator, Progress};

/// Simulations that find the units of the statistics, at the most, and as a share of the budget.
const PILOT: usize = 500;
const SHARE_OF_PILOT: usize = 10;
/// Chains of the exact answer that is shown beside.
const EXACT_CHAINS: (usize, usize, usize) = (4, 1_000, 500);

/// How hypotheses are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AbcMethod {
    /// In rounds that close in on the data.
    #[default]
    Population,
    /// All from the prior.
    Rejection,
}

/// Settings of [`Analysis::abc`].
#[derive(Debug, Clone)]
pub struct AbcSettings {
    /// How hypotheses are found.
    pub method: AbcMethod,
    /// Data sets that may be simulated, each of as many events as were observed.
    pub budget: usize,
    /// Hypotheses that are kept.
    pub particles: usize,
    /// The distance at which it ends, in units of how statistics scatter over the prior; as near as the budget allows if absent.
    pub tolerance: Option<f64>,
    /// Moves the hypotheses kept to where they would be, had their data been those observed, by linear regression.
    pub adjust: bool,
    /// The seed.
    pub seed: u64,
}

impl Default for AbcSettings {
    fn default() -> Self {
        Self {
            method: AbcMethod::default(),
            budget: 20_000,
            particles: 1_000,
            tolerance: None,
            adjust: false,
            seed: 0,
        }
    }
}

/// The posterior by approximate Bayesian computation.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AbcResult {
    /// Name of the simulator.
    pub simulator: String,
    /// Number of observed events.
    pub n_events: usize,
    /// The prior: uniform in this box.
    #[serde(rename = "box")]
    pub edges: Vec<(f64, f64)>,
    /// Name of the method.
    pub method: &'static str,
    /// The statistics that are compared.
    pub statistics: String,
    /// Returns true if hypotheses were moved by linear regression.
    pub adjusted: bool,
    /// The seed.
    pub seed: u64,
    /// Number of data sets simulated.
    pub simulations: usize,
    /// Distance within which hypotheses were kept; none if all were.
    pub tolerance: Option<f64>,
    /// Number of hypotheses kept.
    #[serde(rename = "particles")]
    pub n_particles: usize,
    /// Number of independent draws that they are worth.
    pub effective_size: f64,
    /// Tolerance and acceptance of each round.
    pub rounds: Vec<AbcRound>,
    /// Marginal posteriors.
    pub parameters: Vec<ParameterSummary>,
    /// What may be wrong.
    pub warnings: Vec<Warning>,
    /// The posterior by the exact answer, where there is one.
    pub exact: Option<PosteriorOfEstimator>,
    /// The hypotheses with their weights.
    #[serde(skip)]
    pub particles: Particles,
}

/// One round.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AbcRound {
    /// Distance within which hypotheses were kept; none if all were.
    pub tolerance: Option<f64>,
    /// Share of the hypotheses that were kept.
    pub acceptance: f64,
}

impl AbcMethod {
    /// Name of the method.
    pub fn name(self) -> &'static str {
        match self {
            Self::Population => "population Monte Carlo",
            Self::Rejection => "rejection",
        }
    }
}

impl Analysis<'_> {
    /// Finds the posterior by simulating data sets and keeping the hypotheses whose data resemble those observed: in the means of the
    /// observables, or in the mean score of the estimator, if there is one.
    ///
    /// # Errors
    /// If an input is missing or out of range, the estimator knows no score, a simulation fails, or `progress` stops it.
    pub fn abc(&self, settings: &AbcSettings, progress: &dyn Progress) -> Result<AbcResult> {
        let (simulator, observations) = (self.simulator()?, self.observations()?);
        let edges = match &self.edges {
            Some(edges) => edges.clone(),
            None => simulator.hypotheses()?.prior,
        };
        let parameter_box = ParameterBox::new(edges.clone())?;
        let (prior, parameters) = (Prior::Box { edges: edges.clone() }, simulator.parameters());
        let score = self.estimator.map(known_score).transpose()?;
        let middle = parameter_box.middle();
        let point = self.estimator.and_then(Estimator::score_point).unwrap_or(&middle);
        let statistics = |x: ArrayView2<f64>| match score {
            Some(score) => mean_score(score, x, point),
            None => means(x),
        };
        let data_set = data_sets(simulator, observations.n_events(), &statistics);
        let pilot = PILOT.min(settings.budget / SHARE_OF_PILOT);
        let observed = statistics(observations.x())?;
        progress.begin("data sets");
        let comparison = Comparison::new(&prior, &parameters, &data_set, observed)?;
        let comparison = comparison.scaled(pilot, settings.seed, progress)?;
        let particles = settings.particles(&comparison, settings.budget - pilot, progress)?;
        let particles = match settings.adjust {
            true => comparison.adjusted(&particles)?,
            false => particles,
        };
        let (chains, draws, warmup) = EXACT_CHAINS;
        let seed = settings.seed;
        let plan = ChainSettings {
            chains,
            draws,
            warmup,
            seed,
        };
        let exact = PosteriorRun::uniform(self, parameter_box, plan)?.exact_posterior(progress)?;
        let names = self.parameters()?;
        let marginal = |(k, name): (usize, &String)| ParameterSummary::new(name, &particles.marginal(k), edges[k]);
        Ok(AbcResult {
            simulator: observations.header().simulator_label(),
            n_events: observations.n_events(),
            parameters: names.iter().enumerate().map(marginal).collect(),
            edges,
            method: settings.method.name(),
            statistics: match self.estimator {
                Some(estimator) => format!("the mean score of {}", estimator.name()),
                None => "the means of observables".into(),
            },
            adjusted: settings.adjust,
            seed,
            simulations: particles.simulations + pilot,
            tolerance: finite(particles.tolerance),
            n_particles: particles.weights.len(),
            effective_size: particles.effective_size(),
            rounds: particles.rounds.iter().map(AbcRound::from).collect(),
            warnings: self.warnings_of_observations(false)?,
            exact,
            particles,
        })
    }
}

impl AbcSettings {
    fn particles(&self, comparison: &Comparison<'_>, simulations: usize, progress: &dyn Progress) -> Result<Particles> {
        match self.method {
            AbcMethod::Population => {
                let plan = PopulationSettings {
                    particles: self.particles,
                    simulations,
                    tolerance: self.tolerance.unwrap_or(0.0),
                    seed: self.seed,
                };
                population(comparison, plan, progress)
            }
            AbcMethod::Rejection => {
                let best = Keep::Best((self.particles as f64 / simulations as f64).min(1.0));
                let keep = self.tolerance.map_or(best, Keep::Within);
                reject(comparison, simulations, keep, self.seed, progress)
            }
        }
    }
}

impl From<&(f64, f64)> for AbcRound {
    fn from(&(tolerance, acceptance): &(f64, f64)) -> Self {
        let tolerance = finite(tolerance);
        Self { tolerance, acceptance }
    }
}

/// JSON has no infinity.
fn finite(tolerance: f64) -> Option<f64> {
    tolerance.is_finite().then_some(tolerance)
}

fn known_score(estimator: &dyn Estimator) -> Result<&dyn Score> {
    estimator.as_score().ok_or_else(|| {
        Error::usage(format!(
            "{} knows no score to compare data sets by: train sally, or leave --model out to compare means",
            estimator.name()
        ))
    })
}

/// Σ_i t̂(x_i)/n, `[p]`: a sufficient statistic close to the point where it is taken.
fn mean_score(score: &dyn Score, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
    means(score.score(x, theta)?.view())
}
