//! Any estimator with its ratios calibrated.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};

use super::Calibration;
use motherlode_core::cache::Cache;
use motherlode_core::certificate::{Certificate, SizeCoverage};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::{Domain, Estimator};

/// Number of data sets in the cache: one for each of some threads.
const KEPT: usize = 16;
/// Size of the largest table to keep, 8 MB.
const MOST_NUMBERS: usize = 1 << 20;

/// An estimator whose log ratios go through a [`Calibration`]; it knows no score.
///
/// It holds any [`Estimator`], or a reference to one: `&dyn Estimator`.
pub struct CalibratedEstimator<E> {
    estimator: E,
    calibration: Calibration,
    /// Corrections to recent data sets: a likelihood evaluates one at many hypotheses in succession.
    cache: Cache<Array2<f64>, Array2<f64>>,
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
                cache: Cache::new(KEPT),
            }),
            false => Err(Error::data(format!(
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

    /// Puts an examination of the calibrated ratios on record, in the calibration.
    pub fn with_certificate(mut self, certificate: Certificate) -> Self {
        self.calibration.certificate = Some(certificate);
        self
    }

    /// The calibration alone.
    pub fn into_calibration(self) -> Calibration {
        self.calibration
    }

    fn corrections(&self, x: ArrayView2<f64>) -> Result<Arc<Array2<f64>>> {
        if let Some(known) = self.cache.get(|known| known == x) {
            return Ok(known);
        }
        let corrections = Arc::new(self.calibration.corrections(ratio_of(&self.estimator)?, x)?);
        if corrections.len().max(x.len()) <= MOST_NUMBERS {
            self.cache.insert(x.to_owned(), Arc::clone(&corrections));
        }
        Ok(corrections)
    }
}

/// The warning of regions that a calibration has left too small.
fn still_too_small(coverage: &[SizeCoverage]) -> Option<String> {
    let words = || SizeCoverage::too_narrow(coverage, "intervals of the calibrated ratios are still", "");
    (!coverage.is_empty()).then(words)
}

fn ratio_of(estimator: &impl Estimator) -> Result<&dyn LogRatio> {
    let unknown = || {
        Error::data(format!(
            "{} knows no ratios, and only ratios can be calibrated",
            estimator.name()
        ))
    };
    estimator.as_ratio().ok_or_else(unknown)
}

impl<E: Estimator> LogRatio for CalibratedEstimator<E> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let ratio = ratio_of(&self.estimator)?;
        let interpolation = self.calibration.interpolation()?;
        let reference = self.calibration.reference();
        let to_reference = |theta: &[f64]| {
            if theta == reference {
                return Ok(Array1::zeros(x.nrows()));
            }
            let space = interpolation.space();
            if !space.contains(theta) {
                return Err(Error::usage(format!(
                    "{theta:?} is outside of {:?}, in which the model was calibrated: ask for hypotheses within",
                    space.edges()
                )));
            }
            let raw = ratio.log_ratio(x, theta, reference)?;
            Ok(raw + self.corrections(x)?.dot(&interpolation.weights(theta)))
        };
        Ok(to_reference(theta0)? - to_reference(theta1)?)
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

    /// Warnings of the training, without those whose remedy is the calibration where this was examined, and of the calibration.
    fn training_warnings(&self) -> Vec<String> {
        let examined = self
            .calibration
            .certificate
            .as_ref()
            .filter(|found| !found.coverage.is_empty());
        let said = self.estimator.training_warnings().into_iter();
        let remains = |warning: &String| examined.is_none() || !warning.contains("`calibrate`");
        let before = said
            .filter(remains)
            .map(|warning| format!("before its calibration, {warning}"));
        let after = examined.map(Certificate::too_small);
        before.chain(after.as_deref().and_then(still_too_small)).collect()
    }

    /// The examination after the calibration. The one before says nothing of it, but for the ranges of the observables.
    fn certificates(&self) -> Vec<Certificate> {
        let before = self.estimator.certificates();
        vec![Certificate {
            ranges: before.into_iter().find_map(|one| one.ranges),
            ..self.calibration.certificate.clone().unwrap_or_default()
        }]
    }

    fn n_members(&self) -> usize {
        self.estimator.n_members()
    }

    fn accepts(&self, events: &Header) -> Result<()> {
        self.estimator.accepts(events)
    }
}
