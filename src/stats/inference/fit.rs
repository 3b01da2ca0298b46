//! Maximum-likelihood fits and their covariance.

use bobyqa::{Bobyqa, Config, Status};
use nalgebra::DMatrix;
use serde::Serialize;

use super::ParameterBox;
use motherlode_core::error::{Error, Result};

/// Number of points in the initial scan, for each parameter.
const SCAN_POINTS: usize = 12;
/// Number of scanned points from which a local fit starts.
const STARTS: usize = 2;
/// Trust radii of the first and last steps, in shares of the box; and of the last, where nuisance parameters are profiled.
const RADII: [f64; 2] = [0.05, 1e-7];
pub(super) const NUISANCE_RADIUS: f64 = 1e-5;
/// Largest number of evaluations in one local fit.
const MAX_EVALUATIONS: usize = 2_000;
/// Distance from an edge, in shares of the box, below which a maximum is at the edge.
const EDGE: f64 = 1e-5;

/// A function of θ, `[p]`, to maximise.
pub type Function<'a> = &'a (dyn Fn(&[f64]) -> Result<f64> + Sync);

/// The maximum of a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// θ̂, `[p]`.
    #[serde(rename = "best_fit")]
    pub theta: Vec<f64>,
    /// ln L(θ̂).
    #[serde(skip)]
    pub log_likelihood: f64,
    /// Indices of the parameters at an edge of the box.
    pub at_edge: Vec<usize>,
    /// Number of evaluations of the function.
    #[serde(skip)]
    pub evaluations: usize,
}

/// Maximises `f` in `parameter_box`: a scan, followed by local fits with trust regions and without derivatives (BOBYQA, Powell 2009).
///
/// # Errors
/// If `f` fails, is −∞ or NaN wherever it was evaluated, or the fit has not converged after 2 000 evaluations.
pub fn maximise(f: Function<'_>, parameter_box: &ParameterBox) -> Result<Fit> {
    maximise_to(f, parameter_box, RADII[1])
}

/// Maximises `f` as [`maximise`] does, with `radius` as the last trust radius, in shares of the box.
pub(super) fn maximise_to(f: Function<'_>, parameter_box: &ParameterBox, radius: f64) -> Result<Fit> {
    if parameter_box.dimensions() == 0 {
        return climb_to(f, parameter_box, Vec::new(), radius);
    }
    let scan = (0..SCAN_POINTS * parameter_box.dimensions()).map(|i| low_discrepancy(i, parameter_box.dimensions()));
    let mut tops = Vec::new();
    for shares in scan {
        tops.push((f(&parameter_box.at(&shares))?, shares));
    }
    let evaluations = tops.len();
    tops.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut best: Option<Fit> = None;
    for (_, shares) in tops.into_iter().take(STARTS) {
        let fit = climb_to(f, parameter_box, shares, radius)?;
        best = Some(match best {
            Some(best) if best.log_likelihood >= fit.log_likelihood => with_evaluations(best, fit.evaluations),
            Some(worse) => with_evaluations(fit, worse.evaluations),
            None => with_evaluations(fit, evaluations),
        });
    }
    best.ok_or_else(|| Error::numerical("there is nothing to fit"))
}

fn with_evaluations(fit: Fit, others: usize) -> Fit {
    let evaluations = fit.evaluations + others;
    Fit { evaluations, ..fit }
}

/// Finds the local maximum next to a point, given in shares of the box.
pub(super) fn climb(f: Function<'_>, parameter_box: &ParameterBox, shares: Vec<f64>) -> Result<Fit> {
    climb_to(f, parameter_box, shares, RADII[1])
}

/// Finds the local maximum as [`climb`] does, with `radius` as the last trust radius, in shares of the box.
pub(super) fn climb_to(
    f: Function<'_>,
    parameter_box: &ParameterBox,
    mut shares: Vec<f64>,
    radius: f64,
) -> Result<Fit> {
    let p = parameter_box.dimensions();
    if p == 0 {
        return single_point(f, parameter_box);
    }
    let mut config = Config::new(p);
    (config.rho_begin, config.rho_end) = (RADII[0], radius);
    config.max_fun = MAX_EVALUATIONS;
    config.prima_parity = false; // in one dimension it would spend evaluations on rounding
    let mut solver =
        Bobyqa::new(p, config).map_err(|status| Error::numerical(format!("the fit cannot start: {status}")))?;
    let mut failed = None;
    let objective = |shares: &[f64]| match f(&parameter_box.at(shares)) {
        Ok(value) => -value,
        Err(error) => {
            failed.get_or_insert(error);
            f64::INFINITY
        }
    };
    let outcome = solver.minimize(objective, &mut shares, &vec![0.0; p], &vec![1.0; p]);
    if let Some(error) = failed {
        return Err(error);
    }
    if !outcome.found_finite() || matches!(outcome.status, Status::MaxFunReached | Status::InvalidArgs) {
        return Err(Error::numerical(format!(
            "no hypothesis could be fitted: {} after {} evaluations; check the likelihood on a grid",
            outcome.status, outcome.n_eval
        )));
    }
    Ok(Fit {
        theta: parameter_box.at(&shares),
        log_likelihood: -outcome.f,
        at_edge: (0..p)
            .filter(|&i| !(EDGE..=1.0 - EDGE).contains(&shares[i]))
            .map(|i| parameter_box.free()[i])
            .collect(),
        evaluations: outcome.n_eval,
    })
}

