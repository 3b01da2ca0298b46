//! Densities on the circle.

use std::f64::consts::{PI, TAU};

use rand::RngExt;
use rand_distr::Exp1;

use super::{Density, Rejected, Stream, require};
use crate::real::Real;

/// The von Mises density of an angle x: exp(κ cos(x − μ)) / (2π I₀(κ)), the normal density of the circle.
///
/// Draws are angles of (−π, π]; any angle can be scored.
#[derive(Debug, Clone, Copy)]
pub struct VonMises<R> {
    mean: R,
    concentration: R,
}

impl<R: Real> VonMises<R> {
    /// Direction `mean`, in radians, and `concentration` κ ≥ 0; with κ = 0 all directions are alike.
    ///
    /// # Errors
    /// If `mean` is not finite or `concentration` is not within [0, 10¹⁵].
    #[inline]
    pub fn new(mean: R, concentration: R) -> Result<Self, Rejected> {
        require(
            mean.re().is_finite() && (0.0..=1e15).contains(&concentration.re()),
            || {
                format!(
                    "VonMises needs a finite mean and 0 ≤ concentration ≤ 1e15, got mean = {}, concentration = {}",
                    mean.re(),
                    concentration.re()
                )
            },
        )?;
        Ok(Self { mean, concentration })
    }
}

impl<R: Real> Density<R> for VonMises<R> {
    type Draw = f64;

    fn sample(&self, rng: &mut Stream) -> f64 {
        let angle = self.mean.re() + deviation(self.concentration.re(), rng);
        let turned = angle - TAU * (angle / TAU).round();
        if turned <= -PI { PI } else { turned }
    }

    #[inline]
    fn draws(&self, draw: &f64) -> bool {
        -PI < *draw && *draw <= PI
    }

    #[inline]
    fn log_density(&self, draw: &f64) -> R {
        let along = (-self.mean + *draw).cos();
        self.concentration * along - self.concentration.ln_bessel_i0() - TAU.ln()
    }
}

/// The angle from the mean, by wrapped Cauchy proposals (Best & Fisher 1979, Appl. Statist. 28, 152).
///
/// Written with half angles, t = tan(angle/2): the published form, an arc cosine, loses the angle where κ is large and
/// divides by κ where it is small.
fn deviation(concentration: f64, rng: &mut Stream) -> f64 {
    let double = 2.0 * concentration;
    let root = double.hypot(1.0);
    // τ − 2κ and τ + 2κ of the paper, τ = 1 + √(1 + 4κ²); the former without cancellation.
    let (less, more) = (1.0 + (root + double).recip(), 1.0 + root + double);
    let narrowing = (less / more).sqrt();
    loop {
        let t = narrowing * (0.5 * PI * (2.0 * rng.random::<f64>() - 1.0)).tan();
        // tan grows without bound, sin² does not: t²/(1 + t²) as 1/(1 + 1/t²).
        let c = 0.5 * less + double * (1.0 + (t * t).recip()).recip();
        let patience: f64 = rng.sample(Exp1);
        if c - 1.0 - c.ln() <= patience {
            return 2.0 * t.atan();
        }
    }
}
