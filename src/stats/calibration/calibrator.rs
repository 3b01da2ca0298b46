//! The ways to calibrate.

use serde::{Deserialize, Serialize};

use super::histogram::histogram;
use super::isotonic::isotonic;
use super::kernel::kernel;
use super::{Curve, Scores};
use motherlode_core::error::Result;

/// Method by which log r is found from log r̂.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// log r = log r̂ − ln E_θ1\[r̂\]: the mean weight becomes one, and nothing else changes.
    Expectation,
    /// The ratio of two histograms of log r̂ in bins of equal probability, linear in between.
    Histogram,
    /// The monotone function of log r̂ closest to the labels.
    Isotonic,
    /// The ratio of two kernel density estimates of log r̂.
    Kernel,
}

impl Calibrator {
    /// The curve for these scores.
    ///
    /// # Errors
    /// If the log ratios are all the same where a density is to be estimated, or E\[r̂\] is infinite.
    pub fn fit(self, scores: &Scores) -> Result<Curve> {
        match self {
            Self::Expectation => {
                // Relative to the largest, so that nothing overflows.
                let largest = scores
                    .sorted()
                    .iter()
                    .map(|score| score.log_ratio)
                    .fold(f64::NEG_INFINITY, f64::max);
                let mean = scores.mean(1, |log| (log - largest).exp());
                let curve = Curve::Shift(-(largest + mean.ln()));
                curve.check().map(|()| curve)
            }
            Self::Histogram => histogram(scores),
            Self::Isotonic => isotonic(scores),
            Self::Kernel => kernel(scores),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expectation => "expectation",
            Self::Histogram => "histogram",
            Self::Isotonic => "isotonic",
            Self::Kernel => "kde",
        }
    }
}
