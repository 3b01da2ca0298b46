//! What nuisance parameters do to the weight of an event.

use ndarray::{Array2, ArrayView2};

use super::Setup;
use crate::real::Real;

/// No weight changes by more than e to this power for one standard deviation.
const MOST: f64 = 10.0;

/// Factors exp(Σ_k a_k ν_k + b_k ν_k²) on the weights of events, the same at all parameters of the theory.
///
/// With the weights w₊, w₋ and w₀ at ν = 1, −1 and 0, a = ½ ln(w₊/w₋) and b = ½ ln(w₊w₋/w₀²); where there is no w₋, a = ln(w₊/w₀) and b = 0.
/// Where this is no number it is 0, and beyond ±10 it is ±10.
#[derive(Debug, Clone, PartialEq)]
pub struct SystematicFactors {
    /// a, `[n, k]`.
    linear: Array2<f64>,
    /// b, `[n, k]`.
    quadratic: Array2<f64>,
}

impl SystematicFactors {
    /// From the weights of events at all benchmarks, `[n, b]`.
    pub(super) fn new(setup: &Setup, weights: ArrayView2<f64>) -> Self {
        let shape = (weights.nrows(), setup.nuisances.len());
        let reference = setup.reference();
        let of = |(event, k): (usize, usize)| {
            let nuisance = &setup.nuisances[k];
            let (plus, zero) = (weights[[event, nuisance.positive]], weights[[event, reference]]);
            match nuisance.negative.map(|negative| weights[[event, negative]]) {
                Some(minus) => (0.5 * (plus / minus).ln(), 0.5 * (plus * minus / (zero * zero)).ln()),
                None => ((plus / zero).ln(), 0.0),
            }
        };
        let bounded = |value: f64| match value.is_finite() {
            true => value.clamp(-MOST, MOST),
            false => 0.0,
        };
        Self {
            linear: Array2::from_shape_fn(shape, |at| bounded(of(at).0)),
            quadratic: Array2::from_shape_fn(shape, |at| bounded(of(at).1)),
        }
    }

    /// Number of nuisance parameters.
    pub fn len(&self) -> usize {
        self.linear.ncols()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// a of all events, `[n, k]`.
    pub fn linear(&self) -> ArrayView2<'_, f64> {
        self.linear.view()
    }

    /// b of all events, `[n, k]`.
    pub fn quadratic(&self) -> ArrayView2<'_, f64> {
        self.quadratic.view()
    }

    /// The logarithm of the factor of one event at ν, `[k]`.
    pub fn log_factor<R: Real>(&self, event: usize, nu: &[R]) -> R {
        let mut sum = R::from(0.0);
        for (k, &nu) in nu.iter().enumerate() {
            sum += nu * self.linear[[event, k]] + nu * nu * self.quadratic[[event, k]];
        }
        sum
    }

    /// ∂ ln weight/∂ν_k of one event at ν.
    pub(super) fn slope(&self, event: usize, k: usize, nu: &[f64]) -> f64 {
        self.linear[[event, k]] + 2.0 * self.quadratic[[event, k]] * nu[k]
    }
}
