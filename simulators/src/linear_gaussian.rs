//! A normal variable seen through normal noise: every quantity of the method in closed form.
//!
//! Nature draws a latent z ~ N(θ, s₁ I) and an instrument adds noise of its own, x ~ N(z, s₂ I), in d dimensions (s₁
//! and s₂ are variances). Altogether x ~ N(θ, (s₁ + s₂) I). Only the first step knows θ: the joint score is
//! (z − θ)/s₁, and given x it scatters about the score (x − θ)/(s₁ + s₂) with variance s₂/(s₁(s₁ + s₂)).
//!
//! The split is a dial for the quality of the gold at the same answer: for s₂ → 0 the gold is the answer, for s₁ → 0
//! it is noise.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Normal;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real, Result};
use ndarray::ArrayView2;

const MOST_DIMENSIONS: usize = 16;

/// z ~ N(θ, s₁ I), x ~ N(z, s₂ I).
#[derive(Debug, Clone)]
pub struct LinearGaussian {
    name: String,
    dimensions: usize,
    latent_variance: f64,
    noise_variance: f64,
}

impl LinearGaussian {
    /// In `dimensions` dimensions, with s₁ = s₂ = ½.
    ///
    /// # Errors
    /// If `dimensions` is not within 1 and 16.
    pub fn new(dimensions: usize) -> Result<Self> {
        if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
            return Err(Error::usage(format!(
                "a linear Gaussian in {dimensions} dimensions: ask for 1 to {MOST_DIMENSIONS}"
            )));
        }
        let name = match dimensions {
            1 => "linear-gaussian".into(),
            d => format!("linear-gaussian-{d}"),
        };
        Ok(Self {
            name,
            dimensions,
            latent_variance: 0.5,
            noise_variance: 0.5,
        })
    }

    /// With variance `latent` = s₁ of the latent and variance `noise` = s₂ of the noise.
    ///
    /// # Errors
    /// If a variance is not a positive number.
    pub fn with_variances(self, latent: f64, noise: f64) -> Result<Self> {
        let positive = |variance: f64| variance > 0.0 && variance.is_finite();
        if !positive(latent) || !positive(noise) {
            return Err(Error::usage(format!(
                "variances {latent} and {noise} of a linear Gaussian: both must be positive numbers"
            )));
        }
        Ok(Self {
            latent_variance: latent,
            noise_variance: noise,
            ..self
        })
    }
}

impl Simulator for LinearGaussian {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> &str {
        "a normal latent around θ is seen through normal noise; the noisy value is observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mean = |i| Parameter::new(&format!("theta{i}"), -100.0, 100.0).with_about("mean of the latent");
        match self.dimensions {
            1 => vec![Parameter::new("theta", -100.0, 100.0).with_about("mean of the latent")],
            d => (0..d).map(mean).collect(),
        }
    }

    fn observables(&self) -> Vec<Observable> {
        match self.dimensions {
            1 => vec![Observable::new("x")],
            d => (0..d).map(|i| Observable::new(&format!("x{i}"))).collect(),
        }
    }

    /// The two hypotheses are a unit apart in any number of dimensions, so that the ratio is as hard in all of them.
    fn hypotheses(&self) -> Option<Hypotheses> {
        let d = self.dimensions;
        let unit = (d as f64).sqrt().recip();
        Some(Hypotheses::new(
            vec![0.5 * unit; d],
            vec![-0.5 * unit; d],
            vec![(-unit, unit); d],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let (latent_sd, noise_sd) = (self.latent_variance.sqrt(), self.noise_variance.sqrt());
        theta
            .iter()
            .map(|&mean| {
                let z = trace.draw(Normal::new(mean, R::from(latent_sd))?);
                Ok(trace.noise(Normal::new(z, noise_sd)?))
            })
            .collect()
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Marginal {
            dimensions: self.dimensions,
            variance: self.latent_variance + self.noise_variance,
        })))
    }
}

/// x ~ N(θ, v I).
struct Marginal {
    dimensions: usize,
    variance: f64,
}

impl ExactDensity for Marginal {
    fn route(&self) -> &str {
        "closed form (normal)"
    }

    fn shape(&self) -> (usize, usize) {
        (self.dimensions, self.dimensions)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let norm = 0.5 * self.dimensions as f64 * (std::f64::consts::TAU * self.variance).ln();
        let squared = |row: ndarray::ArrayView1<f64>| {
            let add = |sum: R, (&x, &mean): (&f64, &R)| sum + (mean - x).powi(2);
            row.iter().zip(theta).fold(R::from(0.0), add)
        };
        let half_precision = 0.5 / self.variance;
        x.rows()
            .into_iter()
            .map(|row| -squared(row) * half_precision - norm)
            .collect()
    }
}
