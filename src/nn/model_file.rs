//! Models of any origin, as a model file holds them.

use std::path::Path;

use super::model_format::{Description, OpenModel};
use super::{ImportedEstimator, Model};
use motherlode_core::dataset::Header;
use motherlode_core::error::Result;
use motherlode_core::estimator::Estimator;

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
        let (file, description) = OpenModel::read(path)?;
        Self::restore(&file, description)
    }

    /// The model in the bytes of a model file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (file, description) = OpenModel::from_bytes(bytes)?;
        Self::restore(&file, description)
    }

    fn restore(file: &OpenModel, description: Description) -> Result<Self> {
        match description.import.is_some() {
            true => ImportedEstimator::restore(file, description).map(Self::Imported),
            false => Model::restore(file, description).map(|model| Self::Trained(Box::new(model))),
        }
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// If a number in the record of the training has no JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Trained(model) => model.to_bytes(),
            Self::Imported(estimator) => estimator.to_bytes(),
        }
    }

    /// The estimator, whoever trained it.
    pub fn inner(&self) -> &dyn Estimator {
        match self {
            Self::Trained(model) => model.inner(),
            Self::Imported(estimator) => estimator,
        }
    }

    /// The header of events that it can be evaluated on: that of the events it was trained on, as far as it is known.
    pub fn header(&self) -> Header {
        match self {
            Self::Trained(model) => model.provenance().data.clone(),
            Self::Imported(estimator) => estimator.header(),
        }
    }

    /// The one point at which it knows the score, `[p]`, if it does not know it anywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        self.inner().score_point()
    }

    /// Returns true if it knows log ratios.
    pub fn knows_ratio(&self) -> bool {
        self.inner().as_ratio().is_some()
    }

    /// Returns true if it knows scores.
    pub fn knows_score(&self) -> bool {
        self.inner().as_score().is_some()
    }
}
