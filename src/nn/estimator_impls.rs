//! Networks as estimators that inference, diagnostics and calibration take.

use ndarray::{Array1, Array2, ArrayView2};

use super::{
    CalibratedModel, Ensemble, ImportedEstimator, LikelihoodEstimator, Model, ModelFile, Provenance, RatioEstimator,
    ScoreEstimator,
};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::estimator::{Domain, Estimator, WithSpread};
use motherlode_core::likelihood::{LogLikelihood, LogRatio, Score};

/// Implements [`Estimator`] for a type with a record of its training; `$specific` are the methods that differ.
macro_rules! trained_here {
    ($type:ty { $($specific:tt)* }) => {
        impl Estimator for $type {
            fn n_parameters(&self) -> usize {
                self.provenance().data.parameters.len()
            }

            fn training_events(&self) -> Option<Header> {
                Some(self.provenance().data.clone())
            }

            fn accepts(&self, events: &Header) -> Result<()> {
                check_source(&self.provenance().data, events)
            }

            $($specific)*
        }
    };
}

trained_here!(RatioEstimator {
    fn name(&self) -> String {
        self.provenance.method.to_string()
    }

    fn domain(&self) -> Domain {
        match self.is_antisymmetric() {
            false => self.provenance.data.design.domain(self.n_parameters()),
            true => domain_beyond_a_pair(&self.provenance),
        }
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.knows_score().then_some(self)
    }
});

trained_here!(ScoreEstimator {
    fn name(&self) -> String {
        self.provenance.method.to_string()
    }

    fn domain(&self) -> Domain {
        domain_beyond_a_pair(&self.provenance)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.theta_ref()
    }
});

trained_here!(LikelihoodEstimator {
    fn name(&self) -> String {
        self.provenance.method.to_string()
    }

    fn domain(&self) -> Domain {
        domain_beyond_a_pair(&self.provenance)
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        Some(self)
    }
});

trained_here!(Ensemble {
    fn name(&self) -> String {
        self.provenance().method.to_string()
    }

    fn domain(&self) -> Domain {
        self.members()[0].domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        self.members()[0].knows_ratio().then_some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        self.members().iter().all(Model::knows_score).then_some(self)
    }

    fn score_point(&self) -> Option<&[f64]> {
        self.members()[0].theta_ref()
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
        let (mean, spread) = self.log_ratio_and_spread(x, theta0, theta1)?;
        Ok((mean, Some(spread)))
    }

    fn score_with_spread(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<WithSpread<Array2<f64>>> {
        let (mean, spread) = self.score_and_spread(x, theta)?;
        Ok((mean, Some(spread)))
    }
});

trained_here!(CalibratedModel {
    fn name(&self) -> String {
        format!("{}, calibrated ({})", self.model().name(), self.calibration().method.name())
    }

    fn domain(&self) -> Domain {
        self.model().domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn n_members(&self) -> usize {
        self.model().n_members()
    }
});

/// Hypotheses that a model knows which is not bound to the one pair of a design of pairs.
fn domain_beyond_a_pair(provenance: &Provenance) -> Domain {
    match provenance.data.design.domain(provenance.data.parameters.len()) {
        Domain::Pair { .. } => Domain::Unknown,
        domain => domain,
    }
}

/// Checks that events come from the simulator of the training; other rows of the same file do.
fn check_source(trained_on: &Header, events: &Header) -> Result<()> {
    let source = |header: &Header| (header.simulator.clone(), header.observables.clone());
    match source(trained_on) == source(events) {
        true => Ok(()),
        false => Err(Error::data(format!(
            "the data are events of {}, the model was trained on {}",
            events.simulator_label(),
            trained_on.simulator_label()
        ))),
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

fn check_names(what: &str, found: &[String], needed: &Option<Vec<String>>, n: usize) -> Result<()> {
    match needed {
        Some(needed) if needed != found => Err(Error::data(format!(
            "the {what} of the data are {}, those of the model {}",
            found.join(", "),
            needed.join(", ")
        ))),
        None if found.len() != n => Err(Error::data(format!(
            "the data have {} {what}, the model {n}",
            found.len()
        ))),
        _ => Ok(()),
    }
}

/// Implements the traits of estimators for types that hold one of several kinds, by asking the one that they hold.
macro_rules! by_its_kind {
    ($($type:ty),*) => {$(
        impl Estimator for $type {
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

        impl LogRatio for $type {
            fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
                Ok(self.inner().log_ratio_with_spread(x, theta0, theta1)?.0)
            }
        }

        impl Score for $type {
            fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
                Ok(self.inner().score_with_spread(x, theta)?.0)
            }
        }
    )*};
}

by_its_kind!(Model, ModelFile);
