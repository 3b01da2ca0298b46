//! Models: whatever a model file can hold.

use std::ops::Deref;

use ndarray::{Array1, Array2, ArrayView2};

use super::methods::Target;
use super::trained::Network;
use super::{
    Ensemble, Import, ImportedEstimator, LikelihoodEstimator, Method, PosteriorEstimator, Provenance, RatioEstimator,
    ScoreEstimator, Settings, TrainingData,
};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::{Estimator, Progress};
use motherlode_stats::calibration::{CalibratedEstimator, Calibration};

/// A network, or several, whoever trained them: what a model file holds and ONNX can express.
///
/// A file holds networks that were trained here or imported, ensembles of them, and their calibration. It cannot hold an
/// [`Estimator`] that is a type of your own: its code is yours, and so is the way to store it. Everything else, such as calibration,
/// [ensembles](Ensemble::of), diagnostics and inference, takes a `&dyn Estimator`, and a model is one of many.
#[derive(Debug)]
pub enum Model {
    /// Knows log ratios (and their scores).
    Ratio(RatioEstimator),
    /// Knows the score, at one point or everywhere.
    Score(ScoreEstimator),
    /// Knows the likelihood.
    Likelihood(LikelihoodEstimator),
    /// Knows the posterior.
    Posterior(PosteriorEstimator),
    /// Several of one of these kinds, with other seeds.
    Ensemble(Ensemble),
    /// Trained elsewhere: one network or several.
    Imported(ImportedEstimator),
    /// One of the others, its ratios calibrated.
    Calibrated(Box<CalibratedEstimator<Model>>),
}

impl Model {
    /// Trains the kind of estimator that `method` makes. `progress` is told the steps done and the steps planned.
    ///
    /// # Errors
    /// If `data` lacks the gold that `method` needs, `settings` make no sense, or training diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Ok(match method.spec().target {
            Target::Score => Self::Score(ScoreEstimator::train(data, settings, progress)?),
            Target::Likelihood => Self::Likelihood(LikelihoodEstimator::train(method, data, settings, progress)?),
            Target::Posterior => Self::Posterior(PosteriorEstimator::train(method, data, settings, progress)?),
            Target::Ratio | Target::Derivatives => {
                Self::Ratio(RatioEstimator::train(method, data, settings, progress)?)
            }
        })
    }

    /// The model with its ratios calibrated.
    ///
    /// # Errors
    /// If it knows no ratios, is calibrated already, or the calibration is not one of its parameters.
    pub fn calibrated(self, calibration: Calibration) -> Result<Self> {
        if !self.knows_ratio() || self.calibration().is_some() {
            return Err(Error::data(
                "only a model of ratios that is not calibrated yet can be calibrated: give the one it was made of",
            ));
        }
        let calibrated = CalibratedEstimator::new(self, calibration)?;
        Ok(Self::Calibrated(Box::new(calibrated)))
    }

    /// How it was trained, or how the first member of an ensemble was; nothing is known of a network that was trained elsewhere.
    pub fn provenance(&self) -> Option<&Provenance> {
        match self {
            Self::Ratio(estimator) => Some(estimator.provenance()),
            Self::Score(estimator) => Some(estimator.provenance()),
            Self::Likelihood(estimator) => Some(estimator.provenance()),
            Self::Posterior(estimator) => Some(estimator.provenance()),
            Self::Ensemble(ensemble) => ensemble.members()[0].provenance(),
            Self::Imported(_) => None,
            Self::Calibrated(calibrated) => calibrated.estimator().provenance(),
        }
    }

    /// The networks that were trained elsewhere, if it has such.
    pub fn imported(&self) -> Option<&ImportedEstimator> {
        match self.uncalibrated() {
            Self::Imported(imported) => Some(imported),
            _ => None,
        }
    }

    /// Where the networks come from that were trained elsewhere, if it has such.
    pub fn import(&self) -> Option<&Import> {
        self.imported().map(ImportedEstimator::import)
    }

    /// The calibration that its ratios go through, if there is one.
    pub fn calibration(&self) -> Option<&Calibration> {
        match self {
            Self::Calibrated(calibrated) => Some(calibrated.calibration()),
            _ => None,
        }
    }

    /// The model before its calibration.
    pub fn uncalibrated(&self) -> &Self {
        match self {
            Self::Calibrated(calibrated) => calibrated.estimator(),
            other => other,
        }
    }

    /// Its members; a model that is no ensemble of networks trained here is its own only one.
    pub fn members(&self) -> &[Self] {
        match self.uncalibrated() {
            Self::Ensemble(ensemble) => ensemble.members(),
            single => std::slice::from_ref(single),
        }
    }

    /// The one point at which it knows the score, `[p]`, if it does not know it anywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        self.score_point()
    }

    /// Returns true if it knows log ratios.
    pub fn knows_ratio(&self) -> bool {
        self.as_ratio().is_some()
    }

    /// Returns true if it knows scores.
    pub fn knows_score(&self) -> bool {
        self.as_score().is_some()
    }

    /// Its networks, one for each member.
    ///
    /// # Errors
    /// If it is an ensemble whose members have not learned the same, or is calibrated twice.
    pub(super) fn networks(&self) -> Result<Vec<&Network>> {
        match self.uncalibrated() {
            Self::Imported(imported) => Ok(imported.networks().iter().collect()),
            Self::Ensemble(ensemble) => {
                ensemble.check()?;
                Ok(ensemble.members().iter().map(Self::first_network).collect())
            }
            Self::Calibrated(_) => Err(Error::data(
                "this model is calibrated twice, which neither a model file nor ONNX can hold: calibrate the one it was made of",
            )),
            single => Ok(vec![single.first_network()]),
        }
    }

    /// Its network, or that of its first member.
    pub(super) fn first_network(&self) -> &Network {
        match self {
            Self::Ratio(estimator) => &estimator.trained.network,
            Self::Score(estimator) => &estimator.trained.network,
            Self::Likelihood(estimator) => &estimator.trained.network,
            Self::Posterior(estimator) => estimator.network(),
            Self::Ensemble(ensemble) => ensemble.members()[0].first_network(),
            Self::Imported(imported) => &imported.networks()[0],
            Self::Calibrated(calibrated) => calibrated.estimator().first_network(),
        }
    }
}

/// The estimator of whichever kind.
impl Deref for Model {
    type Target = dyn Estimator;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Ratio(estimator) => estimator,
            Self::Score(estimator) => estimator,
            Self::Likelihood(estimator) => estimator,
            Self::Posterior(estimator) => estimator,
            Self::Ensemble(ensemble) => ensemble,
            Self::Imported(imported) => imported,
            Self::Calibrated(calibrated) => &**calibrated,
        }
    }
}

impl LogRatio for Model {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.log_ratio_with_spread(x, theta0, theta1)?.0)
    }
}

impl Score for Model {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.score_with_spread(x, theta)?.0)
    }
}
