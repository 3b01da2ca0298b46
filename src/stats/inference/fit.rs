//! The most likely hypothesis and its covariance.

use bobyqa::{Bobyqa, Config, Status};
use nalgebra::DMatrix;

use super::ParameterBox;
use motherlode_core::error::{Error, Result};

/// Places from which the best are chosen to start, for each parameter.
const SCANNED: usize = 12;
/// Places from which a maximum is sought.
const STARTS: usize = 2;
/// Radii of the first and last steps, in shares of the box; and of the last, where others than the parameters of interest are fitted.
const RADII: [f64; 2] = [0.05, 1e-7];
pub(super) const OF_OTHERS: f64 = 1e-5;
/// Asked for a function that never settles.
const MOST_EVALUATIONS: usize = 2_000;
/// A maximum this close to an edge, in shares of the box, is at the edge.
const EDGE: f64 = 1e-5;

/// A function of θ, `[p]`, to be maximised.
pub type Function<'a> = &'a (dyn Fn(&[f64]) -> Result<f64> + Sync);

/// A maximum.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// θ̂, `[p]`.
    pub theta: Vec<f64>,
    /// ln L(θ̂).
    pub log_likelihood: f64,
    /// Parameters that are as large or small as they may be.
    pub at_edge: Vec<usize>,
    /// How often the function was asked.
    pub evaluations: usize,
}

/// The place in `parameter_box` where `f` is largest: the best of a scan, improved by trust regions without derivatives (BOBYQA, Powell 2009).
///
/// # Errors
/// If `f` fails, is −∞ or NaN wherever it was asked, or has not settled after 2 000 evaluations.
pub fn maximise(f: Function<'_>, parameter_box: &ParameterBox) -> Result<Fit> {
    maximise_to(f, parameter_box, RADII[1])
}

/// The same, with last steps of a radius in shares of the box.
pub(super) fn maximise_to(f: Function<'_>, parameter_box: &ParameterBox, radius: f64) -> Result<Fit> {
    if parameter_box.dimensions() == 0 {
        return climb_to(f, parameter_box, Vec::new(), radius);
    }
    let scan = (0..SCANNED * parameter_box.dimensions()).map(|i| low_discrepancy(i, parameter_box.dimensions()));
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
    best.ok_or_else(|| Error::usage("there is nothing to fit"))
}

fn with_evaluations(fit: Fit, others: usize) -> Fit {
    let evaluations = fit.evaluations + others;
    Fit { evaluations, ..fit }
}

/// The maximum next to a place, given by its shares of the box.
pub(super) fn climb(f: Function<'_>, parameter_box: &ParameterBox, shares: Vec<f64>) -> Result<Fit> {
    climb_to(f, parameter_box, shares, RADII[1])
}

/// The same, with last steps of a radius in shares of the box.
pub(super) fn climb_to(
    f: Function<'_>,
    parameter_box: &ParameterBox,
    mut shares: Vec<f64>,
    radius: f64,
) -> Result<Fit> {
    let p = parameter_box.dimensions();
    if p == 0 {
        return only(f, parameter_box);
    }
    let mut config = Config::new(p);
    (config.rho_begin, config.rho_end) = (RADII[0], radius);
    config.max_fun = MOST_EVALUATIONS;
    config.prima_parity = false; // in one dimension it would spend evaluations on rounding
    let mut solver = Bobyqa::new(p, config).map_err(|status| Error::usage(format!("no fit: {status}")))?;
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
        return Err(Error::usage(format!(
            "no hypothesis could be fitted: {} after {} evaluations; look at the likelihood on a grid",
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

/// Where all parameters are held, there is one hypothesis.
fn only(f: Function<'_>, parameter_box: &ParameterBox) -> Result<Fit> {
    let theta = parameter_box.at(&[]);
    Ok(Fit {
        log_likelihood: f(&theta)?,
        theta,
        at_edge: Vec::new(),
        evaluations: 1,
    })
}

/// Point `i` of a sequence that fills the unit box evenly: additive recurrence with the powers of the root of x^(p+1) = x + 1
/// (Roberts 2018), the middle first.
pub(super) fn low_discrepancy(i: usize, p: usize) -> Vec<f64> {
    let root = (0..64).fold(2.0f64, |x, _| (1.0 + x).powf(1.0 / (p as f64 + 1.0)));
    (1..=p as i32)
        .map(|k| (0.5 + i as f64 * root.powi(-k)).fract())
        .collect()
}

/// The inverse of −∂²f at a maximum inside of `parameter_box`, `[p, p]`: the covariance of the maximum-likelihood estimate; 0 of parameters that
/// are held fixed.
///
/// Second differences, with steps at which f has fallen by about a half: one standard deviation.
///
/// # Errors
/// If the maximum is at an edge, f fails, or is not curved in some direction: the data do not fix all parameters.
pub fn covariance(f: Function<'_>, fit: &Fit, parameter_box: &ParameterBox) -> Result<DMatrix<f64>> {
    let (free, p) = (parameter_box.free(), parameter_box.dimensions());
    if !fit.at_edge.is_empty() {
        return Err(Error::usage(format!(
            "the best fit {:?} is at the edge of the hypotheses: it has no covariance; widen the prior box, or give \
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
        Error::usage(format!(
            "the likelihood is not curved in all directions at {:?}: the data do not fix all parameters",
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

/// A step of parameter `k`, small enough for the box, at which f has fallen by about a half.
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
