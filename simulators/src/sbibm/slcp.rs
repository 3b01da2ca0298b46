//! A simple likelihood with a complex posterior: four points of a normal whose mean and covariance are the parameters.
//!
//! θ ~ U(−3, 3)⁵. Four points of N((θ1, θ2), S) are observed, with the standard deviations θ3² and θ4² and the correlation tanh θ5; both
//! diagonal elements of S have 10⁻⁶ more. A latent takes half of the noise: zᵢ ~ N((θ1, θ2), S/2), xᵢ ~ N(zᵢ, S/2), and both draws depend
//! on θ.
//!
//! The signs of θ3 and θ4 do not matter, so the posterior has four modes. Given S, the mean is normal; the rest of the posterior has three
//! parameters, and is drawn from a grid.
//!
//! The joint ratio has heavy tails where θ3 or θ4 are near zero: there its mean is not found with any number of events.

use motherlode_core::importance::WeightedPoints;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::{MultivariateNormal, TruncatedNormal};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::{ArrayView1, ArrayView2};
use rand::RngExt;

use super::posterior::{GridSampler, fine_enough, n_points, normal_within};
use super::task::{check_request, impossible};
use super::{ReferencePosterior, Task};

const POINTS: usize = 4;
/// Added to both variances.
const NUGGET: f64 = 1e-6;
/// Half the width of the prior.
const HALF: f64 = 3.0;
/// Smallest |θ3| and |θ4| of the grid: the standard deviation below it is the nugget's.
const SMALLEST: f64 = 1e-4;
/// Cells of each side of the grid, if need be finer, in ln |θ3|, ln |θ4| and θ5, and how often it zooms in. Standard deviations of the posterior are 0.2, 0.2 and
/// 0.5, but the difference of the first two is narrower where the correlation is strong.
const CELLS: [usize; 2] = [56, 112];
const LEVELS: usize = 3;

/// Four points of a normal in two dimensions, of θ uniform on −3 … 3 in five.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slcp;

/// The covariance S: two variances and the covariance.
fn covariance<R: Real>(theta: &[R]) -> [R; 3] {
    let (a, b) = (theta[0] * theta[0], theta[1] * theta[1]);
    [a * a + NUGGET, b * b + NUGGET, a * b * theta[2].tanh()]
}

/// −½ Σ (xᵢ − μ)ᵀ S⁻¹ (xᵢ − μ) − n ½ ln det 2πS, from the sums of squares and products about μ of `n` points.
fn log_normal<R: Real>([v0, v1, c]: [R; 3], [s0, s1, product]: [R; 3], n: f64) -> R {
    let determinant = v0 * v1 - c * c;
    let square = (s0 * v1 + s1 * v0 - product * c * 2.0) / determinant;
    -square * 0.5 - (determinant.ln() * 0.5 + std::f64::consts::TAU.ln()) * n
}

/// Squares and products about (μ0, μ1).
fn squares<R: Real>(x: ArrayView1<f64>, mean: [R; 2]) -> [R; 3] {
    let mut sums = [R::from(0.0); 3];
    for i in 0..POINTS {
        let (a, b) = (mean[0] - x[2 * i], mean[1] - x[2 * i + 1]);
        sums = [sums[0] + a * a, sums[1] + b * b, sums[2] + a * b];
    }
    sums
}

impl Simulator for Slcp {
    fn name(&self) -> &str {
        "slcp"
    }

    fn about(&self) -> &str {
        "four points of a normal whose mean and covariance are sought (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let about = [
            "first mean",
            "second mean",
            "root of the first standard deviation",
            "root of the second standard deviation",
            "its hyperbolic tangent is the correlation",
        ];
        let parameter = |(i, about): (usize, &str)| Parameter::new(&format!("theta{i}"), -HALF, HALF).with_about(about);
        about.into_iter().enumerate().map(parameter).collect()
    }

    fn observables(&self) -> Vec<Observable> {
        let points = (0..POINTS).flat_map(|i| [0, 1].map(|k| Observable::new(&format!("x{i}_{k}"))));
        points.collect()
    }

    /// A box of one of the four modes: θ3 and θ4 are not near zero, where ratios have heavy tails.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new(
            [0.6, -0.5, 1.2, 1.1, 0.5],
            [0.4, -0.3, 1.1, 1.2, 0.4],
            [(-1.0, 1.0), (-1.0, 1.0), (0.8, 1.6), (0.8, 1.6), (-1.0, 1.0)],
        ))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let [v0, v1, c] = covariance(&theta[2..]).map(|element| element * 0.5);
        let half = [v0, c, c, v1];
        let mut x = Vec::with_capacity(2 * POINTS);
        for _ in 0..POINTS {
            let z = trace.draw(MultivariateNormal::new(&theta[..2], &half)?);
            let z: Vec<R> = z.into_iter().map(R::from).collect();
            x.extend(trace.draw(MultivariateNormal::new(&z, &half)?));
        }
        Ok(x)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(FourPoints)))
    }
}

