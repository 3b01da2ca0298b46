//! What a model file holds.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView2};

use super::container::Container;
use super::imported::Answer;
use super::{ImportedEstimator, Model, imported};
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::{Header, numbered};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
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

    /// Whether it can be evaluated on the events of a data set: those of its simulator, or, of an imported one that knows no
    /// simulator, those of its observables and parameters.
    ///
    /// # Errors
    /// Says what differs.
    pub fn check_events(&self, events: &Header) -> Result<()> {
        match self {
            Self::Trained(model) => {
                let trained_on = &model.provenance().data;
                // Other rows of the same file are events of the same simulator.
                let source = |header: &Header| {
                    (
                        Portion::split(&header.simulator).0.to_owned(),
                        header.observables.clone(),
                    )
                };
                match source(trained_on) == source(events) {
                    true => Ok(()),
                    false => Err(Error::usage(format!(
                        "the data are events of {}, the model was trained on {}",
                        events.simulator, trained_on.simulator
                    ))),
                }
            }
            Self::Imported(estimator) => {
                let import = estimator.import();
                check_names(
                    "observables",
                    &events.observables,
                    &import.observables,
                    estimator.n_observables(),
                )?;
                check_names(
                    "parameters",
                    &events.parameters,
                    &import.parameters,
                    estimator.n_parameters(),
                )
            }
        }
    }

    /// The header of events that it can be asked about: that of the events it was trained on, as far as it knows.
    pub fn header(&self) -> Header {
        match self {
            Self::Trained(model) => model.provenance().data.clone(),
            Self::Imported(estimator) => {
                let import = estimator.import();
                let parameters = import.parameters.clone();
                let observables = import.observables.clone();
                Header::imported(
                    parameters.unwrap_or_else(|| numbered("theta", estimator.n_parameters())),
                    observables.unwrap_or_else(|| numbered("x", estimator.n_observables())),
                    Design::Reference {
                        theta: self.theta_ref().map(<[f64]>::to_vec).unwrap_or_default(),
                    },
                )
            }
        }
    }

    /// What it is, in words: the method, or the program that trained it and what it has learned.
    pub fn name(&self) -> String {
        match self {
            Self::Trained(model) => match model.as_ref() {
                Model::Calibrated(calibrated) => {
                    let (method, by) = (model.provenance().method, calibrated.calibration().method.name());
                    format!("{method}, calibrated ({by})")
                }
                _ => model.provenance().method.to_string(),
            },
            Self::Imported(estimator) => {
                let import = estimator.import();
                format!("network of {} ({})", import.program, import.learned.name())
            }
        }
    }

    /// Number of networks.
    pub fn n_members(&self) -> usize {
        match self {
            Self::Trained(model) => model.members().len(),
            Self::Imported(estimator) => estimator.n_members(),
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

    /// log r̂(x|θ0, θ1), `[n]`, and its spread over the members of an ensemble.
    ///
    /// # Errors
    /// If it knows no such ratio, or `x`, `theta0` or `theta1` do not have the shapes of the training data.
    pub fn log_ratio_and_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<Answer<Array1<f64>>> {
        match self {
            Self::Trained(model) => match model.as_ref() {
                Model::Ensemble(ensemble) => {
                    let (mean, spread) = ensemble.log_ratio_and_spread(x, theta0, theta1)?;
                    Ok((mean, Some(spread)))
                }
                single => Ok((single.log_ratio(x, theta0, theta1)?, None)),
            },
            Self::Imported(estimator) => estimator.log_ratio_and_spread(x, theta0, theta1),
        }
    }

    /// The score at `theta`, `[n, p]`, and its spread over the members of an ensemble.
    ///
    /// # Errors
    /// If it does not know the score there, or `x` or `theta` do not have the shapes of the training data.
    pub fn score_and_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Answer<Array2<f64>>> {
        match self {
            Self::Trained(model) => match model.as_ref() {
                Model::Ensemble(ensemble) => {
                    let (mean, spread) = ensemble.score_and_spread(x, theta)?;
                    Ok((mean, Some(spread)))
                }
                single => Ok((single.score(x, theta)?, None)),
            },
            Self::Imported(estimator) => estimator.score_and_spread(x, theta),
        }
    }
}

impl LogRatio for ModelFile {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.log_ratio_and_spread(x, theta0, theta1)?.0)
    }
}

impl Score for ModelFile {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.score_and_spread(x, theta)?.0)
    }
}

fn check_names(what: &str, found: &[String], needed: &Option<Vec<String>>, n: usize) -> Result<()> {
    match needed {
        Some(needed) if needed != found => Err(Error::usage(format!(
            "the {what} of the data are {}, those of the model {}",
            found.join(", "),
            needed.join(", ")
        ))),
        None if found.len() != n => Err(Error::usage(format!(
            "the data have {} {what}, the model {n}",
            found.len()
        ))),
        _ => Ok(()),
    }
}
