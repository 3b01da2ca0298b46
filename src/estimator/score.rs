//! Score estimators: t̂(x) at one reference point.

use ndarray::{Array2, ArrayView2};

use super::{Method, Network, Provenance, Settings, TrainingData};
use crate::error::{Error, Result};
use crate::likelihood::Score;

/// A network that has learned the score at one point: close to that point, a sufficient statistic.
#[derive(Debug)]
pub struct ScoreEstimator {
    pub(super) network: Network,
    pub(super) provenance: Provenance,
    pub(super) theta_ref: Vec<f64>,
}

impl ScoreEstimator {
    /// Trains a score estimator (SALLY) on events from one point. `progress` is told the steps done and planned.
    ///
    /// # Errors
    /// If `data` are not from one point or have no joint score, `settings` make no sense, or training diverges.
    pub fn train<'a>(
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<Self> {
        let data = data.into();
        let (network, provenance) = super::train_network(Method::Sally, data, settings, progress)?;
        Ok(Self {
            network,
            provenance,
            theta_ref: data.events.theta0.row(0).to_vec(),
        })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The point at which it knows the score, `[p]`.
    pub fn theta_ref(&self) -> &[f64] {
        &self.theta_ref
    }

    /// t̂(x) at the reference point, `[n, p]`.
    ///
    /// # Errors
    /// If `x` has not as many columns as the training data.
    pub fn score_at_reference(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let score = self.network.values(x, &[])?;
        Ok(self.network.scaling.score_to_user(score.view()))
    }
}

impl Score for ScoreEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        if theta != self.theta_ref {
            let known = &self.theta_ref;
            return Err(Error::theta(format!(
                "this estimator knows the score at {known:?} only, not at {theta:?}"
            )));
        }
        self.score_at_reference(x)
    }
}
