//! The log likelihood ln L(θ) of a data set, summed over its events.

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;
use motherlode_core::likelihood::LogRatio;

/// Number of events that one thread evaluates at a time.
const CHUNK: usize = 4_096;

/// Expected number of events at θ, L·σ(θ).
pub type ExpectedCount<'a> = &'a (dyn Fn(&[f64]) -> Result<f64> + Sync);

/// ln L(θ) of independent events, up to a constant:
///
/// s Σ_i w_i log r(x_i|θ, θ_ref) + \[n ln ν(θ) − ν(θ)\] − ½ Σ_k (θ_k − a_k)²/σ_k².
///
/// The second term is present if the number of events is data, too, the third for nuisance parameters that other measurements
/// constrain. With weights, a simulated sample represents the expected data (the Asimov data set).
///
/// # Source
/// Cowan, Cranmer, Gross and Vitells 2011, arXiv:1007.1727.
#[derive(Clone)]
pub struct Likelihood<'a> {
    estimator: &'a dyn LogRatio,
    x: ArrayView2<'a, f64>,
    weights: Option<ArrayView1<'a, f64>>,
    scale: f64,
    reference: Vec<f64>,
    rate: Option<(ExpectedCount<'a>, f64)>,
    constraints: Vec<Constraint>,
    term: Option<ExpectedCount<'a>>,
    progress: &'a dyn Progress,
}

impl std::fmt::Debug for Likelihood<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Likelihood")
            .field("scale", &self.scale)
            .field("reference", &self.reference)
            .field("constraints", &self.constraints)
            .finish_non_exhaustive()
    }
}

/// A Gaussian constraint on a parameter from another measurement: θ_k = mean ± sd.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// Index of the parameter, from 0.
    pub parameter: usize,
    /// a, its measured value.
    pub mean: f64,
    /// σ, the error of the measurement.
    pub sd: f64,
}

impl Constraint {
    /// Returns ln of the Gaussian at θ, up to a constant, and its derivative by the parameter.
    ///
    /// # Errors
    /// If there is no such parameter.
    pub fn at(&self, theta: &[f64]) -> Result<(f64, f64)> {
        let value = theta.get(self.parameter).ok_or_else(|| {
            Error::usage(format!(
                "a constraint on parameter {} (counted from 0), but there are {} parameters",
                self.parameter,
                theta.len()
            ))
        })?;
        let pull = (value - self.mean) / self.sd;
        Ok((-0.5 * pull * pull, -pull / self.sd))
    }
}

impl<'a> Likelihood<'a> {
    /// Creates the likelihood of events `x`, `[n, m]`, by `estimator`, relative to the hypothesis `reference`, `[p]`.
    pub fn new(estimator: &'a dyn LogRatio, x: ArrayView2<'a, f64>, reference: &[f64]) -> Self {
        Self {
            estimator,
            x,
            weights: None,
            scale: 1.0,
            reference: reference.to_vec(),
            rate: None,
            constraints: Vec::new(),
            term: None,
            progress: &(),
        }
    }

    /// Fails where `progress` asks to stop; it receives no reports.
    pub fn with_progress(mut self, progress: &'a dyn Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Sets a weight for each event, `[n]`.
    ///
    /// # Errors
    /// If the numbers of weights and events differ, or a weight is not finite.
    pub fn with_weights(mut self, weights: ArrayView1<'a, f64>) -> Result<Self> {
        if weights.len() != self.x.nrows() || !weights.iter().all(|w| w.is_finite()) {
            return Err(Error::data(format!(
                "{} weights for {} events: give one finite weight for each event",
                weights.len(),
                self.x.nrows()
            )));
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// Scales the sum over the events to `n` events: the expected likelihood of n events from a large sample.
    ///
    /// # Errors
    /// If `n` is not positive, or the sum of the weights is not.
    pub fn scaled_to(mut self, n: f64) -> Result<Self> {
        let total = self.total();
        if !(n > 0.0 && n.is_finite() && total > 0.0) {
            let message = format!(
                "a sample with the total weight {total} cannot represent {n} events: both numbers must be above 0",
                total = exact(total)
            );
            return Err(match total > 0.0 {
                true => Error::usage(message),
                false => Error::data(message),
            });
        }
        self.scale = n / total;
        Ok(self)
    }

    /// Adds a Poisson term for the number of events: `observed`, with `expected` events expected at θ.
    pub fn with_rate(mut self, expected: ExpectedCount<'a>, observed: f64) -> Self {
        self.rate = Some((expected, observed));
        self
    }

    /// Adds a term to ln L, such as that of the errors of a histogram.
    pub fn with_term(mut self, term: ExpectedCount<'a>) -> Self {
        self.term = Some(term);
        self
    }

    /// Adds the result of another measurement.
    ///
    /// # Errors
    /// If its value is not finite or its error is not above 0.
    pub fn with_constraint(mut self, constraint: Constraint) -> Result<Self> {
        if !(constraint.sd > 0.0 && constraint.mean.is_finite()) {
            return Err(Error::usage(format!(
                "parameter {} = {} ± {}: a constraint needs a finite value and an error above 0",
                constraint.parameter, constraint.mean, constraint.sd
            )));
        }
        self.constraints.push(constraint);
        Ok(self)
    }

    /// Returns ln L(θ); −∞ if an event is impossible.
    ///
    /// # Errors
    /// If the estimator cannot be evaluated at `theta`, or gives NaN or +∞.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.event_term(theta)? + self.other_terms(theta)?)
    }

    /// Constraints from other measurements.
    pub(super) fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// Number of events that the sample represents.
    pub fn n_represented(&self) -> f64 {
        self.scale * self.total()
    }

    /// The progress that can stop an evaluation.
    pub(super) fn progress(&self) -> &'a dyn Progress {
        self.progress
    }

    /// The observations, `[n, m]`.
    pub(super) fn x(&self) -> ArrayView2<'a, f64> {
        self.x
    }

