//! The log probability of a path, added up choice by choice.

use crate::real::Real;

/// Numbers of which two can be multiplied without underflow or overflow.
const ORDINARY: std::ops::Range<f64> = 1e-100..1e100;

/// ln p(x,z|θ) along a path, up to a θ-independent constant.
///
/// Probabilities are multiplied and their logarithm is taken once at the end: a logarithm a choice would cost more
/// than all the rest of a simple simulator. The product is folded into the sum before it can underflow.
///
/// ```
/// use motherlode_core::trace::LogProbability;
/// let mut path = LogProbability::certain();
/// for _ in 0..5_000 {
///     path.multiply(0.25);
/// }
/// path.add(-1.0);
/// path.multiply(1e-300);
/// let expected: f64 = 5_000.0 * 0.25f64.ln() - 1.0 + 1e-300f64.ln();
/// assert!((path.total() / expected - 1.0).abs() < 1e-13);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogProbability<R> {
    product: R,
    sum: R,
}

impl<R: Real> LogProbability<R> {
    /// The path without a choice, of probability one.
    #[inline]
    pub fn certain() -> Self {
        Self {
            product: R::from(1.0),
            sum: R::from(0.0),
        }
    }

    /// Takes in a choice by its probability (density).
    #[inline]
    pub fn multiply(&mut self, probability: R) {
        // One factor alone may be too small or too large to stand in a product.
        if !ORDINARY.contains(&probability.re()) {
            return self.add(probability.ln());
        }
        self.product *= probability;
        if !ORDINARY.contains(&self.product.re()) {
            self.fold();
        }
    }

    /// Takes in a choice by the logarithm of its probability (density).
    #[inline]
    pub fn add(&mut self, log_probability: R) {
        self.sum += log_probability;
    }

    /// ln p of the whole path; −∞ if a choice was impossible.
    #[inline]
    pub fn total(mut self) -> R {
        self.fold();
        self.sum
    }

    fn fold(&mut self) {
        self.sum += self.product.ln();
        self.product = R::from(1.0);
    }
}
