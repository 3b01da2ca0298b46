//! Any estimator with its ratios calibrated.

use ndarray::{Array1, ArrayView2};

use super::{Calibration, CorrectionCache};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::{Domain, Estimator};

/// An estimator whose log ratios go through a [`Calibration`]; it knows no score.
///
/// Model files hold calibrated networks of their own; this is for every other [`Estimator`], a type of yours among them.
pub struct CalibratedEstimator<'a> {
    estimator: &'a dyn Estimator,
    calibration: Calibration,
    cache: CorrectionCache,
}

impl std::fmt::Debug for CalibratedEstimator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalibratedEstimator")
            .field("estimator", &self.estimator.name())
            .field("calibration", &self.calibration)
            .finish_non_exhaustive()
    }
}

impl<'a> CalibratedEstimator<'a> {
    /// Calibrates the ratios of `estimator`.
    ///
    /// # Errors
    /// If it knows no ratios, or the calibration is not one of its parameters.
    pub fn new(estimator: &'a dyn Estimator, calibration: Calibration) -> Result<Self> {
        if estimator.as_ratio().is_none() {
            return Err(Error::usage(format!(
                "{} knows no ratios, and only ratios can be calibrated",
                estimator.name()
            )));
        }
        calibration.check()?;
        let (found, needed) = (calibration.n_parameters(), estimator.n_parameters());
        match found == needed {
            true => Ok(Self {
                estimator,
                calibration,
                cache: CorrectionCache::default(),
            }),
            false => Err(Error::usage(format!(
                "a calibration of {found} parameters for an estimator of {needed}"
            ))),
        }
    }

    /// The calibration that its ratios go through.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

impl LogRatio for CalibratedEstimator<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let unknown = || Error::usage(format!("{} knows no ratios", self.estimator.name()));
        let ratio = self.estimator.as_ratio().ok_or_else(unknown)?;
        self.calibration.log_ratio(ratio, &self.cache, x, theta0, theta1)
    }
}

impl Estimator for CalibratedEstimator<'_> {
    fn name(&self) -> String {
        format!(
            "{}, calibrated ({})",
            self.estimator.name(),
            self.calibration.method.name()
        )
    }

    fn n_parameters(&self) -> usize {
        self.estimator.n_parameters()
    }

    fn domain(&self) -> Domain {
        self.estimator.domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn training_events(&self) -> Option<Header> {
        self.estimator.training_events()
    }

    fn n_members(&self) -> usize {
        self.estimator.n_members()
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        self.estimator.accepts(events)
    }
}
