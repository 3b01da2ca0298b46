//! Posteriors of many observations, each a data set of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    Analysis, CertifiedCoverage, ChainSettings, DirectDraws, GIVE_MEASURED, ParameterSummary, PosteriorPrior,
    PosteriorRun, Warning,
};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};

/// Posteriors of single events.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorsOfEvents {
    /// Name of the simulator.
    pub simulator: String,
    /// Name of the estimator.
    pub estimator: String,
    /// The prior.
    pub prior: PosteriorPrior,
    /// Number and length of chains, and the seed; as many draws are independent where the estimator knows posteriors.
    #[serde(flatten)]
    pub chains: ChainSettings,
    /// Measured coverage of the estimator for single events; none if it was not examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertifiedCoverage>,
    /// Warnings that hold for all events.
    pub warnings: Vec<Warning>,
    /// The posterior of each event, in their order.
    pub events: Vec<PosteriorOfEvent>,
}

/// Posterior of one event.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PosteriorOfEvent {
    /// Marginal posteriors of the free parameters.
    pub parameters: Vec<ParameterSummary>,
    /// Account of independent draws; none of chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<DirectDraws>,
    /// Warnings about this posterior.
    pub warnings: Vec<Warning>,
    /// The draws, `[draws, p]`.
    #[serde(skip)]
    pub draws: Array2<f64>,
}

impl Analysis<'_> {
    /// Samples the posterior of each observed event, as a data set of its own, which may be of a hypothesis of its own: the same draws as
    /// [`sample`](Self::sample) of that event alone, with the seed that follows that of the event before.
    ///
    /// # Errors
    /// As [`sample`](Self::sample), with the number of the event.
    pub fn sample_each(&self, chains: ChainSettings, progress: &dyn Progress) -> Result<PosteriorsOfEvents> {
        self.interruptible(progress, |analysis| analysis.posteriors_of_events(chains, progress))
    }

    fn posteriors_of_events(&self, chains: ChainSettings, progress: &dyn Progress) -> Result<PosteriorsOfEvents> {
        let (observations, estimator) = (self.observations()?, self.estimator()?);
        observations.check_unweighted(GIVE_MEASURED)?;
        let run = PosteriorRun::new(self, chains)?;
        progress.begin("events");
        let (n, done) = (observations.n_events(), AtomicU64::new(0));
        let events: Vec<PosteriorOfEvent> = (0..n)
            .into_par_iter()
            .map(|event| {
                progress.check()?;
                let found = self.posterior_of_event(event, chains);
                progress.advance(done.fetch_add(1, Ordering::Relaxed) + 1, n as u64)?;
                found.map_err(|error| Error::numerical(format!("event {event} (counted from 0): {error}")))
            })
            .collect::<Result<_>>()?;
        let mut warnings = self.warnings_of_observations(false)?;
        warnings.extend(Warning::of_training(estimator, None));
        warnings.extend(Warning::few_training_points(estimator));
        Ok(PosteriorsOfEvents {
            simulator: observations.header().simulator_label(),
            estimator: estimator.name(),
            prior: run.prior,
            chains,
            certificate: CertifiedCoverage::new(estimator, 1.0),
            warnings,
            events,
        })
    }

    fn posterior_of_event(&self, event: usize, chains: ChainSettings) -> Result<PosteriorOfEvent> {
        let (alone, estimator) = (self.observations()?.event(event), self.estimator()?);
        let analysis = self.clone().with_observations(&alone);
        let seed = chains.seed.wrapping_add(event as u64);
        let run = PosteriorRun::new(&analysis, ChainSettings { seed, ..chains })?;
        let answer = run.own_posterior(estimator, &())?;
        Ok(PosteriorOfEvent {
            draws: answer.draws.thinned(chains.chains * chains.draws),
            parameters: answer.parameters,
            direct: answer.direct,
            warnings: answer.warnings,
        })
    }
}
