//! Densities on the integers.

use rand::RngExt;

use super::{Density, LogProbability, Rejected, Stream, require};
use crate::real::Real;

/// A coin: true with probability p.
#[derive(Debug, Clone, Copy)]
pub struct Bernoulli<R> {
    p: R,
}

impl<R: Real> Bernoulli<R> {
    /// True with probability `p`.
    ///
    /// # Errors
    /// If `p` is not within [0, 1].
    #[inline]
    pub fn new(p: R) -> Result<Self, Rejected> {
        require((0.0..=1.0).contains(&p.re()), || {
            format!("Bernoulli needs 0 ≤ p ≤ 1, got p = {}", p.re())
        })?;
        Ok(Self { p })
    }

    #[inline]
    fn probability(&self, draw: bool) -> R {
        if draw { self.p } else { -self.p + 1.0 }
    }
}

impl<R: Real> Density<R> for Bernoulli<R> {
    type Draw = bool;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> bool {
        rng.random::<f64>() < self.p.re()
    }

    #[inline]
    fn log_density(&self, draw: &bool) -> R {
        self.probability(*draw).ln()
    }

    #[inline]
    fn accumulate(&self, draw: &bool, path: &mut LogProbability<R>) {
        path.multiply(self.probability(*draw));
    }
}
