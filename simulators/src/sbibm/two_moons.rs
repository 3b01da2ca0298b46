//! Two crescents: a posterior with two modes and sharp edges.
//!
//! θ ~ U(−1, 1)². A point p = (r cos a + 0.25, r sin a) of a crescent, a ~ U(−π/2, π/2), r ~ N(0.1, 0.01), is moved to
//! x = p + (−|θ1 + θ2|, θ2 − θ1)/√2.
//!
//! Given a and r, θ determines x: a latent that is held fixed says nothing of θ. So x is one draw, from its own density
//! N(r; 0.1, 0.01)/(π r) in the half plane of the crescent, and gold has no noise.
//!
//! The edges of the crescent move with θ. Ratios are exact, with infinities among their logarithms, but the mean of the score is not zero:
//! it is what leaves through the edges, 2/π ⟨1/r⟩ in the direction in which the crescent opens.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, PI, SQRT_2, TAU};

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::task::{check_request, impossible};
use super::{ReferencePosterior, Task};

/// Mean and standard deviation of the radius.
const RADIUS: (f64, f64) = (0.1, 0.01);
const CENTRE: f64 = 0.25;
/// Draws, for each that is asked for, after which a posterior counts as impossible.
const MOST_TRIES: usize = 10_000;

/// Two crescents, of θ uniform on −1 … 1 in two dimensions.
#[derive(Debug, Clone, Copy, Default)]
pub struct TwoMoons;

impl Simulator for TwoMoons {
    fn name(&self) -> &str {
        "two-moons"
    }

    fn about(&self) -> &str {
        "a point of a crescent is moved by θ, whose posterior is two crescents (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        (0..2)
            .map(|i| Parameter::new(&format!("theta{i}"), -1.0, 1.0))
            .collect()
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x0"), Observable::new("x1")]
    }

    /// The pair is one standard deviation of the radius apart.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.25, 0.25], [0.25, 0.24], [(-1.0, 1.0); 2]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let (x0, x1) = trace.draw(Crescent::moved_by(theta));
        Ok(vec![x0, x1])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Crescents)))
    }
}

impl Task for TwoMoons {
    fn prior(&self) -> Result<Prior> {
        Prior::uniform([(-1.0, 1.0); 2])
    }

    /// A point of the crescent says where θ is, up to the sign of θ1 + θ2, which is drawn; what is outside of the box is drawn again.
    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let mut rng = stream(seed, 0, 0);
        let mut tries = (0..MOST_TRIES.saturating_mul(n)).filter_map(|_| mode(x, &mut rng));
        let draws: Vec<[f64; 2]> = tries.by_ref().take(n).collect();
        match draws.len() == n {
            true => Ok(ReferencePosterior::exact(Array2::from(draws))),
            false => Err(impossible(self, x)),
        }
    }
}

/// θ for which a random point of the crescent is moved to `x`, if it is in the prior.
fn mode(x: &[f64], rng: &mut Stream) -> Option<[f64; 2]> {
    let p = point(rng);
    let (sum, difference) = (SQRT_2 * (p[0] - x[0]), SQRT_2 * (x[1] - p[1]));
    let sum = if rng.random() { sum } else { -sum };
    let theta = [0.5 * (sum - difference), 0.5 * (sum + difference)];
    let is_possible = p[0] >= x[0] && theta.iter().all(|value| value.abs() <= 1.0);
    is_possible.then_some(theta)
}

/// A point of the crescent before it is moved.
fn point(rng: &mut Stream) -> [f64; 2] {
    let angle = (rng.random::<f64>() - 0.5) * 2.0 * FRAC_PI_2;
    let radius = RADIUS.0 + RADIUS.1 * rng.sample::<f64, _>(StandardNormal);
    [radius * angle.cos() + CENTRE, radius * angle.sin()]
}

/// Density of a point of the crescent, moved.
#[derive(Debug, Clone, Copy)]
struct Crescent<R> {
    moved: [R; 2],
}

impl<R: Real> Crescent<R> {
    fn moved_by(theta: &[R]) -> Self {
        let moved = [-(theta[0] + theta[1]).abs(), theta[1] - theta[0]];
        Self {
            moved: moved.map(|distance| distance * FRAC_1_SQRT_2),
        }
    }
}

impl<R: Real> Density<R> for Crescent<R> {
    type Draw = (f64, f64);

    fn sample(&self, rng: &mut Stream) -> (f64, f64) {
        let p = point(rng);
        (p[0] + self.moved[0].re(), p[1] + self.moved[1].re())
    }

    fn log_density(&self, draw: &(f64, f64)) -> R {
        let (u, v) = (-self.moved[0] + (draw.0 - CENTRE), -self.moved[1] + draw.1);
        if u.re() <= 0.0 {
            return R::from(f64::NEG_INFINITY);
        }
        let radius = (u * u + v * v).sqrt();
        let away = (radius - RADIUS.0) / RADIUS.1;
        -away * away * 0.5 - radius.ln() - (TAU.sqrt() * RADIUS.1 * PI).ln()
    }
}

struct Crescents;

impl ExactDensity for Crescents {
    fn route(&self) -> &str {
        "closed form (crescent)"
    }

    fn shape(&self) -> (usize, usize) {
        (2, 2)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let crescent = Crescent::moved_by(theta);
        let one = |row: ndarray::ArrayView1<f64>| crescent.log_density(&(row[0], row[1]));
        x.rows().into_iter().map(one).collect()
    }
}
