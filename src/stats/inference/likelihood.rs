//! ln L(θ) of a data set, put together from what an estimator says of its events.

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;

/// Events that one thread takes at a time.
const CHUNK: usize = 4_096;

/// Expected number of events at θ, L·σ(θ).
pub type ExpectedCount<'a> = &'a (dyn Fn(&[f64]) -> Result<f64> + Sync);

/// ln L(θ) of independent events, up to a constant:
///
/// s Σ_i w_i log r(x_i|θ, θ_ref) + \[n ln ν(θ) − ν(θ)\] − ½ Σ_k (θ_k − a_k)²/σ_k².
///
/// The second term is there if the number of events is data, too, the third for nuisance parameters that other measurements
/// constrain. Weights make a simulated sample stand for what is expected (the Asimov data set).
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

/// What another measurement says of a parameter: θ_k = mean ± sd.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// Which parameter, from 0.
    pub parameter: usize,
    /// a, its measured value.
    pub mean: f64,
    /// σ, the error of the measurement.
    pub sd: f64,
}

impl Constraint {
    /// ln of its Gaussian at θ but for a constant, and the derivative to its parameter.
    ///
    /// # Errors
    /// If there is no such parameter.
    pub fn at(&self, theta: &[f64]) -> Result<(f64, f64)> {
        let value = theta.get(self.parameter).ok_or_else(|| {
            let (asked, found) = (self.parameter, theta.len());
            Error::usage(format!("a constraint on parameter {asked} of {found} (counted from 0)"))
        })?;
        let pull = (value - self.mean) / self.sd;
        Ok((-0.5 * pull * pull, -pull / self.sd))
    }
}

impl<'a> Likelihood<'a> {
    /// Of events `x`, `[n, m]`, as seen by `estimator`, relative to `reference`, `[p]`.
    pub fn new(estimator: &'a dyn LogRatio, x: ArrayView2<'a, f64>, reference: &[f64]) -> Self {
        Self {
            estimator,
            x,
            weights: None,
            scale: 1.0,
            reference: reference.to_vec(),
            rate: None,
            constraints: Vec::new(),
        }
    }

    /// With a weight for each event, `[n]`.
    ///
    /// # Errors
    /// If there are not as many as events, or one is not finite.
    pub fn with_weights(mut self, weights: ArrayView1<'a, f64>) -> Result<Self> {
        if weights.len() != self.x.nrows() || !weights.iter().all(|w| w.is_finite()) {
            return Err(Error::usage(format!(
                "{} weights for {} events: give a finite one for each",
                weights.len(),
                self.x.nrows()
            )));
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// As if the events, with their weights, were `n`: the expected likelihood of n events from a large sample.
    ///
    /// # Errors
    /// If n is not positive, or there are no events, or their weights sum to nothing.
    pub fn scaled_to(mut self, n: f64) -> Result<Self> {
        let total = self.total();
        if !(n > 0.0 && n.is_finite() && total > 0.0) {
            return Err(Error::usage(format!(
                "a sample of weight {total} cannot stand for {n} events: both must be above 0"
            )));
        }
        self.scale = n / total;
        Ok(self)
    }

    /// With `observed` events where `expected` are expected at θ: a Poisson term.
    pub fn with_rate(mut self, expected: ExpectedCount<'a>, observed: f64) -> Self {
        self.rate = Some((expected, observed));
        self
    }

    /// With the result of another measurement.
    ///
    /// # Errors
    /// If its error is not above 0.
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

    /// ln L(θ).
    ///
    /// # Errors
    /// If the estimator cannot be asked for `theta`, or what it says is not a number; an impossible event makes −∞.
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.of_events(theta)? + self.other_terms(theta)?)
    }

    /// What other measurements say.
    pub(super) fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// How many events its events stand for.
    pub fn n_represented(&self) -> f64 {
        self.scale * self.total()
    }

    /// The observations, `[n, m]`.
    pub(super) fn x(&self) -> ArrayView2<'a, f64> {
        self.x
    }

    /// Ratios of one hypothesis.
    pub(super) fn estimator(&self) -> (&'a dyn LogRatio, &[f64]) {
        (self.estimator, &self.reference)
    }

    /// What a share of the events says: of the first of them, or of all where they are few, with less weight.
    pub(super) fn share(&self, share: f64) -> Self {
        const FEW: usize = 1_000;
        let n = self.x.nrows();
        let kept = ((share * n as f64).ceil() as usize).max(FEW).min(n);
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

    /// The part of ln L that comes from observations.
    pub(super) fn of_events(&self, theta: &[f64]) -> Result<f64> {
        Ok(self.scale * self.events(theta)?)
    }

    /// The part that comes from the number of events and from other measurements.
    pub(super) fn other_terms(&self, theta: &[f64]) -> Result<f64> {
        let expected = self.expected(theta)?;
        self.other_terms_with(expected, theta)
    }

    /// The number of events expected at θ, where it is data.
    pub(super) fn expected(&self, theta: &[f64]) -> Result<Option<f64>> {
        self.rate.map(|(expected, _)| expected(theta)).transpose()
    }

    /// The same part, where so many events are expected.
    pub(super) fn other_terms_with(&self, expected: Option<f64>, theta: &[f64]) -> Result<f64> {
        let mut log = match self.rate.zip(expected) {
            Some(((_, observed), expected)) => poisson(expected, observed)?,
            None => 0.0,
        };
        for constraint in &self.constraints {
            log += constraint.at(theta)?.0;
        }
        Ok(log)
    }

    /// Summed in portions whose sums are added in order, so that the result does not depend on the number of threads.
    fn events(&self, theta: &[f64]) -> Result<f64> {
        let portions = self.x.nrows().div_ceil(CHUNK);
        let sums: Vec<f64> = (0..portions)
            .into_par_iter()
            .map(|portion| self.portion(theta, portion))
            .collect::<Result<_>>()?;
        let sum: f64 = sums.iter().sum();
        if sum.is_nan() || sum == f64::INFINITY {
            return Err(Error::usage(format!(
                "the estimator gives log likelihood ratios that are no numbers at theta = {theta:?}: evaluate it there to \
                 see for which events"
            )));
        }
        Ok(sum)
    }

    fn portion(&self, theta: &[f64], portion: usize) -> Result<f64> {
        let range = portion * CHUNK..((portion + 1) * CHUNK).min(self.x.nrows());
        let x = self.x.slice_axis(Axis(0), range.clone().into());
        let ratios = self.estimator.log_ratio(x, theta, &self.reference)?;
        Ok(match self.weights {
            Some(weights) => weights.slice_axis(Axis(0), range.into()).dot(&ratios),
            None => ratios.sum(),
        })
    }
}

/// n ln ν − ν.
fn poisson(expected: f64, observed: f64) -> Result<f64> {
    if !(expected >= 0.0 && expected.is_finite()) {
        return Err(Error::usage(format!(
            "{expected} events are expected: a rate must be finite and not below 0"
        )));
    }
    Ok(if observed > 0.0 {
        observed * expected.ln() - expected
    } else {
        -expected
    })
}
