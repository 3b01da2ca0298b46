//! Mixtures of densities.

use super::discrete::{checked_total, pick};
use super::{Density, Rejected, Stream, impossible, require};
use crate::real::Real;

/// Mixture of several densities whose component is not recorded: Σ wᵢ pᵢ(x) / Σ wᵢ.
///
/// A simulator could as well draw the component first and then draw from it. Then the component is a latent choice
/// whose score the event carries although the value drawn does not determine it. Here it is summed over instead, so
/// the joint ratio and the joint score have the same mean at a given value and a lower variance.
#[derive(Debug, Clone, Copy)]
pub struct Mixture<'a, R, D> {
    weights: &'a [R],
    total: R,
    components: &'a [D],
}

impl<'a, R: Real, D: Density<R>> Mixture<'a, R, D> {
    /// Component `components[i]` with probability proportional to `weights[i]`; both have shape `[k]`.
    ///
    /// # Errors
    /// If there are not as many weights as components, a weight is negative or not finite, or none is positive.
    #[inline]
    pub fn new(weights: &'a [R], components: &'a [D]) -> Result<Self, Rejected> {
        require(weights.len() == components.len(), || {
            format!(
                "Mixture needs a weight for each component, got {} weights and {} components",
                weights.len(),
                components.len()
            )
        })?;
        Ok(Self {
            weights,
            total: checked_total("Mixture", weights)?,
            components,
        })
    }
}

impl<R: Real, D: Density<R>> Density<R> for Mixture<'_, R, D> {
    type Draw = D::Draw;

    fn sample(&self, rng: &mut Stream) -> D::Draw {
        self.components[pick(self.weights, self.total.re(), rng)].sample(rng)
    }

    fn draws(&self, draw: &D::Draw) -> bool {
        self.components.iter().any(|component| component.draws(draw))
    }

    fn log_density(&self, draw: &D::Draw) -> R {
        let logs: Vec<R> = self
            .components
            .iter()
            .map(|component| component.log_density(draw))
            .collect();
        if logs.iter().all(|log| log.re() == f64::NEG_INFINITY) {
            return impossible();
        }
        // Relative to the largest, so that densities may be far below the smallest number.
        let largest = logs.iter().map(|log| log.re()).fold(f64::NEG_INFINITY, f64::max);
        let sum = logs
            .iter()
            .zip(self.weights)
            .filter(|(log, _)| log.re() != f64::NEG_INFINITY) // nothing to add, and no derivative
            .fold(R::from(0.0), |sum, (&log, &weight)| {
                sum + weight * (log - largest).exp()
            });
        sum.ln() - self.total.ln() + largest
    }
}
