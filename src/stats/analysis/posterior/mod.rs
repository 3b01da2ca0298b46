//! Posteriors by Markov chains, with diagnostics and posterior predictive checks.

mod direct;
mod each;
mod predicted;
mod run;
mod summary;

use serde::Serialize;

use super::{Analysis, CertifiedCoverage, GIVE_MEASURED, PosteriorPrior, Warning};
use crate::inference::{ChainSettings, Chains, ParameterBox};
use motherlode_core::Progress;
use motherlode_core::cost::{Cost, check_count};
use motherlode_core::error::Result;

pub use direct::DirectDraws;
pub use each::{PosteriorOfEvent, PosteriorsOfEvents};
pub use predicted::PredictedStatistic;
pub(super) use run::PosteriorRun;
pub use summary::ParameterSummary;

/// Settings of [`Analysis::sample`].
#[derive(Debug, Clone)]
pub struct PosteriorSettings {
    /// Number and length of the chains.
    pub chains: ChainSettings,
    /// Number of draws of the posterior at which a data set is simulated and compared with the observed one.
    pub predictive: Option<usize>,
}

/// Most data sets that are simulated from a posterior.
const MOST_PREDICTED: u64 = 1_000_000_000;

/// Posteriors by each estimator, with warnings.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorResult {
    /// Name of the simulator.
    pub simulator: String,
    /// Number of observed events.
    pub n_events: usize,
    /// The prior.
    pub prior: PosteriorPrior,
    /// Box in which hypotheses are drawn: where the prior reaches.
    #[serde(rename = "box")]
    pub parameter_box: ParameterBox,
    /// Number and length of the chains, and their seed.
    #[serde(flatten)]
    pub chains: ChainSettings,
    /// Measured coverage of the estimator; none if it was not trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertifiedCoverage>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Posteriors by estimator; the first is by the estimator of the analysis.
    pub answers: Vec<PosteriorOfEstimator>,
    /// Statistics of data simulated from the posterior, in ascending order of the p-value.
    pub predictive: Option<Vec<PredictedStatistic>>,
}

/// The posterior by one estimator.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorOfEstimator {
    /// Name of the estimator.
    pub name: String,
    /// Marginal posteriors of the free parameters.
    pub parameters: Vec<ParameterSummary>,
    /// Number of divergent trajectories.
    pub divergences: usize,
    /// Number of trajectories that were cut off.
    pub truncated: usize,
    /// Acceptance probability of each chain.
    pub acceptance: Vec<f64>,
    /// Number of evaluations of ln L with its gradient.
    pub evaluations: u64,
    /// True if ln L was interpolated.
    pub interpolated: bool,
    /// Account of independent draws, of an estimator that knows the posterior of a single event; none of chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<DirectDraws>,
    /// Number of free parameters.
    #[serde(skip)]
    pub dimensions: usize,
    /// Warnings about the chains.
    pub warnings: Vec<Warning>,
    /// The draws, `[chains, draws, p]`.
    #[serde(skip)]
    pub draws: Chains,
}

impl Analysis<'_> {
    /// Samples the posterior: by Markov chains (NUTS), or by independent draws where the estimator knows the posterior of an event and one
    /// event was observed.
    ///
    /// The result also has the posterior by the exact likelihood, if the simulator has one.
    ///
    /// The estimator `Gauss` knows the ratios of measurements of θ with the error 1:
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// use motherlode_stats::analysis::{Analysis, Observations, PosteriorSettings};
    /// use motherlode_stats::inference::ChainSettings;
    ///
    /// let observed = Observations::from_columns(array![[0.5], [1.5], [1.0], [1.0]], &["x"], &["theta"])?;
    /// let chains = ChainSettings { chains: 2, draws: 500, warmup: 500, seed: 1 };
    /// let settings = PosteriorSettings { chains, predictive: None };
    /// let result = Analysis::new(&Gauss).with_observations(&observed).sample(&settings, &())?;
    /// let theta = &result.answers[0].parameters[0]; // mean 1, standard deviation 1/√4
    /// assert!((theta.mean - 1.0).abs() < 0.1 && (theta.standard_deviation - 0.5).abs() < 0.1, "{theta:?}");
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing or out of range, the estimator knows no ratios, the density is impossible wherever a chain starts, or
    /// `progress` stops it.
    pub fn sample(&self, settings: &PosteriorSettings, progress: &dyn Progress) -> Result<PosteriorResult> {
        self.interruptible(progress, |analysis| analysis.posterior(settings, progress))
    }

    fn posterior(&self, settings: &PosteriorSettings, progress: &dyn Progress) -> Result<PosteriorResult> {
        let run = PosteriorRun::new(self, settings.chains)?;
        let observations = self.observations()?;
        observations.check_unweighted(GIVE_MEASURED)?;
        let estimator = self.estimator()?;
        if let Some(n) = settings.predictive {
            check_count("simulated data sets", n as u64, MOST_PREDICTED, Cost::Seconds(1e-4))?;
        }
        let mut answers = vec![run.own_posterior(estimator, progress)?];
        answers.extend(run.exact_posterior(progress)?);
        let predicted = settings
            .predictive
            .map(|n| run.predicted(&answers[0].draws, n, progress));
        let predicted = predicted.transpose()?;
        let mut warnings = self.warnings_of_observations(false)?;
        warnings.extend(Warning::of_training(estimator, None));
        warnings.extend(Warning::few_training_points(estimator));
        warnings.extend(Warning::few_training_rows(estimator, observations.n_events() as f64));
        if let (Some(simulator), true) = (self.simulator, predicted.is_some()) {
            warnings.extend(Warning::shared_negative_weights(simulator)?);
        }
        warnings.extend(predicted.iter().flatten().filter_map(PredictedStatistic::warning));
        let certificate = CertifiedCoverage::new(estimator, observations.n_events() as f64);
        warnings.extend(certificate.as_ref().and_then(Warning::coverage_of_fewer_events));
        Ok(PosteriorResult {
            simulator: observations.header().simulator_label(),
            n_events: observations.n_events(),
            prior: run.prior,
            parameter_box: run.parameter_box,
            chains: settings.chains,
            certificate,
            warnings,
            answers,
            predictive: predicted,
        })
    }
}