    /// The estimator, and the hypothesis that its ratios are relative to.
    pub(super) fn estimator(&self) -> (&'a dyn LogRatio, &[f64]) {
        (self.estimator, &self.reference)
    }

    /// The likelihood of a share of the events: the first ones, but at least 1 000, with their weights scaled down.
    pub(super) fn subsample(&self, share: f64) -> Self {
        const MIN_EVENTS: usize = 1_000;
        let n = self.x.nrows();
        let kept = ((share * n as f64).ceil() as usize).max(MIN_EVENTS).min(n);
        let part = Self {
            x: self.x.split_at(Axis(0), kept).0,
            weights: self.weights.map(|weights| weights.split_at(Axis(0), kept).0),
            ..self.clone()
        };
        let scale = share * self.n_represented() / part.total();
        Self { scale, ..part }
    }

    fn total(&self) -> f64 {
        self.weights.map_or(self.x.nrows() as f64, |weights| weights.sum())
    }

    /// The sum over the events in ln L.
    pub(super) fn event_term(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.scale * self.events(theta)?)
    }

    /// The terms of ln L for the number of events and for other measurements.
    pub(super) fn other_terms(&self, theta: &[f64]) -> Result<f64> {
        let expected = self.expected(theta)?;
        self.other_terms_with(expected, theta)
    }

    /// Number of events expected at θ, if it is data.
    pub(super) fn expected(&self, theta: &[f64]) -> Result<Option<f64>> {
        self.rate.map(|(expected, _)| expected(theta)).transpose()
    }

    /// The terms for the number of events and for other measurements, with `expected` events expected at θ.
    pub(super) fn other_terms_with(&self, expected: Option<f64>, theta: &[f64]) -> Result<f64> {
        self.progress.check()?;
        let mut log = match self.rate.zip(expected) {
            Some(((_, observed), expected)) => poisson(expected, observed)?,
            None => 0.0,
        };
        for constraint in &self.constraints {
            log += constraint.at(theta)?.0;
        }
        if let Some(term) = self.term {
            log += term(theta)?;
        }
        Ok(log)
    }

    /// The sum over events, in chunks whose sums are added in order, so that it does not depend on the number of threads.
    fn events(&self, theta: &[f64]) -> Result<f64> {
        let chunks = self.x.nrows().div_ceil(CHUNK);
        let sums: Vec<f64> = (0..chunks)
            .into_par_iter()
            .map(|chunk| self.chunk_sum(theta, chunk))
            .collect::<Result<_>>()?;
        let sum: f64 = sums.iter().sum();
        if sum.is_nan() || sum == f64::INFINITY {
            return Err(Error::numerical(format!(
                "the estimator gives log likelihood ratios that are no numbers (NaN or infinite) at theta = {theta:?}: use `evaluate` \
                 there to find the events"
            )));
        }
        Ok(sum)
    }

    fn chunk_sum(&self, theta: &[f64], chunk: usize) -> Result<f64> {
        self.progress.check()?;
        let range = chunk * CHUNK..((chunk + 1) * CHUNK).min(self.x.nrows());
        let x = self.x.slice_axis(Axis(0), range.clone().into());
        let ratios = self.estimator.log_ratio(x, theta, &self.reference)?;
        Ok(match self.weights {
            Some(weights) => weights.slice_axis(Axis(0), range.into()).dot(&ratios),
            None => ratios.sum(),
        })
    }
}

/// Poisson term n ln ν − ν.
fn poisson(expected: f64, observed: f64) -> Result<f64> {
    if !(expected >= 0.0 && expected.is_finite()) {
        return Err(Error::numerical(format!(
            "the expected number of events is {expected}: it must be finite and not below 0"
        )));
    }
    Ok(if observed > 0.0 {
        observed * expected.ln() - expected
    } else {
        -expected
    })
}
