//! ln L(θ) with its gradient.

use ndarray::{Array1, ArrayView2, Axis};
use rayon::prelude::*;

use super::super::{InterpolatedLikelihood, Likelihood, ParameterBox, ZoomedLikelihood};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};

/// A log density at θ, up to a constant, and its gradient, `[p]`.
pub type Density<'a> = &'a (dyn Fn(&[f64]) -> Result<(f64, Vec<f64>)> + Sync);

/// One estimator that knows ratios and their slope.
pub trait Differentiable: LogRatio + Score {}

impl<T: LogRatio + Score + ?Sized> Differentiable for T {}

/// Largest error of an interpolated ln L: 2 % of a posterior density.
const TOLERANCE: f64 = 0.02;
/// Steps of central differences, in shares of the box; polynomials are smooth, and exact to fifteen digits.
const STEP: f64 = 1e-5;
/// Events that one thread takes at a time.
const CHUNK: usize = 4_096;

/// ln L(θ) of independent events, up to a constant, with its gradient Σ_i t(x_i|θ).
///
/// Both come from one estimator. A sampler weighs hypotheses by ln L alone and follows the gradient only to find them,
/// so a score that is not quite the slope of the ratio costs it time, and no accuracy.
///
/// With few parameters ln L is interpolated over the [part of the box that matters](ZoomedLikelihood), after one pass over the events for
/// each node; where a polynomial does not suffice, every step of a chain is a pass over all events: of 10⁵ events and a small
/// network, some tenths of a second.
pub struct Target<'a> {
    likelihood: Likelihood<'a>,
    estimator: &'a dyn Differentiable,
    x: ArrayView2<'a, f64>,
    space: ParameterBox,
    zoom: Option<ZoomedLikelihood<'a>>,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("space", &self.space)
            .field("zoom", &self.zoom)
            .finish_non_exhaustive()
    }
}

impl<'a> Target<'a> {
    /// Takes events `x`, `[n, m]`, for hypotheses in `space`, relative to `reference`, `[p]`.
    ///
    /// Where ln L is too rough for an interpolation, or has too many parameters, the estimator is evaluated at every θ. `progress` can
    /// stop an evaluation, and receives no reports.
    pub fn new(
        estimator: &'a dyn Differentiable,
        x: ArrayView2<'a, f64>,
        reference: &[f64],
        space: &ParameterBox,
        progress: &'a dyn Progress,
    ) -> Self {
        let mut target = Self::direct(estimator, x, reference, space);
        target.likelihood = target.likelihood.with_progress(progress);
        let zoom = ZoomedLikelihood::new(&target.likelihood, space, TOLERANCE).ok();
        Self { zoom, ..target }
    }

    /// Takes the events without an interpolation: the estimator is evaluated at every θ.
    pub fn direct(
        estimator: &'a dyn Differentiable,
        x: ArrayView2<'a, f64>,
        reference: &[f64],
        space: &ParameterBox,
    ) -> Self {
        Self {
            likelihood: Likelihood::new(estimator, x, reference),
            estimator,
            x,
            space: space.clone(),
            zoom: None,
        }
    }

    /// Returns true if ln L is interpolated, so that steps need no pass over the events.
    pub fn is_interpolated(&self) -> bool {
        self.zoom.is_some()
    }

    /// Where hypotheses may lie: the whole box, or the part in which ln L is within 18 of its maximum.
    pub fn space(&self) -> &ParameterBox {
        self.zoom.as_ref().map_or(&self.space, ZoomedLikelihood::parameter_box)
    }

    /// ln L(θ) and its gradient.
    ///
    /// # Errors
    /// If the estimator cannot be asked for `theta`, or what it says is not a number; an impossible event makes −∞.
    pub fn at(&self, theta: &[f64]) -> Result<(f64, Vec<f64>)> {
        let surface = self.zoom.as_ref().map(ZoomedLikelihood::surface);
        match surface.filter(|surface| surface.interpolation().space().contains(theta)) {
            Some(surface) => Ok((surface.at(theta)?, self.slope(surface, theta)?)),
            None => {
                let log = self.likelihood.at(theta)?;
                let gradient = if log.is_finite() {
                    self.score(theta)?
                } else {
                    Array1::zeros(theta.len())
                };
                Ok((log, gradient.to_vec()))
            }
        }
    }

    fn slope(&self, surface: &InterpolatedLikelihood<'_>, theta: &[f64]) -> Result<Vec<f64>> {
        let mut slope = vec![0.0; theta.len()];
        for (k, (low, high)) in self.space().ranges() {
            let step = STEP * (high - low);
            let at = |sign: f64| {
                let mut moved = theta.to_vec();
                moved[k] += sign * step;
                surface.at(&moved)
            };
            slope[k] = (at(1.0)? - at(-1.0)?) / (2.0 * step);
        }
        Ok(slope)
    }

    /// Σ_i t(x_i|θ), in portions whose sums are added in order, so that the result does not depend on the number of
    /// threads.
    fn score(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let portions: Vec<ArrayView2<f64>> = self.x.axis_chunks_iter(Axis(0), CHUNK).collect();
        let sums: Vec<Array1<f64>> = portions
            .into_par_iter()
            .map(|x| {
                self.likelihood.progress().check()?;
                self.estimator.score(x, theta).map(|score| score.sum_axis(Axis(0)))
            })
            .collect::<Result<_>>()?;
        let score = sums
            .into_iter()
            .fold(Array1::zeros(theta.len()), |sum, portion| sum + portion);
        match score.iter().all(|slope: &f64| slope.is_finite()) {
            true => Ok(score),
            false => Err(Error::numerical(format!(
                "the estimator gives scores that are no numbers at theta = {theta:?}: evaluate it there to \
                 see for which events"
            ))),
        }
    }
}
