//! Approximate Bayesian computation: the baseline that needs no estimator.

use ndarray::{Array1, ArrayView2};
use serde::Serialize;

use super::posterior::{ParameterSummary, PosteriorRun};
use super::{Analysis, GIVE_MEASURED, PosteriorOfEstimator, PosteriorPrior, PriorOrigin, Warning};
use crate::inference::abc::{Comparison, Keep, Particles, PopulationSettings, data_sets, means, population, reject};
use crate::inference::{ChainSettings, ParameterBox};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::Score;
use motherlode_core::trace::Parameter;
use motherlode_core::{Estimator, Progress};

/// Largest number of pilot simulations, which set the units of the statistics.
const MAX_PILOT: usize = 500;
/// Ratio of the budget to the number of pilot simulations, at least.
const PILOT_DIVISOR: usize = 10;
/// Chains, draws and warm-up of the exact posterior, for comparison.
const EXACT_CHAINS: (usize, usize, usize) = (4, 1_000, 500);

/// Method of approximate Bayesian computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AbcMethod {
    /// Population Monte Carlo: rounds with decreasing tolerance.
    #[default]
    Population,
    /// Rejection: all hypotheses come from the prior.
    Rejection,
}

/// Settings of [`Analysis::abc`].
#[derive(Debug, Clone)]
pub struct AbcSettings {
    /// Method.
    pub method: AbcMethod,
    /// Largest number of simulated data sets, each with as many events as were observed.
    pub budget: usize,
    /// Number of hypotheses that are kept.
    pub particles: usize,
    /// Distance at which the rounds end, in units of the spread of the statistics over the prior; as small as the budget allows if absent.
    pub tolerance: Option<f64>,
    /// Corrects the kept hypotheses for the distance of their data from those observed, by linear regression.
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
    /// The prior.
    pub prior: PosteriorPrior,
    /// Box in which the prior lies.
    #[serde(rename = "box")]
    pub parameter_box: ParameterBox,
    /// Name of the method.
    pub method: &'static str,
    /// The statistics that are compared.
    pub statistics: String,
    /// True if hypotheses were corrected by linear regression.
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
    /// Effective number of independent draws.
    pub effective_size: f64,
    /// Tolerance and acceptance of each round.
    pub rounds: Vec<AbcRound>,
    /// Marginal posteriors.
    pub parameters: Vec<ParameterSummary>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// The posterior by the exact likelihood, if the simulator has one.
    pub exact: Option<PosteriorOfEstimator>,
    /// The hypotheses with their weights.
    #[serde(skip)]
    pub particles: Particles,
}

/// Tolerance and acceptance of one round.
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
    /// The simulator `Shift` draws measurements of θ with the error 1:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// use motherlode_stats::analysis::{AbcSettings, Analysis, Observations};
    ///
    /// let observed = Observations::from_array(array![[0.5], [1.5], [1.0], [1.0]], &Shift)?;
    /// let settings = AbcSettings { budget: 20_000, particles: 400, adjust: true, ..Default::default() };
    /// let result = Analysis::of_simulator(&Shift).with_observations(&observed).abc(&settings, &())?;
    /// let theta = &result.parameters[0]; // mean 1, standard deviation 1/√4
    /// assert!((theta.mean - 1.0).abs() < 0.2 && (theta.standard_deviation - 0.5).abs() < 0.2, "{theta:?}");
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing or out of range, the estimator knows no score, a simulation fails, or `progress` stops it.
    pub fn abc(&self, settings: &AbcSettings, progress: &dyn Progress) -> Result<AbcResult> {
        let (simulator, observations) = (self.simulator()?, self.observations()?);
        observations.check_unweighted(GIVE_MEASURED)?;
        let parameter_box = match &self.edges {
            Some(edges) => ParameterBox::new(edges.clone())?,
            None => simulator.hypotheses()?.prior,
        };
        let parameters = simulator.parameters();
        let (prior, parameter_box) = self.abc_prior(parameters.clone(), parameter_box)?;
        let score = self.estimator.map(known_score).transpose()?;
        let middle = parameter_box.middle();
        let point = self.estimator.and_then(Estimator::score_point).unwrap_or(&middle);
        let statistics = |x: ArrayView2<f64>| match score {
            Some(score) => mean_score(score, x, point),
            None => means(x),
        };
        let data_set = data_sets(simulator, observations.n_events(), &statistics, progress);
        let pilot = MAX_PILOT.min(settings.budget / PILOT_DIVISOR);
        let observed = statistics(observations.x())?;
        progress.begin("data sets");
        let comparison = Comparison::new(&prior.distribution, &parameters, &data_set, observed)?;
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
        let exact =
            PosteriorRun::with_prior(self, prior.clone(), parameter_box.clone(), plan)?.exact_posterior(progress)?;
        let names = self.parameters()?;
        let marginal =
            |(k, name): (usize, &String)| ParameterSummary::new(name, &particles.marginal(k), parameter_box.edges()[k]);
        Ok(AbcResult {
            simulator: observations.header().simulator_label(),
            n_events: observations.n_events(),
            parameters: names.iter().enumerate().map(marginal).collect(),
            prior,
            parameter_box,
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

impl Analysis<'_> {
    /// The given prior and its bulk, or a uniform one in the box.
    fn abc_prior(
        &self,
        parameters: Vec<Parameter>,
        parameter_box: ParameterBox,
    ) -> Result<(PosteriorPrior, ParameterBox)> {
        let Some(given) = &self.prior else {
            return Ok((PosteriorPrior::uniform(parameters, &parameter_box), parameter_box));
        };
        given.check(&parameters)?;
        let prior = PosteriorPrior {
            distribution: given.clone(),
            origin: PriorOrigin::Given,
            ..PosteriorPrior::uniform(parameters, &parameter_box)
        };
        match &self.edges {
            Some(_) => Ok((prior.within(&parameter_box)?, parameter_box)),
            None => {
                let reach = given.reach(&prior.parameters).unwrap_or(parameter_box);
                Ok((prior, reach))
            }
        }
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

/// Returns none for an infinite tolerance, which JSON cannot hold.
fn finite(tolerance: f64) -> Option<f64> {
    tolerance.is_finite().then_some(tolerance)
}

fn known_score(estimator: &dyn Estimator) -> Result<&dyn Score> {
    estimator.as_score().ok_or_else(|| {
        Error::usage(format!(
            "{} knows no score to compare data sets with: train a method that learns scores, such as sally, or leave out --model to compare means",
            estimator.name()
        ))
    })
}

/// Returns the mean score Σ_i t̂(x_i)/n, `[p]`: a sufficient statistic near the point of the score.
fn mean_score(score: &dyn Score, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
    means(score.score(x, theta)?.view())
}
