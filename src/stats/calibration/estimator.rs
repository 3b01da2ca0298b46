//! Any estimator with its ratios calibrated.

use ndarray::{Array1, ArrayView2};

use super::{Calibration, CorrectionCache};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::{Domain, Estimator};

/// An estimator whose log ratios go through a [`Calibration`]; it knows no score.
///
/// It holds any [`Estimator`], or a reference to one: `&dyn Estimator`.
pub struct CalibratedEstimator<E> {
    estimator: E,
    calibration: Calibration,
    cache: CorrectionCache,
}

impl<E: Estimator> std::fmt::Debug for CalibratedEstimator<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalibratedEstimator")
            .field("estimator", &self.estimator.name())
            .field("calibration", &self.calibration)
            .finish_non_exhaustive()
    }
}

impl<E: Estimator> CalibratedEstimator<E> {
    /// Calibrates the ratios of `estimator`.
    ///
    /// # Errors
    /// If it knows no ratios, or the calibration is not one of its parameters.
    pub fn new(estimator: E, calibration: Calibration) -> Result<Self> {
        ratio_of(&estimator)?;
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

    /// The estimator before its calibration.
    pub fn estimator(&self) -> &E {
        &self.estimator
    }

    /// The calibration that its ratios go through.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

fn ratio_of(estimator: &impl Estimator) -> Result<&dyn LogRatio> {
    let unknown = || {
        Error::usage(format!(
            "{} knows no ratios, and only ratios can be calibrated",
            estimator.name()
        ))
    };
    estimator.as_ratio().ok_or_else(unknown)
}

impl<E: Estimator> LogRatio for CalibratedEstimator<E> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let ratio = ratio_of(&self.estimator)?;
        self.calibration.log_ratio(ratio, &self.cache, x, theta0, theta1)
    }
}

impl<E: Estimator> Estimator for CalibratedEstimator<E> {
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
