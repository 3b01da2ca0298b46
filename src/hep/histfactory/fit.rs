//! The most likely parameters.
//!
//! There may be hundreds, most of them factors of single bins; the slopes of all counts are known. So this is a least-squares fit in its
//! essence, and not one for an optimiser without derivatives.

use nalgebra::{DMatrix, DVector};

use super::parameters::{Constraint, Parameter};
use super::{Data, HistFactory};
use motherlode_core::error::{Error, Result};

/// A fit that can gain no more than this in ln p has converged.
const GAIN: f64 = 1e-11;
/// Rounding errors may hide a gain of this.
const ROUNDING: f64 = 1e-7;
/// Damping, in units of the curvature, at first: bold steps may cross into the basin of another maximum, careful ones stay.
const BOLD: f64 = 1e-3;
const CAREFUL: f64 = 1.0;
/// Smallest and largest damping.
const LEAST_DAMPING: f64 = 1e-9;
const MOST_DAMPING: f64 = 1e12;
/// Asked for a fit that never settles.
const MOST_STEPS: usize = 2_000;

/// A best fit.
#[derive(Debug, Clone, PartialEq)]
pub struct BestFit {
    /// θ̂, `[p]`.
    pub theta: Vec<f64>,
    /// −ln p(data|θ̂), without terms that depend on the data alone.
    pub half_deviance: f64,
}

/// A point, with ln p and its derivatives there.
struct Place {
    theta: Vec<f64>,
    value: f64,
    gradient: DVector<f64>,
    /// Second derivatives of −ln p, without those of the counts themselves (Gauss-Newton).
    curvature: DMatrix<f64>,
    /// Expectation of the diagonal over data: a scale that is never 0.
    scale: DVector<f64>,
}

impl HistFactory {
    /// The best of fits from all `starts`, `[p]` each, with bold steps, and with careful ones from the first: where systematics are large and
    /// events few, there may be several maxima.
    ///
    /// # Errors
    /// If none of them succeeds.
    pub(super) fn best_fit(&self, data: &Data, starts: &[Vec<f64>], fixed: &[bool]) -> Result<BestFit> {
        let mut best: Option<Result<BestFit>> = None;
        let careful = starts.iter().take(1).map(|start| (start, CAREFUL));
        for (start, damping) in starts.iter().map(|start| (start, BOLD)).chain(careful) {
            let fit = self.fit(data, start, fixed, damping);
            best = match (best, fit) {
                (Some(Ok(best)), Ok(fit)) if fit.half_deviance < best.half_deviance => Some(Ok(fit)),
                (Some(Ok(best)), _) => Some(Ok(best)),
                (_, fit) => Some(fit),
            };
        }
        best.unwrap_or_else(|| Err(Error::numerical("there is no place to start a fit from")))
    }

    /// The best fit to data from `start` on, `[p]`, in the ranges of the parameters; those that are `fixed`, `[p]`, keep their values.
    ///
    /// Newton steps with the curvature of Gauss and Newton, damped as Levenberg and Marquardt do, with the parameters at an edge that they
    /// would cross left out of the step.
    ///
    /// # Errors
    /// If the data are impossible at the start, or the fit has not settled after 2 000 steps.
    fn fit(&self, data: &Data, start: &[f64], fixed: &[bool], mut damping: f64) -> Result<BestFit> {
        let mut here = self.look(data, start.to_vec());
        if !here.value.is_finite() {
            return Err(self.impossible(data, start));
        }
        for _ in 0..MOST_STEPS {
            let free = self.free(&here, fixed);
            let Some(step) = damped_step(&here, &free, damping) else {
                damping *= 10.0;
                continue;
            };
            let gain: f64 = -0.5
                * free
                    .iter()
                    .zip(step.iter())
                    .map(|(&i, step)| here.gradient[i] * step)
                    .sum::<f64>();
            let settled = gain * (1.0 + damping) < GAIN || (damping > MOST_DAMPING && gain * damping < ROUNDING);
            if free.is_empty() || settled {
                return Ok(BestFit {
                    theta: here.theta,
                    half_deviance: here.value,
                });
            }
            let theta = self.moved(&here.theta, &free, &step);
            let expected = here.expected_gain(&theta);
            let value = self.half_deviance(data, &self.counts(&theta), &theta);
            let share = (here.value - value) / expected;
            if expected > 0.0 && share > 1e-4 {
                here = self.look(data, theta);
            }
            damping = match share {
                share if expected > 0.0 && share > 0.75 => (0.1 * damping).max(LEAST_DAMPING),
                share if expected > 0.0 && share > 0.25 => damping,
                _ => 5.0 * damping,
            };
        }
        Err(Error::numerical(format!(
            "no best fit was found in {MOST_STEPS} steps: are there parameters that nothing in the data or in the workspace fixes?"
        )))
    }

