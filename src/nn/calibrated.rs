//! A model with the calibration of its ratios.

use ndarray::{Array1, ArrayView2};

use super::{Model, Provenance};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_stats::calibration::{Calibration, CorrectionCache};

/// A model whose log ratios go through a [`Calibration`]; it knows no score.
#[derive(Debug)]
pub struct CalibratedModel {
    model: Model,
    calibration: Calibration,
    cache: CorrectionCache,
}

impl CalibratedModel {
    /// Calibrates the ratios of `model`.
    ///
    /// # Errors
    /// If it knows no ratios, is calibrated already, or the calibration is not one of its parameters.
    pub fn new(model: Model, calibration: Calibration) -> Result<Self> {
        if !model.knows_ratio() || matches!(model, Model::Calibrated(_)) {
            return Err(Error::usage(
                "only a model of ratios that is not calibrated yet can be calibrated: give the one it was made of",
            ));
        }
        calibration.check()?;
        let (found, needed) = (calibration.n_parameters(), model.provenance().data.parameters.len());
        match found == needed {
            true => Ok(Self {
                model,
                calibration,
                cache: CorrectionCache::default(),
            }),
            false => Err(Error::usage(format!(
                "a calibration of {found} parameters for a model of {needed}"
            ))),
        }
    }

    /// How it was trained; an ensemble, how its first member was.
    pub fn provenance(&self) -> &Provenance {
        self.model.provenance()
    }

    /// The model as it was trained.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The calibration that its ratios go through.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

impl LogRatio for CalibratedModel {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        self.calibration.log_ratio(&self.model, &self.cache, x, theta0, theta1)
    }
}
