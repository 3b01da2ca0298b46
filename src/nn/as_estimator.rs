//! Models as estimators that inference, diagnostics and calibration take.

use ndarray::{Array1, Array2, ArrayView2};

use super::{ImportedEstimator, Model, ModelFile};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::estimator::{Domain, Estimator, WithSpread};
use motherlode_core::likelihood::{LogLikelihood, LogRatio, Score};

impl Estimator for Model {
    fn name(&self) -> String {
        let method = self.provenance().method;
        match self {
            Self::Calibrated(calibrated) => {
                format!("{method}, calibrated ({})", calibrated.calibration().method.name())
            }
            _ => method.to_string(),
        }
    }

    fn n_parameters(&self) -> usize {
        self.provenance().data.parameters.len()
    }

    fn domain(&self) -> Domain {
        let design = &self.provenance().data.design;
        match (&self.members()[0], design.domain(self.n_parameters())) {
            (Self::Ratio(estimator), pair @ Domain::Pair { .. }) if !estimator.is_antisymmetric() => pair,
            (_, Domain::Pair { .. }) => Domain::Unknown,
            (_, domain) => domain,
        }
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        self.knows_ratio().then_some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.knows_score().then_some(self)
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        match self {
            Self::Likelihood(estimator) => Some(estimator),
            _ => None,
        }
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.theta_ref()
    }

    fn training_events(&self) -> Option<Header> {
        Some(self.provenance().data.clone())
    }

    fn n_members(&self) -> usize {
        self.members().len()
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        match self {
            Self::Ensemble(ensemble) => {
                let (mean, spread) = ensemble.log_ratio_and_spread(x, theta0, theta1)?;
                Ok((mean, Some(spread)))
            }
            single => Ok((single.log_ratio(x, theta0, theta1)?, None)),
        }
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        match self {
            Self::Ensemble(ensemble) => {
                let (mean, spread) = ensemble.score_and_spread(x, theta)?;
                Ok((mean, Some(spread)))
            }
            single => Ok((single.score(x, theta)?, None)),
        }
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        let trained_on = &self.provenance().data;
        // Other rows of the same file are events of the same simulator.
        let source = |header: &Header| (header.simulator.clone(), header.observables.clone());
        match source(trained_on) == source(events) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "the data are events of {}, the model was trained on {}",
                events.simulator_label(),
                trained_on.simulator_label()
            ))),
        }
    }
}

impl Estimator for ImportedEstimator {
    fn name(&self) -> String {
        let import = self.import();
        format!("network of {} ({})", import.program, import.learned.name())
    }

    fn n_parameters(&self) -> usize {
        Self::n_parameters(self)
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        self.knows_ratio().then_some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.theta_ref()
    }

    fn training_events(&self) -> Option<Header> {
        Some(self.header())
    }

    fn n_members(&self) -> usize {
        Self::n_members(self)
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        self.log_ratio_and_spread(x, theta0, theta1)
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        self.score_and_spread(x, theta)
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        let import = self.import();
        check_names(
            "observables",
            &events.observables,
            &import.observables,
            self.n_observables(),
        )?;
        check_names(
            "parameters",
            &events.parameters,
            &import.parameters,
            Self::n_parameters(self),
        )
    }
}

impl ModelFile {
    /// The model, whoever trained it.
    pub fn inner(&self) -> &dyn Estimator {
        match self {
            Self::Trained(model) => &**model,
            Self::Imported(estimator) => estimator,
        }
    }
}

impl Estimator for ModelFile {
    fn name(&self) -> String {
        self.inner().name()
    }

    fn n_parameters(&self) -> usize {
        self.inner().n_parameters()
    }

    fn domain(&self) -> Domain {
        self.inner().domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        self.inner().as_ratio()
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.inner().as_score()
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        self.inner().as_density()
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.inner().score_point()
    }

    fn training_events(&self) -> Option<Header> {
        self.inner().training_events()
    }

    fn n_members(&self) -> usize {
        self.inner().n_members()
    }

    fn log_ratio_with_spread(
        &self,
        x: ArrayView2<f64>,
        theta0: &[f64],
        theta1: &[f64],
    ) -> Result<WithSpread<Array1<f64>>> {
        self.inner().log_ratio_with_spread(x, theta0, theta1)
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        self.inner().score_with_spread(x, theta)
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        self.inner().accepts(events)
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
