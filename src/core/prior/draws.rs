//! Draws of priors.

use rand::RngExt;

use super::{Prior, check_count, quantiles};
use crate::error::{Error, Result};
use crate::trace::{Parameter, Stream};

/// Draws outside of the support after which there is an error.
const MAX_DRAWS: usize = 10_000;

impl Prior {
    /// Draws a point into `theta`, shape `[p]`.
    ///
    /// Points outside of the ranges of the parameters are drawn again, so that the distribution is truncated to these.
    ///
    /// # Errors
    /// If ten thousand draws all lie outside, or the prior is defined in code that is not known here.
    pub fn draw(&self, parameters: &[Parameter], rng: &mut Stream, theta: &mut [f64]) -> Result<()> {
        match self {
            Self::Box { .. } | Self::Gaussian { .. } | Self::Independent { .. } => {
                for (j, (value, parameter)) in theta.iter_mut().zip(parameters).enumerate() {
                    if let Some(marginal) = self.marginal(j) {
                        *value = marginal.draw(parameter, rng)?;
                    }
                }
                Ok(())
            }
            Self::Points { points, .. } => {
                theta.copy_from_slice(&points[rng.random_range(0..points.len())]);
                Ok(())
            }
            Self::Product { parts } => {
                let mut blocks = self.blocks(parts);
                blocks.try_for_each(|(part, block)| part.draw(&parameters[block.clone()], rng, &mut theta[block]))
            }
            Self::Truncated { prior, edges } if prior.marginals().is_some() => {
                let narrower = parameters.iter().zip(edges.edges());
                let narrower = narrower.map(|(one, edges)| one.within(*edges));
                for ((marginal, parameter), value) in prior.marginals().iter().flatten().zip(narrower).zip(theta) {
                    *value = marginal.quantile(rng.random(), &parameter)?;
                }
                Ok(())
            }
            _ => {
                for _ in 0..MAX_DRAWS {
                    self.draw_once(parameters, rng, theta)?;
                    if self.log_density(parameters, theta) > f64::NEG_INFINITY {
                        return Ok(());
                    }
                }
                Err(Error::usage(format!(
                    "{MAX_DRAWS} draws of the prior, {self}, all lie outside of where the simulator is defined: choose a narrower prior"
                )))
            }
        }
    }

    /// Draws a point that may lie outside of the support.
    fn draw_once(&self, parameters: &[Parameter], rng: &mut Stream, theta: &mut [f64]) -> Result<()> {
        match self {
            Self::Correlated(normal) => theta.copy_from_slice(&normal.draw(rng)),
            Self::Own(own) => theta.copy_from_slice(&own.density()?.sample(rng)),
            Self::Mixture { weights, parts } => {
                let (part, _) = quantiles::component(weights, rng.random());
                parts[part].draw_once(parameters, rng, theta)?;
            }
            Self::Truncated { prior, .. } => prior.draw_once(parameters, rng, theta)?,
            _ => self.draw(parameters, rng, theta)?,
        }
        Ok(())
    }

    /// Draws `n` points, and returns them as a prior.
    ///
    /// # Errors
    /// As [`draw`](Self::draw), or if there would be none or too many.
    pub fn points(&self, parameters: &[Parameter], n: usize, rng: &mut Stream) -> Result<Self> {
        check_count(n)?;
        let mut points = vec![vec![0.0; parameters.len()]; n];
        points
            .iter_mut()
            .try_for_each(|point| self.draw(parameters, rng, point))?;
        Ok(Self::Points {
            points,
            drawn_from: Some(self.clone().into()),
        })
    }
}
