//! One outcome out of two or of several.

use rand::RngExt;

use super::{Density, LogProbability, Rejected, Stream, impossible, is_positive, require};
use crate::real::Real;

/// A coin: true with probability p.
#[derive(Debug, Clone, Copy)]
pub struct Bernoulli<R> {
    p: R,
}

impl<R: Real> Bernoulli<R> {
    /// True with probability `p`.
    ///
    /// # Errors
    /// If `p` is not within [0, 1].
    #[inline]
    pub fn new(p: R) -> Result<Self, Rejected> {
        require((0.0..=1.0).contains(&p.re()), || {
            format!("Bernoulli needs 0 ≤ p ≤ 1, got p = {}", p.re())
        })?;
        Ok(Self { p })
    }

    #[inline]
    fn probability(&self, draw: bool) -> R {
        if draw { self.p } else { -self.p + 1.0 }
    }
}

impl<R: Real> Density<R> for Bernoulli<R> {
    type Draw = bool;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> bool {
        rng.random::<f64>() < self.p.re()
    }

    #[inline]
    fn log_density(&self, draw: &bool) -> R {
        self.probability(*draw).ln()
    }

    #[inline]
    fn accumulate(&self, draw: &bool, path: &mut LogProbability<R>) {
        path.multiply(self.probability(*draw));
    }
}

/// One of several outcomes, each with its weight: outcome i has probability wᵢ / Σ w.
///
/// The weights need not be normalised; only their ratios matter, to the score too.
#[derive(Debug, Clone, Copy)]
pub struct Categorical<'a, R> {
    weights: &'a [R],
    total: R,
}

impl<'a, R: Real> Categorical<'a, R> {
    /// Outcome i with probability proportional to `weights[i]`; `weights` has shape `[k]`.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or none is positive.
    #[inline]
    pub fn new(weights: &'a [R]) -> Result<Self, Rejected> {
        let total = checked_total("Categorical", weights)?;
        Ok(Self { weights, total })
    }

    #[inline]
    fn probability(&self, draw: usize) -> Option<R> {
        self.weights.get(draw).map(|&weight| weight / self.total)
    }
}

impl<R: Real> Density<R> for Categorical<'_, R> {
    type Draw = usize;

    #[inline]
    fn sample(&self, rng: &mut Stream) -> usize {
        pick(self.weights, self.total.re(), rng)
    }

    #[inline]
    fn log_density(&self, draw: &usize) -> R {
        self.probability(*draw).map_or_else(impossible, |p| p.ln())
    }

    #[inline]
    fn accumulate(&self, draw: &usize, path: &mut LogProbability<R>) {
        match self.probability(*draw) {
            Some(probability) => path.multiply(probability),
            None => path.add(impossible()),
        }
    }
}

/// The sum of unnormalised weights, checked.
#[inline]
pub(super) fn checked_total<R: Real>(density: &str, weights: &[R]) -> Result<R, Rejected> {
    let mut total = R::from(0.0);
    for (i, &weight) in weights.iter().enumerate() {
        require(weight.re() >= 0.0 && weight.re().is_finite(), || {
            format!("{density} needs finite weights ≥ 0, got weight {i} = {}", weight.re())
        })?;
        total += weight;
    }
    require(is_positive(total), || {
        format!(
            "{density} needs weights with a positive, finite sum, got {} weights that add up to {}",
            weights.len(),
            total.re()
        )
    })?;
    Ok(total)
}

/// An index with probability proportional to its weight.
#[inline]
pub(super) fn pick<R: Real>(weights: &[R], total: f64, rng: &mut Stream) -> usize {
    let mut left = rng.random::<f64>() * total;
    let mut last = 0;
    for (i, weight) in weights.iter().enumerate().filter(|(_, weight)| weight.re() > 0.0) {
        last = i; // rounding may leave a crumb after the last outcome; it is never an impossible one
        left -= weight.re();
        if left < 0.0 {
            break;
        }
    }
    last
}
