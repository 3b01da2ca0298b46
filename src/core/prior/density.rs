//! Densities of priors, with their gradients.

use std::ops::Range;

use super::Prior;
use crate::mean::log_mean_exp;
use crate::trace::Parameter;

/// Range of a parameter of which nothing is known.
const EVERYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

impl Prior {
    /// ln of the density at `theta`, `[p]`; −∞ outside the support.
    ///
    /// It is normalised, but for the probability outside of the ranges of the parameters, or of a truncation, if these are not independent.
    pub fn log_density(&self, parameters: &[Parameter], theta: &[f64]) -> f64 {
        let outside = |(value, parameter): (&f64, &Parameter)| !(parameter.range.0..=parameter.range.1).contains(value);
        if theta.iter().zip(parameters).any(outside) {
            return f64::NEG_INFINITY;
        }
        match self {
            Self::Correlated(normal) => normal.log_density(theta),
            Self::Product { parts } => {
                let term = |(part, block): (&Prior, Range<usize>)| {
                    let parameters = parameters.get(block.clone()).unwrap_or_default();
                    part.log_density(parameters, &theta[block])
                };
                self.blocks(parts).map(term).sum()
            }
            Self::Mixture { weights, parts } => {
                let logs: Vec<f64> = mixture_terms(weights, parts, parameters, theta).collect();
                log_sum_exp(&logs)
            }
            Self::Truncated { prior, edges } => match edges.contains(theta) {
                true => prior.log_density(parameters, theta),
                false => f64::NEG_INFINITY,
            },
            Self::Own(own) => own.density().map_or(f64::NEG_INFINITY, |own| own.log_density(theta)),
            Self::Points { points, .. } => match points.iter().any(|point| point == theta) {
                true => -(points.len() as f64).ln(),
                false => f64::NEG_INFINITY,
            },
            _ => {
                let range = |j: usize| parameters.get(j).map_or(EVERYWHERE, |parameter| parameter.range);
                let term = |(j, value): (usize, &f64)| {
                    let marginal = self.marginal(j);
                    marginal.map_or(0.0, |marginal| marginal.log_density(*value, range(j)))
                };
                theta.iter().enumerate().map(term).sum()
            }
        }
    }

    /// Gradient of [`log_density`](Self::log_density) within the support, `[p]`; 0 along parameters that are held fixed.
    pub fn gradient(&self, parameters: &[Parameter], theta: &[f64]) -> Vec<f64> {
        match self {
            Self::Correlated(normal) => normal.gradient(theta),
            Self::Product { parts } => {
                let block = |(part, block): (&Prior, Range<usize>)| {
                    let parameters = parameters.get(block.clone()).unwrap_or_default();
                    part.gradient(parameters, &theta[block])
                };
                self.blocks(parts).flat_map(block).collect()
            }
            Self::Mixture { weights, parts } => {
                let logs: Vec<f64> = mixture_terms(weights, parts, parameters, theta).collect();
                let total = log_sum_exp(&logs);
                let mut sum = vec![0.0; theta.len()];
                for (part, log) in parts.iter().zip(logs).filter(|(_, log)| log.is_finite()) {
                    let slopes = part.gradient(parameters, theta);
                    sum.iter_mut()
                        .zip(slopes)
                        .for_each(|(sum, slope)| *sum += (log - total).exp() * slope);
                }
                sum
            }
            Self::Truncated { prior, .. } => prior.gradient(parameters, theta),
            Self::Own(own) => own.density().map_or(vec![0.0; theta.len()], |own| own.gradient(theta)),
            _ => {
                let slope = |(j, value): (usize, &f64)| self.marginal(j).map_or(0.0, |marginal| marginal.slope(*value));
                theta.iter().enumerate().map(slope).collect()
            }
        }
    }
}

/// ln of weight times density of each component.
fn mixture_terms<'a>(
    weights: &'a [f64],
    parts: &'a [Prior],
    parameters: &'a [Parameter],
    theta: &'a [f64],
) -> impl Iterator<Item = f64> + 'a {
    let total: f64 = weights.iter().sum();
    weights
        .iter()
        .zip(parts)
        .map(move |(weight, part)| (weight / total).ln() + part.log_density(parameters, theta))
}

fn log_sum_exp(logs: &[f64]) -> f64 {
    log_mean_exp(logs) + (logs.len() as f64).ln()
}
