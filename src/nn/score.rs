//! Score estimators: t̂(x) at one reference point, or t̂(x|θ) at any.

use motherlode_core::{Domain, Estimator, Progress};
use ndarray::{Array2, ArrayView2};

use super::methods::Target;
use super::trained::{Trained, described_by_training};
use super::{Method, Provenance, Settings, TrainingData};
use motherlode_core::dataset::Fields;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::Score;

/// A network that has learned the score: close to the point where it is taken, a sufficient statistic.
///
/// Trained on events of one point ([`Design::Reference`](motherlode_core::gold::Design::Reference)), it knows the score there; trained
/// on events over a prior, it knows the score at every θ of that prior.
#[derive(Debug)]
pub struct ScoreEstimator {
    pub(super) trained: Trained,
    /// The only point at which it knows the score, if there is one.
    pub(super) theta_ref: Option<Vec<f64>>,
}

impl ScoreEstimator {
    /// Trains a score estimator (SALLY) on events from one point or over a prior. `progress` is told the steps done and
    /// planned.
    ///
    /// # Errors
    /// If `data` are neither from one point nor over a prior, or have no joint score, `settings` make no sense, or training diverges.
    pub fn train<'a>(data: impl Into<TrainingData<'a>>, settings: &Settings, progress: &dyn Progress) -> Result<Self> {
        let data = data.into();
        let events = data.events;
        let trained = Trained::by(Method::Sally, &[Target::Score], data, settings, progress)?;
        let everywhere = Method::Sally.takes_theta(&events.header().design);
        let theta_ref = match everywhere {
            true => None,
            false => Some(events.portion(0..1, Fields::NONE, &())?.theta0.row(0).to_vec()),
        };
        Ok(Self { trained, theta_ref })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.trained.provenance
    }

    /// The only point at which it knows the score, `[p]`; none, if it knows the score everywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        self.theta_ref.as_deref()
    }

    /// t̂(x) at the reference point, `[n, p]`.
    ///
    /// # Errors
    /// If `x` has not as many columns as the training data, or there is no reference point.
    pub fn score_at_reference(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        if self.theta_ref.is_none() {
            return Err(Error::usage(
                "this estimator was trained over a prior and has no reference point: ask for the score at a theta",
            ));
        }
        self.evaluated(x, &[])
    }

    fn evaluated(&self, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<Array2<f64>> {
        let network = &self.trained.network;
        let score = network.values(x, hypotheses)?;
        Ok(network.scaling.score_to_user(score.view()))
    }
}

impl Score for ScoreEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        match &self.theta_ref {
            None => self.evaluated(x, &[theta]),
            Some(known) if theta == known => self.evaluated(x, &[]),
            Some(known) => Err(Error::usage(format!(
                "this estimator knows the score at {known:?} only, not at {theta:?}: train on events over a prior"
            ))),
        }
    }
}

impl Estimator for ScoreEstimator {
    described_by_training!();

    fn domain(&self) -> Domain {
        self.trained.domain()
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.theta_ref()
    }
}