/// The fit of a box in which all parameters are held fixed.
fn single_point(f: Function<'_>, parameter_box: &ParameterBox) -> Result<Fit> {
    let theta = parameter_box.at(&[]);
    Ok(Fit {
        log_likelihood: f(&theta)?,
        theta,
        at_edge: Vec::new(),
        evaluations: 1,
    })
}

/// Point `i` of a low-discrepancy sequence in the unit box: additive recurrence with the powers of the root of x^(p+1) = x + 1
/// (Roberts 2018), starting in the middle.
pub(super) fn low_discrepancy(i: usize, p: usize) -> Vec<f64> {
    let root = (0..64).fold(2.0f64, |x, _| (1.0 + x).powf(1.0 / (p as f64 + 1.0)));
    (1..=p as i32)
        .map(|k| (0.5 + i as f64 * root.powi(-k)).fract())
        .collect()
}

/// Computes the covariance of a maximum-likelihood estimate, `[p, p]`: the inverse of −∂²f at a maximum inside of `parameter_box`; 0 for
/// parameters that are held fixed.
///
/// The derivatives are second differences, with steps at which f has fallen by about a half: one standard deviation.
///
/// # Errors
/// If the maximum is at an edge, f fails, or is not curved in some direction: the data do not determine all parameters.
pub fn covariance(f: Function<'_>, fit: &Fit, parameter_box: &ParameterBox) -> Result<DMatrix<f64>> {
    let (free, p) = (parameter_box.free(), parameter_box.dimensions());
    if !fit.at_edge.is_empty() {
        return Err(Error::numerical(format!(
            "the best fit {:?} is at the edge of the parameter box and has no covariance: choose a wider box, or use \
             intervals",
            fit.theta
        )));
    }
    let steps: Vec<f64> = free
        .iter()
        .map(|&k| step(f, fit, parameter_box, k))
        .collect::<Result<_>>()?;
    let value = |moves: &[(usize, f64)]| {
        let mut theta = fit.theta.clone();
        moves.iter().for_each(|&(i, sign)| theta[free[i]] += sign * steps[i]);
        f(&theta)
    };
    let mut information = DMatrix::zeros(p, p);
    for i in 0..p {
        let both = value(&[(i, 1.0)])? + value(&[(i, -1.0)])?;
        information[(i, i)] = (2.0 * fit.log_likelihood - both) / (steps[i] * steps[i]);
        for j in 0..i {
            let mixed = value(&[(i, 1.0), (j, 1.0)])? + value(&[(i, -1.0), (j, -1.0)])?
                - value(&[(i, 1.0), (j, -1.0)])?
                - value(&[(i, -1.0), (j, 1.0)])?;
            information[(i, j)] = -mixed / (4.0 * steps[i] * steps[j]);
            information[(j, i)] = information[(i, j)];
        }
    }
    let root = information.cholesky().ok_or_else(|| {
        Error::numerical(format!(
            "the likelihood is not curved in all directions at {:?}: the data do not determine all parameters",
            fit.theta
        ))
    })?;
    let inverse = root.inverse();
    let mut covariance = DMatrix::zeros(fit.theta.len(), fit.theta.len());
    for (i, &k) in free.iter().enumerate() {
        free.iter()
            .enumerate()
            .for_each(|(j, &l)| covariance[(k, l)] = inverse[(i, j)]);
    }
    Ok(covariance)
}

/// Finds a step of parameter `k`, within the box, at which f has fallen by about a half.
fn step(f: Function<'_>, fit: &Fit, parameter_box: &ParameterBox, k: usize) -> Result<f64> {
    const FALLEN: std::ops::RangeInclusive<f64> = 0.1..=1.0;
    let (low, high) = parameter_box.edges()[k];
    let room = 0.5 * (fit.theta[k] - low).min(high - fit.theta[k]);
    let mut step = room.min(0.01 * (high - low));
    for _ in 0..40 {
        let mut fallen = 0.0f64;
        for sign in [-1.0, 1.0] {
            let mut theta = fit.theta.clone();
            theta[k] += sign * step;
            fallen = fallen.max(fit.log_likelihood - f(&theta)?);
        }
        if FALLEN.contains(&fallen) || (fallen < *FALLEN.start() && step >= room) {
            break;
        }
        let factor = if fallen > 0.0 {
            (0.5 / fallen).sqrt().clamp(0.1, 10.0)
        } else {
            10.0
        };
        step = (step * factor).min(room);
    }
    Ok(step)
}
