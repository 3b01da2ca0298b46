//! A calibrated log ratio as a function of the estimated one.

use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};

/// log r as a function of log r̂.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curve {
    /// log r = log r̂ + shift.
    Shift(f64),
    /// Linear between points of ascending log r̂, constant beyond the first and the last: there are no events to learn from.
    Points {
        /// log r̂.
        at: Vec<f64>,
        /// log r.
        log_ratio: Vec<f64>,
    },
}

impl Curve {
    /// Through (log r̂, log r), in ascending order of log r̂.
    ///
    /// # Errors
    /// If there are no points, they are not in order, or not finite.
    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Result<Self> {
        let (at, log_ratio) = points.into_iter().unzip();
        let curve = Self::Points { at, log_ratio };
        curve.check().map(|()| curve)
    }

    /// Checks that a curve from a file is a function of log r̂.
    pub(crate) fn check(&self) -> Result<()> {
        let sound = match self {
            Self::Shift(shift) => shift.is_finite(),
            Self::Points { at, log_ratio } => {
                at.len() == log_ratio.len()
                    && !at.is_empty()
                    && at.iter().chain(log_ratio).all(|value| value.is_finite())
                    && at.windows(2).all(|pair| pair[0] < pair[1])
            }
        };
        match sound {
            true => Ok(()),
            false => Err(Error::numerical(
                "a calibration curve needs finite points of ascending log ratio: is the estimate the same number for all events?",
            )),
        }
    }

    /// The calibrated log r for an estimated one; NaN stays NaN.
    pub fn at(&self, log_ratio: f64) -> f64 {
        match self {
            Self::Shift(shift) => log_ratio + shift,
            Self::Points { .. } if log_ratio.is_nan() => f64::NAN,
            Self::Points { at, log_ratio: values } => {
                let above = at.partition_point(|&place| place < log_ratio);
                match (above.checked_sub(1), at.get(above)) {
                    (None, _) => values[0],
                    (Some(below), None) => values[below],
                    (Some(below), Some(&end)) => {
                        let share = (log_ratio - at[below]) / (end - at[below]);
                        values[below] + share * (values[above] - values[below])
                    }
                }
            }
        }
    }
}
