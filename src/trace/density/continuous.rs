//! Densities on the real line.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Density, Rejected, Stream, require};
use crate::real::{LN_SQRT_2PI, Real};

/// The normal density with mean μ and standard deviation σ.
#[derive(Debug, Clone, Copy)]
pub struct Normal<R> {
    mean: R,
    sd: R,
}

impl<R: Real> Normal<R> {
    /// Mean `mean`, standard deviation `sd`.
    ///
    /// # Errors
    /// If a parameter is not finite or `sd` is not positive.
    #[inline]
    pub fn new(mean: R, sd: R) -> Result<Self, Rejected> {
        require(mean.re().is_finite() && sd.re().is_finite() && sd.re() > 0.0, || {
            format!(
                "Normal needs a finite mean and sd > 0, got mean = {}, sd = {}",
                mean.re(),
                sd.re()
            )
        })?;
        Ok(Self { mean, sd })
    }
}

impl<R: Real> Density<R> for Normal<R> {
    type Draw = f64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let z: f64 = rng.sample(StandardNormal);
        self.mean.re() + self.sd.re() * z
    }

    #[inline]
    fn log_density(&self, draw: &f64) -> R {
        let u = (-self.mean + *draw) / self.sd;
        -u * u * 0.5 - self.sd.ln() - LN_SQRT_2PI
    }
}
