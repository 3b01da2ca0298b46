//! Factors of nuisance parameters on the weights of events.

use ndarray::ArrayView2;

use super::column::Column;
use super::{NuisanceParameter, Setup};
use motherlode_core::real::Real;

/// No weight changes by more than e to this power for one standard deviation.
pub(super) const MOST: f64 = 10.0;

/// Factors exp(Σ_k a_k ν_k + b_k ν_k²) on the weights of events, the same at all parameters of the theory.
///
/// With the weights w₊, w₋ and w₀ at ν = 1, −1 and 0, a = ½ ln(w₊/w₋) and b = ½ ln(w₊w₋/w₀²); where there is no w₋, a = ln(w₊/w₀) and b = 0.
/// Where this is no number it is 0, and beyond ±10 it is ±10.
#[derive(Debug, Clone, PartialEq)]
pub struct SystematicFactors {
    k: usize,
    /// a, `[n, k]`, row by row.
    linear: Vec<f64>,
    /// b, `[n, k]`.
    quadratic: Vec<f64>,
}

impl SystematicFactors {
    /// No events.
    pub(super) fn none(k: usize) -> Self {
        Self {
            k,
            linear: Vec::new(),
            quadratic: Vec::new(),
        }
    }

    /// Adds events by their weights at all benchmarks, `[n, b]`.
    pub(super) fn add(&mut self, setup: &Setup, weights: ArrayView2<f64>) {
        let reference = setup.reference();
        let bounded = |value: f64| match value.is_finite() {
            true => value.clamp(-MOST, MOST),
            false => 0.0,
        };
        for event in weights.rows() {
            let of = |nuisance: &NuisanceParameter| {
                let (plus, zero) = (event[nuisance.positive], event[reference]);
                match nuisance.negative.map(|negative| event[negative]) {
                    Some(minus) => (0.5 * (plus / minus).ln(), 0.5 * (plus * minus / (zero * zero)).ln()),
                    None => ((plus / zero).ln(), 0.0),
                }
            };
            for (a, b) in setup.nuisances.iter().map(of) {
                self.linear.push(bounded(a));
                self.quadratic.push(bounded(b));
            }
        }
    }

    /// Number of nuisance parameters.
    pub fn len(&self) -> usize {
        self.k
    }

    /// Returns true if there are no events.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// a of all events, `[n, k]`.
    pub fn linear(&self) -> ArrayView2<'_, f64> {
        self.matrix(&self.linear)
    }

    /// b of all events, `[n, k]`.
    pub fn quadratic(&self) -> ArrayView2<'_, f64> {
        self.matrix(&self.quadratic)
    }

    fn matrix<'a>(&self, values: &'a [f64]) -> ArrayView2<'a, f64> {
        let n = values.len().checked_div(self.k).unwrap_or(0);
        ArrayView2::from_shape((n, self.k), values).expect("there are k values for each event")
    }

    /// Factor of one event.
    pub(super) fn of(&self, event: usize) -> Factor<'_> {
        let k = event * self.k..(event + 1) * self.k;
        let of = |numbers| Column::new(numbers, 0, 1);
        Factor::new(of(&self.linear[k.clone()]), of(&self.quadratic[k]))
    }

    /// Adds an event.
    pub(super) fn push(&mut self, factor: Factor<'_>) {
        self.linear.extend(factor.linear().iter());
        self.quadratic.extend(factor.quadratic().iter());
    }
}

/// The factor of one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor<'a> {
    linear: Column<'a>,
    quadratic: Column<'a>,
}

impl<'a> Factor<'a> {
    /// Factor with the coefficients a and b, `[k]` each.
    pub(super) fn new(linear: Column<'a>, quadratic: Column<'a>) -> Self {
        Self { linear, quadratic }
    }

    /// a, `[k]`.
    pub(super) fn linear(&self) -> Column<'a> {
        self.linear
    }

    /// b, `[k]`.
    pub(super) fn quadratic(&self) -> Column<'a> {
        self.quadratic
    }

    /// Logarithm of the factor at ν, `[k]`.
    pub(super) fn log<R: Real>(&self, nu: &[R]) -> R {
        let mut sum = R::from(0.0);
        for ((&nu, a), b) in nu.iter().zip(self.linear.iter()).zip(self.quadratic.iter()) {
            sum += nu * a + nu * nu * b;
        }
        sum
    }

    /// The largest value of its logarithm in a box, `[k]`.
    pub(super) fn log_bound(&self, edges: &[(f64, f64)]) -> f64 {
        let largest = |((a, b), &(low, high)): ((f64, f64), &(f64, f64))| {
            let at = |nu: f64| nu * (a + nu * b);
            let top = if b < 0.0 { -0.5 * a / b } else { low };
            at(low).max(at(high)).max(at(top.clamp(low, high)))
        };
        let all = self.linear.iter().zip(self.quadratic.iter()).zip(edges);
        all.map(largest).sum()
    }

    /// ∂ ln weight/∂ν_k at ν.
    pub(super) fn slope(&self, k: usize, nu: &[f64]) -> f64 {
        self.linear.at(k) + 2.0 * self.quadratic.at(k) * nu[k]
    }
}
