//! Two amplitudes that interfere: a differential rate that is quadratic in its parameter, as in effective theories.
//!
//! A process has a known amplitude and a new one, θ times z as large. The rate of the latent z is the square of their sum,
//! so that
//!
//! p(z|θ) = N(z; 0, 1) (1 + θ z)²/(1 + θ²),
//!
//! with an interference term 2θz that shifts z and a quadratic term θ²z² that widens it; 1 + θ² is the total rate. An
//! instrument adds noise, x ~ N(z, 0.5). Given x and no new amplitude, z ~ N(m, v) with m = x/(1 + s²) and
//! v = s²/(1 + s²), s = 0.5, and so
//!
//! p(x|θ) = N(x; 0, 1 + s²) [(1 + θ m)² + θ² v]/(1 + θ²).

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::{Bernoulli, Normal};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace};
use motherlode_core::{Real, Result};
use ndarray::ArrayView2;

/// s, the standard deviation of the noise.
const NOISE: f64 = 0.5;

/// A latent of two amplitudes that interfere, seen through noise.
#[derive(Debug, Clone, Default)]
pub struct Interference;

/// N(z; 0, 1) (1 + θ z)²/(1 + θ²).
#[derive(Debug, Clone, Copy)]
struct Amplitudes<R>(R);

impl<R: Real> Density<R> for Amplitudes<R> {
    type Draw = f64;

    /// |z| is that of N(z) and of z² N(z), mixed as 1 to θ². The interference only determines the sign.
    fn sample(&self, rng: &mut Stream) -> f64 {
        let theta = self.0.value();
        let chance = |p: f64, rng: &mut Stream| Bernoulli::new(p).is_ok_and(|coin| Density::<f64>::sample(&coin, rng));
        let degrees = if chance(1.0 / (1.0 + theta * theta), rng) { 1 } else { 3 };
        let standard = Normal::new(0.0, 1.0).expect("a standard normal exists");
        let square: f64 = (0..degrees).map(|_| standard.sample(rng).powi(2)).sum();
        let z = square.sqrt();
        let [here, there] = [1.0 + theta * z, 1.0 - theta * z].map(|amplitude| amplitude * amplitude);
        if chance(here / (here + there), rng) { z } else { -z }
    }

    fn log_density(&self, z: &f64) -> R {
        let (theta, normal) = (self.0, -0.5 * (z * z + std::f64::consts::TAU.ln()));
        (theta * *z + 1.0).powi(2).ln() - (theta * theta + 1.0).ln() + normal
    }
}

impl Simulator for Interference {
    fn name(&self) -> &str {
        "interference"
    }

    fn about(&self) -> &str {
        "a rate with two interfering amplitudes, one of them proportional to θ; its latent is seen through normal noise"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -100.0, 100.0).with_about("strength of the new amplitude")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    /// Against no new amplitude, whose density is nowhere zero.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.5], [0.0], [(-1.0, 1.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let z = trace.draw(Amplitudes(theta[0]));
        Ok(vec![trace.noise(Normal::new(z, NOISE)?)])
    }

    /// ln(1 + θ²).
    fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> {
        Some((theta[0] * theta[0] + 1.0).ln())
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Marginal)))
    }
}

/// N(x; 0, 1 + s²) [(1 + θ m)² + θ² v]/(1 + θ²).
struct Marginal;

impl ExactDensity for Marginal {
    fn route(&self) -> &str {
        "closed form (normal times a quadratic)"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let (theta, width) = (theta[0], 1.0 + NOISE * NOISE);
        let log_rate = (theta * theta + 1.0).ln();
        let one = |x: f64| {
            let amplitude = theta * (x / width) + 1.0;
            let rate = amplitude * amplitude + theta * theta * (NOISE * NOISE / width);
            let normal = -0.5 * (x * x / width + (std::f64::consts::TAU * width).ln());
            rate.ln() - log_rate + normal
        };
        x.column(0).iter().map(|&x| one(x)).collect()
    }
}