impl Task for Slcp {
    fn prior(&self) -> Result<Prior> {
        Prior::uniform([(-HALF, HALF); 5])
    }

    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let mut rng = stream(seed, 0, 0);
        let points = fine_enough(CELLS, |cells| points(x, n_points(n), cells, &mut rng));
        let points = points.ok_or_else(|| impossible(self, x))?;
        ReferencePosterior::resampled(&points, n, &mut rng)
    }
}

/// Weighted points θ: S from a grid of (ln |θ3|, ln |θ4|, θ5), the mean from its normal in the box, and two signs.
fn points(x: &[f64], n: usize, cells: usize, rng: &mut Stream) -> Option<WeightedPoints> {
    let mean = [0, 1].map(|k| (0..POINTS).map(|i| x[2 * i + k]).sum::<f64>() / POINTS as f64);
    let scatter = squares(x.into(), mean);
    let sides = (SMALLEST.ln(), HALF.ln());
    let grid = GridSampler {
        log_density: |[a, b, c]: &[f64; 3]| {
            let covariance = covariance(&[a.exp(), b.exp(), *c]);
            let inside = mean_within(mean[0], covariance[0]) * mean_within(mean[1], covariance[1]);
            // The mean is integrated over the numbers, which leaves one point less; dθ = |θ| d ln |θ|.
            log_normal(covariance, scatter, POINTS as f64 - 1.0) + inside.ln() + a + b
        },
        edges: [sides, sides, (-HALF, HALF)],
        cells,
        levels: LEVELS,
    };
    let (mut points, mut log_weights) = (vec![], vec![]);
    for ([a, b, c], log_weight) in grid.draw(n, rng)? {
        let (theta, log_correction) = complete(mean, [a.exp(), b.exp(), c], rng)?;
        points.push(theta);
        log_weights.push(log_weight + log_correction);
    }
    Some(WeightedPoints { points, log_weights })
}

/// Probability of a mean inside of the box, given one variance of S.
fn mean_within(mean: f64, variance: f64) -> f64 {
    normal_within(mean, (variance / POINTS as f64).sqrt(), HALF)
}

/// θ with a mean drawn from N(x̄, S/4) in the box, one coordinate after the other, and signs of θ3 and θ4; and ln of the probability of the
/// box for the second coordinate given the first, relative to that without.
fn complete(mean: [f64; 2], shape: [f64; 3], rng: &mut Stream) -> Option<(Vec<f64>, f64)> {
    let [v0, v1, c] = covariance(&shape);
    let mut draw = |mean: f64, variance: f64| {
        let sd = (variance / POINTS as f64).sqrt();
        Some(TruncatedNormal::new(mean, sd, -HALF, HALF).ok()?.sample(rng))
    };
    let first = draw(mean[0], v0)?;
    let (conditional, variance) = (mean[1] + c / v0 * (first - mean[0]), v1 - c * c / v0);
    let second = draw(conditional, variance)?;
    let log_correction = (mean_within(conditional, variance) / mean_within(mean[1], v1)).ln();
    let mut sign = |value: f64| if rng.random() { value } else { -value };
    let theta = vec![first, second, sign(shape[0]), sign(shape[1]), shape[2]];
    Some((theta, log_correction))
}

struct FourPoints;

impl ExactDensity for FourPoints {
    fn route(&self) -> &str {
        "closed form (normal)"
    }

    fn shape(&self) -> (usize, usize) {
        (5, 2 * POINTS)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let covariance = covariance(&theta[2..]);
        let one = |row| log_normal(covariance, squares(row, [theta[0], theta[1]]), POINTS as f64);
        x.rows().into_iter().map(one).collect()
    }
}