    fn look(&self, data: &Data, theta: Vec<f64>) -> Place {
        let p = theta.len();
        let mut slopes = DMatrix::<f64>::zeros(self.bins, p);
        let counts = self.counts_and_slopes(&theta, |bin, parameter, slope| slopes[(bin, parameter)] += slope);
        let value = self.half_deviance(data, &counts, &theta);
        let mut gradient = DVector::zeros(p);
        let (mut weighted, mut scale) = (slopes.clone(), DVector::zeros(p));
        for (bin, (&found, &expected)) in data.counts.iter().zip(&counts).enumerate() {
            let expected = expected.max(f64::MIN_POSITIVE);
            let (excess, weight) = match found > 0.0 {
                true => (1.0 - found / expected, found / expected / expected),
                false => (1.0, 0.0),
            };
            for i in 0..p {
                let slope = slopes[(bin, i)];
                gradient[i] += excess * slope;
                scale[i] += slope * slope * weight.max(1.0 / expected.max(1e-9));
                weighted[(bin, i)] = weight * slope;
            }
        }
        let mut curvature = slopes.tr_mul(&weighted);
        for (i, parameter) in self.parameters.iter().enumerate() {
            let (slope, bend) = constraint_slopes(parameter, theta[i], data.auxiliary[i]);
            gradient[i] += slope;
            curvature[(i, i)] += bend;
            scale[i] += bend;
            if scale[i] == 0.0 {
                scale[i] = 1.0; // it changes nothing
            }
        }
        Place {
            theta,
            value,
            gradient,
            curvature,
            scale,
        }
    }

    /// The parameters that a step may change: neither fixed nor at an edge that they would cross.
    fn free(&self, here: &Place, fixed: &[bool]) -> Vec<usize> {
        let may_move = |&i: &usize| {
            let (low, high) = self.parameters[i].range;
            let uphill = here.gradient[i];
            !(fixed[i] || (here.theta[i] <= low && uphill >= 0.0) || (here.theta[i] >= high && uphill <= 0.0))
        };
        (0..here.theta.len()).filter(may_move).collect()
    }

    fn moved(&self, theta: &[f64], free: &[usize], step: &DVector<f64>) -> Vec<f64> {
        let mut moved = theta.to_vec();
        for (&i, step) in free.iter().zip(step.iter()) {
            let (low, high) = self.parameters[i].range;
            moved[i] = (moved[i] + step).clamp(low, high);
        }
        moved
    }

    fn impossible(&self, data: &Data, theta: &[f64]) -> Error {
        let counts = self.counts(theta);
        let mut bins = data.counts.iter().zip(&counts).enumerate();
        let bad = bins.find(|(_, (found, expected))| **expected < 0.0 || (**expected == 0.0 && **found > 0.0));
        Error::data(match bad {
            Some((bin, (found, expected))) => format!(
                "{expected} events are expected in bin {bin} (of all channels, from 0), where {found} were found, so that no likelihood \
                 is defined: give the bin some background, or merge it with its neighbour"
            ),
            None => match counts.iter().position(|expected| !expected.is_finite()) {
                Some(bin) => format!(
                    "{} events are expected in bin {bin} (of all channels, from 0): look at the contents and factors of its samples",
                    counts[bin]
                ),
                None => format!(
                    "the likelihood at {theta:?} is no finite number: look at the constraints of the parameters"
                ),
            },
        })
    }
}

impl Place {
    /// Expected decrease of −ln p on the way to `theta`, in the quadratic approximation.
    fn expected_gain(&self, theta: &[f64]) -> f64 {
        let step = DVector::from_fn(theta.len(), |i, _| theta[i] - self.theta[i]);
        -(self.gradient.dot(&step) + 0.5 * step.dot(&(&self.curvature * &step)))
    }
}

/// A step of the free parameters; none, if the curvature is not positive.
fn damped_step(here: &Place, free: &[usize], damping: f64) -> Option<DVector<f64>> {
    let n = free.len();
    let mut curvature = DMatrix::from_fn(n, n, |i, j| here.curvature[(free[i], free[j])]);
    (0..n).for_each(|i| curvature[(i, i)] += damping * here.scale[free[i]]);
    let downhill = DVector::from_fn(n, |i, _| -here.gradient[free[i]]);
    Some(curvature.cholesky()?.solve(&downhill))
}

/// The first and second derivative of −ln p of an auxiliary measurement.
fn constraint_slopes(parameter: &Parameter, value: f64, found: f64) -> (f64, f64) {
    match parameter.constraint {
        Some(Constraint::Gaussian { sigma }) => ((value - found) / (sigma * sigma), 1.0 / (sigma * sigma)),
        Some(Constraint::Poisson { factor }) => (factor - found / value, (found / (value * value)).max(1e-9)),
        None => (0.0, 0.0),
    }
}
