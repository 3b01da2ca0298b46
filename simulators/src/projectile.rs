//! A thrown ball: a continuous observation, and a trap for derivatives.
//!
//! A ball leaves the hand at height y₀ with speed v under an angle α, flies without friction, and lands; *x* is how far
//! away it lands, measured with a resolution of 0.25 m. *z* is the height of the hand, y₀ ~ N(1.1 m, 0.3 m), which
//! nobody wrote down. The flight has a closed form,
//!
//! f(v, α, y₀) = v cos α · (v sin α + √(v² sin² α + 2 g y₀)) / g.
//!
//! The height is not truncated: a ball that starts below the ground (one in 8000) rises through it and lands when it
//! comes down, and a radicand below zero (a pit deeper than the ball can climb, nine standard deviations away) counts
//! as zero.
//!
//! The trap: a flight that is integrated step by step until y ≤ 0 has a whole number of steps. Differentiating through
//! the loop holds that number, and with it the time of flight, fixed: d⟨x⟩/dv comes out as 1.28 m/(m/s) where it is
//! 2.37. No smaller time step helps. The joint score must come from the closed form; the identities of
//! [`motherlode_core::gold`] tell the two apart.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Normal;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Real, Result};
use ndarray::ArrayView2;

use crate::quadrature::over_normal;

const GRAVITY: f64 = 9.81;
const HEIGHT: (f64, f64) = (1.1, 0.3);
const RESOLUTION: f64 = 0.25;
const NODES: usize = 64;

/// A ball thrown with speed v under angle α from an unknown height.
#[derive(Debug, Clone, Default)]
pub struct Projectile;

impl Projectile {
    /// Landing point of a ball thrown from `height`, in metres.
    pub fn range<R: Real>(speed: R, angle: R, height: f64) -> R {
        let (sin, cos) = angle.sin_cos();
        let rise = speed * sin;
        let radicand = rise * rise + 2.0 * GRAVITY * height;
        let impact = if radicand.re() > 0.0 {
            radicand.sqrt()
        } else {
            R::from(0.0)
        };
        speed * cos * (rise + impact) / GRAVITY
    }
}

impl Simulator for Projectile {
    fn name(&self) -> &str {
        "projectile"
    }

    fn about(&self) -> &str {
        "a ball is thrown from an unknown height; where it lands is measured with finite resolution"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("speed", 0.0, 100.0)
                .with_unit("m/s")
                .with_about("speed of the throw"),
            Parameter::new("angle", 0.0, std::f64::consts::FRAC_PI_2)
                .with_unit("rad")
                .with_about("angle of the throw above the horizontal"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("distance").with_unit("m")]
    }

    /// A box in which distances differ by a few times their spread: ratios are then large, but not absurd.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [12.1, 0.64],
            [12.0, 0.63],
            [(11.5, 12.5), (0.58, 0.68)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let height = trace.noise(Normal::new(HEIGHT.0, HEIGHT.1)?);
        let landing = Self::range(theta[0], theta[1], height);
        Ok(vec![trace.draw(Normal::new(landing, R::from(RESOLUTION))?)])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Landing::default())))
    }
}

/// The density of the distance: an integral over the height, by Gauss and Hermite.
struct Landing {
    heights: Vec<f64>,
    log_weights: Vec<f64>,
}

impl Default for Landing {
    fn default() -> Self {
        let (heights, log_weights) = over_normal(NODES)
            .into_iter()
            .map(|(node, weight)| (HEIGHT.0 + HEIGHT.1 * node, weight.ln()))
            .unzip();
        Self { heights, log_weights }
    }
}

impl Landing {
    /// ln Σ exp(terms), with the largest taken out.
    fn log_sum_exp<R: Real>(terms: &[R]) -> R {
        let largest = terms.iter().map(|term| term.re()).fold(f64::NEG_INFINITY, f64::max);
        let sum = terms
            .iter()
            .fold(R::from(0.0), |sum, &term| sum + (term - largest).exp());
        sum.ln() + largest
    }
}

impl ExactDensity for Landing {
    fn route(&self) -> &str {
        "64-point Gauss-Hermite quadrature over the height"
    }

    fn shape(&self) -> (usize, usize) {
        (2, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let landings: Vec<R> = self
            .heights
            .iter()
            .map(|&height| Projectile::range(theta[0], theta[1], height))
            .collect();
        let norm = (std::f64::consts::TAU.sqrt() * RESOLUTION).ln();
        let mut terms = vec![R::from(0.0); landings.len()];
        let mut one = |x: f64| {
            for ((term, &landing), log_weight) in terms.iter_mut().zip(&landings).zip(&self.log_weights) {
                *term = -((landing - x) / RESOLUTION).powi(2) * 0.5 + (log_weight - norm);
            }
            Self::log_sum_exp(&terms)
        };
        x.column(0).iter().map(|&x| one(x)).collect()
    }
}
