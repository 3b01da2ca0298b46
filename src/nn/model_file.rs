//! What a model file holds.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView2};

use super::container::Container;
use super::{ImportedEstimator, Model, imported};
use motherlode_core::dataset::Header;
use motherlode_core::error::Result;
use motherlode_core::likelihood::{LogRatio, Score};

/// An estimator from a file, whoever trained it.
#[derive(Debug)]
pub enum ModelFile {
    /// Trained here, with a record of its training.
    Trained(Box<Model>),
    /// Trained elsewhere, with an account of where it comes from.
    Imported(ImportedEstimator),
}

impl ModelFile {
    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, is no model of this crate, is truncated, or was written by a newer version.
    pub fn read(path: &Path) -> Result<Self> {
        let file = Container::read(path)?;
        match file.version {
            imported::FORMAT_VERSION => ImportedEstimator::restore(&file).map(Self::Imported),
            _ => Model::restore(&file).map(|model| Self::Trained(Box::new(model))),
        }
    }

    /// The header of events that it can be asked about: that of the events it was trained on, as far as it knows.
    pub fn header(&self) -> Header {
        match self {
            Self::Trained(model) => model.provenance().data.clone(),
            Self::Imported(estimator) => estimator.header(),
        }
    }

    /// The one point at which it knows the score, `[p]`, if it does not know it anywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        match self {
            Self::Trained(model) => model.theta_ref(),
            Self::Imported(estimator) => estimator.theta_ref(),
        }
    }

    /// Whether it knows log ratios.
    pub fn knows_ratio(&self) -> bool {
        match self {
            Self::Trained(model) => model.knows_ratio(),
            Self::Imported(estimator) => estimator.knows_ratio(),
        }
    }

    /// Whether it knows scores.
    pub fn knows_score(&self) -> bool {
        match self {
            Self::Trained(model) => model.knows_score(),
            Self::Imported(_) => true,
        }
    }
}

impl LogRatio for ModelFile {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.inner().log_ratio_with_spread(x, theta0, theta1)?.0)
    }
}

impl Score for ModelFile {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.inner().score_with_spread(x, theta)?.0)
    }
}
