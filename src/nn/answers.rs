//! What a model of any kind answers.

use ndarray::{Array1, Array2, ArrayView2};

use super::Model;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};

impl Model {
    /// Its members; a model that is no ensemble is its own only one.
    pub fn members(&self) -> &[Self] {
        match self {
            Self::Ensemble(ensemble) => ensemble.members(),
            Self::Calibrated(calibrated) => calibrated.model().members(),
            single => std::slice::from_ref(single),
        }
    }

    /// The one point at which it knows the score, `[p]`, if it does not know it anywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        match &self.members()[0] {
            Self::Score(estimator) => estimator.theta_ref(),
            _ => None,
        }
    }

    /// Whether it knows log ratios.
    pub fn knows_ratio(&self) -> bool {
        !matches!(self.members()[0], Self::Score(_))
    }

    /// Whether it knows scores.
    pub fn knows_score(&self) -> bool {
        let known = |member: &Self| match member {
            Self::Ratio(estimator) => estimator.knows_score(),
            _ => true,
        };
        !matches!(self, Self::Calibrated(_)) && self.members().iter().all(known)
    }
}

impl LogRatio for Model {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        match self {
            Self::Ratio(estimator) => estimator.log_ratio(x, theta0, theta1),
            Self::Likelihood(estimator) => estimator.log_ratio(x, theta0, theta1),
            Self::Ensemble(ensemble) => ensemble.log_ratio(x, theta0, theta1),
            Self::Calibrated(calibrated) => calibrated.log_ratio(x, theta0, theta1),
            Self::Score(_) => Err(Error::usage(
                "this model knows a score and no ratio: take the density of its score",
            )),
        }
    }
}

impl Score for Model {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        match self {
            Self::Ratio(estimator) => estimator.score(x, theta),
            Self::Score(estimator) => estimator.score(x, theta),
            Self::Likelihood(estimator) => estimator.score(x, theta),
            Self::Ensemble(ensemble) => ensemble.score(x, theta),
            Self::Calibrated(_) => Err(Error::usage(
                "a calibrated model knows ratios and no score: take the one it was made of",
            )),
        }
    }
}
