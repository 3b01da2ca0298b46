//! A posterior of more parameters by importance sampling from Student's t distributions around its modes.

use std::convert::Infallible;

use motherlode_core::importance::WeightedPoints;
use motherlode_core::mean::log_mean_exp;
use motherlode_core::real::second_derivatives;
use motherlode_core::trace::Stream;
use motherlode_core::{Real, Special};
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::{ChiSquared, StandardNormal};

use super::is_good;

/// Degrees of freedom of the proposals.
const DEGREES: f64 = 12.0;
/// Factor on their covariance.
const WIDER: f64 = 1.3;
/// A mode of which less than this share of the probability is expected is left out.
const SMALLEST_SHARE: f64 = 1e-6;
/// Times that a distribution is fitted to the weighted points where the modes alone do not describe them, and its share of the proposals.
const REFINEMENTS: usize = 6;
const FITTED_SHARE: f64 = 0.8;
/// Factor on the number of points where that is not enough.
const LAST_RESORT: usize = 8;
/// Newton steps, and the gain of a step at which the mode is found.
const NEWTON: (usize, f64) = (200, 1e-12);

/// A log density of real numbers of any size, with its derivatives.
pub(in crate::sbibm) trait LogDensity {
    /// ln p, up to a constant.
    fn log_density<R: Real>(&self, u: &[R]) -> R;
}

/// `n` points of a density with the logarithms of their weights, from the modes that Newton's method finds from the starts; none if it
/// finds none.
pub(in crate::sbibm) fn around_modes(
    density: &impl LogDensity,
    starts: &[Vec<f64>],
    n: usize,
    rng: &mut Stream,
) -> Option<WeightedPoints> {
    let mut modes: Vec<Student> = vec![];
    for start in starts {
        if let Some(mode) = mode(density, start)
            && modes.iter().all(|known| known.distance(&mode.mean) > 1.0)
        {
            modes.push(mode);
        }
    }
    let best = modes.iter().map(|mode| mode.log_share).reduce(f64::max)?;
    modes.retain(|mode| mode.log_share - best > SMALLEST_SHARE.ln());
    let mut shares: Vec<f64> = modes
        .iter()
        .map(|mode| (mode.log_share - best).exp().max(0.01))
        .collect();
    let mut found = weighted(density, &modes, &shares, n, rng);
    let n_modes = modes.len();
    for _ in 0..REFINEMENTS {
        if is_good(&found) {
            break;
        }
        let Some(fitted) = Student::fitted(&found) else { break };
        modes.truncate(n_modes);
        shares.truncate(n_modes);
        shares.push(FITTED_SHARE / (1.0 - FITTED_SHARE) * shares.iter().sum::<f64>());
        modes.push(fitted);
        found = weighted(density, &modes, &shares, n, rng);
    }
    match is_good(&found) {
        true => Some(found),
        false => Some(weighted(density, &modes, &shares, LAST_RESORT * n, rng)),
    }
}

/// Points of a mixture with these shares of its components, and the weights that make points of the density of them.
fn weighted(
    density: &impl LogDensity,
    mixture: &[Student],
    shares: &[f64],
    n: usize,
    rng: &mut Stream,
) -> WeightedPoints {
    let total: f64 = shares.iter().sum();
    let (mut points, mut log_weights) = (vec![], vec![]);
    for _ in 0..n {
        let point = mixture[pick(shares, total, rng)].draw(rng);
        let components = mixture.iter().zip(shares);
        let logs: Vec<f64> = components
            .map(|(component, share)| component.log_density(&point) + (share / total).ln())
            .collect();
        let proposed = log_mean_exp(&logs) + (logs.len() as f64).ln();
        log_weights.push(density.log_density(point.as_slice()) - proposed);
        points.push(point.as_slice().to_vec());
    }
    WeightedPoints { points, log_weights }
}

fn pick(shares: &[f64], total: f64, rng: &mut Stream) -> usize {
    let mut left = rng.random::<f64>() * total;
    let found = shares.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    found.unwrap_or(0)
}

