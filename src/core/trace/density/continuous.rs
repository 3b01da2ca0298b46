//! Densities on the real line.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Density, LogProbability, Rejected, Stream, impossible, require};
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

    #[inline]
    fn accumulate(&self, draw: &f64, path: &mut LogProbability<R>) {
        let inverse = self.sd.recip();
        let u = (-self.mean + *draw) * inverse;
        path.multiply(inverse);
        path.add(-u * u * 0.5 - LN_SQRT_2PI);
    }
}

/// The uniform density 1/(b − a) on an interval [a, b).
///
/// A bound that depends on θ moves the support, and with it the theorem fails that the joint score rests on: its
/// mean is then 1/(b − a) per unit of `low` (minus that of `high`) and not 0, and it says nothing about the score of
/// the observation. Joint ratios stay right, with −∞ among their logarithms.
#[derive(Debug, Clone, Copy)]
pub struct Uniform<R> {
    low: R,
    high: R,
}

impl<R: Real> Uniform<R> {
    /// From `low` to `high`.
    ///
    /// # Errors
    /// If the bounds are not finite and in order, or further apart than the largest number.
    #[inline]
    pub fn new(low: R, high: R) -> Result<Self, Rejected> {
        require(low.re() < high.re() && (high.re() - low.re()).is_finite(), || {
            format!(
                "Uniform needs finite bounds low < high, got low = {}, high = {}",
                low.re(),
                high.re()
            )
        })?;
        Ok(Self { low, high })
    }

    #[inline]
    fn contains(&self, draw: f64) -> bool {
        (self.low.re()..=self.high.re()).contains(&draw)
    }
}

impl<R: Real> Density<R> for Uniform<R> {
    type Draw = f64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let (low, high) = (self.low.re(), self.high.re());
        (low + (high - low) * rng.random::<f64>()).min(high) // rounding may overshoot by a last digit
    }

    #[inline]
    fn log_density(&self, draw: &f64) -> R {
        match self.contains(*draw) {
            true => -(self.high - self.low).ln(),
            false => impossible(),
        }
    }

    #[inline]
    fn accumulate(&self, draw: &f64, path: &mut LogProbability<R>) {
        match self.contains(*draw) {
            true => path.multiply((self.high - self.low).recip()),
            false => path.add(impossible()),
        }
    }
}
