//! Densities on an interval.

use rand::RngExt;
use rand_distr::Beta as DrawBeta;

use super::{Density, Rejected, Stream, impossible, require};
use crate::real::Real;

/// The beta density on (0, 1): xᵃ⁻¹ (1 − x)ᵇ⁻¹ Γ(a + b) / (Γ(a) Γ(b)).
///
/// # Precision
/// Draws closer to 1 than 10⁻¹⁶, or to 0 than 2·10⁻³⁰⁸, are moved there. For b under 0.5 the former is not rare, and
/// the score with respect to b is biased: exchange the roles of x and 1 − x where only b is small.
#[derive(Debug, Clone, Copy)]
pub struct Beta<R> {
    a: R,
    b: R,
}

impl<R: Real> Beta<R> {
    /// Exponents `a` − 1 of x and `b` − 1 of 1 − x; the mean is a/(a + b).
    ///
    /// # Errors
    /// If a parameter is not within [10⁻¹⁰⁰, 10¹⁰⁰].
    #[inline]
    pub fn new(a: R, b: R) -> Result<Self, Rejected> {
        require(has_moderate_size(a) && has_moderate_size(b), || {
            format!(
                "Beta needs a and b from 1e-100 to 1e100, got a = {}, b = {}",
                a.re(),
                b.re()
            )
        })?;
        Ok(Self { a, b })
    }
}

/// Refuses an exponent that is not positive, or so large or small that a product of two leaves the number range.
#[inline]
pub(super) fn has_moderate_size<R: Real>(exponent: R) -> bool {
    (1e-100..=1e100).contains(&exponent.re())
}

impl<R: Real> Density<R> for Beta<R> {
    type Draw = f64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let beta = DrawBeta::new(self.a.re(), self.b.re()).expect("a and b were checked to be positive");
        rng.sample(beta).clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON)
    }

    #[inline]
    fn log_density(&self, draw: &f64) -> R {
        if *draw <= 0.0 || *draw >= 1.0 {
            return impossible();
        }
        let normaliser =
            self.a.ln_gamma_function() + self.b.ln_gamma_function() - (self.a + self.b).ln_gamma_function();
        (self.a - 1.0) * draw.ln() + (self.b - 1.0) * (-draw).ln_1p() - normaliser
    }
}

/// A power law xᵉ on an interval [low, high] of positive numbers, normalised for any exponent e, −1 included.
///
/// With L = ln(high/low) and t = (e + 1) L the density is (x/low)ᵉ / (low L g(t)), g(t) = (eᵗ − 1)/t.
#[derive(Debug, Clone, Copy)]
pub struct PowerLaw<R> {
    exponent: R,
    low: f64,
    high: f64,
    log_width: f64,
}

impl<R: Real> PowerLaw<R> {
    /// Density ∝ x^`exponent` from `low` to `high`.
    ///
    /// # Errors
    /// If `exponent` is not finite or the bounds are not positive, finite and in order.
    #[inline]
    pub fn new(exponent: R, low: f64, high: f64) -> Result<Self, Rejected> {
        let bounded = low >= f64::MIN_POSITIVE && low < high && high.is_finite();
        require(exponent.re().is_finite() && bounded, || {
            format!(
                "PowerLaw needs a finite exponent and 0 < low < high < ∞, got exponent = {}, low = {low}, high = {high}",
                exponent.re()
            )
        })?;
        // A quotient close to one has lost the digits that the difference still has.
        let log_width = match high < 2.0 * low {
            true => ((high - low) / low).ln_1p(),
            false => high.ln() - low.ln(),
        };
        Ok(Self {
            exponent,
            low,
            high,
            log_width,
        })
    }

    /// (e + 1) L: how steep the density is in ln x, from one bound to the other.
    #[inline]
    fn tilt(&self) -> R {
        (self.exponent + 1.0) * self.log_width
    }
}

impl<R: Real> Density<R> for PowerLaw<R> {
    type Draw = f64;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let along = tilted(self.tilt().re(), rng.random());
        (self.low * (self.log_width * along).exp()).clamp(self.low, self.high)
    }

    #[inline]
    fn log_density(&self, draw: &f64) -> R {
        if !(self.low..=self.high).contains(draw) {
            return impossible();
        }
        let log_low = self.low.ln();
        self.exponent * (draw.ln() - log_low) - ln_mean_exp(self.tilt()) - self.log_width.ln() - log_low
    }
}

/// A number y of [0, 1] with density ∝ exp(tilt · y), from a uniform one.
///
/// The exponential is taken of −|tilt| only, so that no tilt is too steep, and none too slight.
#[inline]
fn tilted(tilt: f64, uniform: f64) -> f64 {
    let decay = -tilt.abs();
    if decay == 0.0 {
        return uniform;
    }
    let y = (uniform * decay.exp_m1()).ln_1p() / decay;
    if tilt > 0.0 { 1.0 - y } else { y }
}

/// ln ((eᵗ − 1)/t), the logarithm of the mean of exp(ty) over 0 < y < 1, with derivatives at t = 0 too.
fn ln_mean_exp<R: Real>(t: R) -> R {
    if t.re().abs() < 2.0 {
        // t/2 + ln (sinh(t/2)/(t/2)), by a series without a singularity; the next term is below 1e-19.
        let q = t * t * 0.25;
        let sinhc = (1..=9).rev().fold(R::from(1.0), |sum, k| {
            let k = 2.0 * f64::from(k);
            sum * q / (k * (k + 1.0)) + 1.0
        });
        return t * 0.5 + sinhc.ln();
    }
    let (steepness, rise) = match t.re() > 0.0 {
        true => (t, t),
        false => (-t, R::from(0.0)),
    };
    rise + (-(-steepness).exp_m1()).ln() - steepness.ln()
}