/// The mode that is reached from `start` by Newton's method, damped where the density is not concave, or a step does not gain.
fn mode(density: &impl LogDensity, start: &[f64]) -> Option<Student> {
    let mut at = DVector::from_column_slice(start);
    let (mut log, mut slope, mut curvature) = derivatives(density, &at);
    let mut damping = 1e-3;
    for _ in 0..NEWTON.0 {
        let damped = DMatrix::from_fn(at.len(), at.len(), |i, j| {
            let more = if i == j { 1.0 + damping } else { 1.0 };
            curvature[(i, j)] * more
        });
        let step = damped.cholesky().map(|root| root.solve(&slope));
        let tried = step.as_ref().map(|step| density.log_density((&at + step).as_slice()));
        match (step, tried) {
            (Some(step), Some(tried)) if tried >= log => {
                at += &step;
                let gain = tried - log;
                (log, slope, curvature) = derivatives(density, &at);
                damping *= 0.1;
                if gain < NEWTON.1 * (1.0 + log.abs()) {
                    return Student::new(at, log, curvature);
                }
            }
            // Too small to be told from rounding.
            (Some(step), _) if slope.dot(&step) < NEWTON.1 * (1.0 + log.abs()) => {
                return Student::new(at, log, curvature);
            }
            _ => {
                damping = (10.0 * damping).max(1e-3);
                if damping > 1e12 {
                    return None;
                }
            }
        }
    }
    None
}

/// Log density, gradient and minus the second derivatives, with positive numbers on the diagonal.
fn derivatives(density: &impl LogDensity, at: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
    let p = at.len();
    let (mut slope, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
    let Ok(log) = second_derivatives(at.as_slice(), &mut slope, &mut hessian, |u| {
        Ok::<_, Infallible>(density.log_density(u))
    });
    let curvature = DMatrix::from_fn(p, p, |i, j| match i == j {
        true => hessian[i * p + j].abs().max(1e-9),
        false => -hessian[i * p + j],
    });
    (log, slope.into(), curvature)
}

/// A multivariate t distribution.
struct Student {
    mean: DVector<f64>,
    /// Lower triangle of the scale.
    root: DMatrix<f64>,
    /// ln of the probability around the mode, for a normal shape, up to the same constant for all modes.
    log_share: f64,
}

impl Student {
    fn new(mean: DVector<f64>, log: f64, curvature: DMatrix<f64>) -> Option<Self> {
        let covariance = curvature.cholesky()?.inverse();
        let root = (covariance * WIDER).cholesky()?.l();
        let log_share = log + log_volume(&root);
        Some(Self { mean, root, log_share })
    }

    /// With the mean and the covariance of weighted points, a little wider.
    fn fitted(points: &WeightedPoints) -> Option<Self> {
        let p = points.points.first()?.len();
        let weights = points.weights();
        let moment =
            |of: &dyn Fn(&[f64]) -> f64| points.points.iter().zip(&weights).map(|(u, w)| w * of(u)).sum::<f64>();
        let mean = DVector::from_fn(p, |k, _| moment(&|u| u[k]));
        let covariance = DMatrix::from_fn(p, p, |i, j| moment(&|u| (u[i] - mean[i]) * (u[j] - mean[j])));
        let root = (covariance * WIDER).cholesky()?.l();
        Some(Self {
            mean,
            root,
            log_share: 0.0,
        })
    }

    /// Distance from the mean, in units of the scale.
    fn distance(&self, point: &DVector<f64>) -> f64 {
        let scaled = self.root.solve_lower_triangular(&(point - &self.mean));
        scaled.map_or(f64::INFINITY, |scaled| scaled.norm())
    }

    fn draw(&self, rng: &mut Stream) -> DVector<f64> {
        let normal = DVector::from_fn(self.mean.len(), |_, _| rng.sample::<f64, _>(StandardNormal));
        let chi = ChiSquared::new(DEGREES).map_or(DEGREES, |chi| rng.sample(chi));
        &self.mean + &self.root * normal * (DEGREES / chi).sqrt()
    }

    fn log_density(&self, point: &DVector<f64>) -> f64 {
        let d = self.mean.len() as f64;
        let norm = (0.5 * (DEGREES + d)).ln_gamma_function()
            - (0.5 * DEGREES).ln_gamma_function()
            - 0.5 * d * (DEGREES * std::f64::consts::PI).ln();
        let square = self.distance(point).powi(2);
        norm - log_volume(&self.root) - 0.5 * (DEGREES + d) * (square / DEGREES).ln_1p()
    }
}

fn log_volume(root: &DMatrix<f64>) -> f64 {
    root.diagonal().iter().map(|width| width.ln()).sum()
}
