//! Calibration of whatever pair of hypotheses is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array1, ArrayView2};

use super::{CalibrationEvents, Calibrator, Curve};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;

/// An estimator of ratios, calibrated anew for each pair of hypotheses: events are drawn when a pair is asked for the first time,
/// and its curve is kept.
pub struct PairCalibration<'a> {
    estimator: &'a dyn LogRatio,
    simulator: &'a dyn Instrumented,
    method: Calibrator,
    n_events: usize,
    seed: u64,
    progress: &'a dyn Progress,
    curves: Mutex<BTreeMap<[Vec<u64>; 2], Arc<Curve>>>,
}

impl std::fmt::Debug for PairCalibration<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairCalibration")
            .field("simulator", &self.simulator.name())
            .field("method", &self.method)
            .field("n_events", &self.n_events)
            .finish_non_exhaustive()
    }
}

impl<'a> PairCalibration<'a> {
    /// Calibrates `estimator` by `n_events` events of both hypotheses together. For 1 % of the ratio, where most events are, take 10⁵.
    pub fn new(
        estimator: &'a dyn LogRatio,
        simulator: &'a dyn Instrumented,
        method: Calibrator,
        n_events: usize,
        seed: u64,
    ) -> Self {
        Self {
            estimator,
            simulator,
            method,
            n_events,
            seed,
            progress: &(),
            curves: Mutex::default(),
        }
    }

    /// Reports events to `progress` as they are drawn, and stops when it asks to.
    pub fn with_progress(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }

    /// The curve of a pair.
    ///
    /// # Errors
    /// If events cannot be drawn, or the estimator fails or says one number for all of them.
    pub fn curve(&self, theta0: &[f64], theta1: &[f64]) -> Result<Arc<Curve>> {
        let key = [theta0, theta1].map(|theta| theta.iter().map(|value| value.to_bits()).collect());
        // Others wait: two of them would draw the same events.
        let mut curves = self.curves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(curve) = curves.get(&key) {
            return Ok(Arc::clone(curve));
        }
        let points = [theta0.to_vec(), theta1.to_vec()];
        let pool = CalibrationEvents::draw(self.simulator, &points, self.n_events, self.seed, self.progress)?;
        let curve = Arc::new(self.method.fit(&pool.scores(self.estimator, 0, 1)?)?);
        curves.insert(key, Arc::clone(&curve));
        Ok(curve)
    }
}

impl LogRatio for PairCalibration<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let curve = self.curve(theta0, theta1)?;
        Ok(self
            .estimator
            .log_ratio(x, theta0, theta1)?
            .mapv_into(|log| curve.at(log)))
    }
}
