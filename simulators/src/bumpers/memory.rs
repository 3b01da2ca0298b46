//! Normal draws of one density, remembered by three sums.

use motherlode_core::Real;
use motherlode_core::trace::Trace;

/// Number, sum and sum of squares of some draws, as deviations from a typical value: sums of squares of the draws themselves
/// would lose precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    typical: f64,
    sums: [f64; Self::NUMBERS],
}

impl Spread {
    /// Number of stored values.
    const NUMBERS: usize = 3;

    /// Nothing yet, of draws around a `typical` value.
    pub fn around(typical: f64) -> Self {
        let sums = [0.0; Self::NUMBERS];
        Self { typical, sums }
    }

    /// Restores remembered `sums`.
    pub fn with(self, sums: [f64; Self::NUMBERS]) -> Self {
        Self { sums, ..self }
    }

    /// One more draw.
    pub fn add(&mut self, draw: f64) {
        let deviation = draw - self.typical;
        let [number, sum, squares] = &mut self.sums;
        *number += 1.0;
        *sum += deviation;
        *squares += deviation * deviation;
    }

    /// Has the event remember it.
    pub fn remember<R: Real>(&self, trace: &mut impl Trace<R>) {
        trace.remember(&self.sums);
    }

    /// Σ ln N(draw; mean, sd).
    pub fn log_probability<R: Real>(&self, mean: R, sd: f64) -> R {
        let [number, sum, squares] = self.sums;
        let shift = mean - self.typical;
        let norm = number * (std::f64::consts::TAU.sqrt() * sd).ln();
        (shift * (2.0 * sum) - shift * shift * number - squares) / (2.0 * sd * sd) - norm
    }
}
