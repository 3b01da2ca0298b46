//! Hypotheses of one event: the source of its θ0, and its denominator.

use rand::RngExt;

use super::{Design, Prior};
use crate::error::Result;
use crate::trace::{Instrumented, Parameter, Rejected, Stream, stream};

/// Stream number of the hypotheses of an event. Attempts to simulate count from 0, and never reach it.
const HYPOTHESES: u64 = 1 << 15;
/// Stream number of the points of the mixture.
const MIXTURE: u64 = 1 << 14;

/// Source of θ0.
#[derive(Debug)]
pub(super) enum Numerator {
    Point(Vec<f64>),
    Prior(Prior),
}

impl Numerator {
    pub(super) fn from_design(design: &Design) -> Self {
        match design {
            Design::Pair { theta0, .. } => Self::Point(theta0.clone()),
            Design::Reference { theta } => Self::Point(theta.clone()),
            Design::Prior { prior, .. } | Design::Mixture { prior, .. } => Self::Prior(prior.clone()),
        }
    }

    pub(super) fn draw(&self, parameters: &[Parameter], rng: &mut Stream, theta0: &mut [f64]) -> Result<()> {
        match self {
            Self::Point(point) => {
                theta0.copy_from_slice(point);
                Ok(())
            }
            Self::Prior(prior) => prior.draw(parameters, rng, theta0),
        }
    }
}

/// Denominator of the joint ratio.
#[derive(Debug)]
pub(super) enum Denominator {
    None,
    Point(Vec<f64>),
    Mixture(Vec<Vec<f64>>),
}

impl Denominator {
    pub(super) fn from_design(design: &Design, parameters: &[Parameter], seed: u64) -> Result<Self> {
        Ok(match design {
            Design::Pair { theta1, .. } | Design::Prior { theta1, .. } => Self::Point(theta1.clone()),
            Design::Mixture { prior, n_points } => Self::Mixture(mixture(prior, *n_points, parameters, seed)?),
            Design::Reference { .. } => Self::None,
        })
    }

    pub(super) fn points(&self) -> &[Vec<f64>] {
        match self {
            Self::Mixture(points) => points,
            Self::None | Self::Point(_) => &[],
        }
    }

    /// Draws the point at which an event of the denominator is simulated.
    pub(super) fn source(&self, rng: &mut Stream) -> Option<&[f64]> {
        match self {
            Self::None => None,
            Self::Point(point) => Some(point),
            Self::Mixture(points) => Some(&points[rng.random_range(0..points.len())]),
        }
    }

    /// ln p(x,z) of a remembered path under the denominator.
    pub(super) fn log_probability(&self, simulator: &dyn Instrumented, memory: &[f64]) -> Result<f64, Rejected> {
        Ok(log_mean_exp(&self.log_probabilities(simulator, memory)?))
    }

    /// ln p(x,z) of a remembered path at each point of the denominator; without a denominator, a single 0.
    pub(super) fn log_probabilities(&self, simulator: &dyn Instrumented, memory: &[f64]) -> Result<Vec<f64>, Rejected> {
        match self {
            Self::None => Ok(vec![0.0]),
            Self::Point(point) => log_probabilities(simulator, [point], memory),
            Self::Mixture(points) => log_probabilities(simulator, points, memory),
        }
    }
}

/// ln p(x,z|θ) of a remembered path at each of several points θ.
pub(super) fn log_probabilities<'a>(
    simulator: &dyn Instrumented,
    points: impl IntoIterator<Item = &'a Vec<f64>>,
    memory: &[f64],
) -> Result<Vec<f64>, Rejected> {
    let at = |point: &Vec<f64>| simulator.log_probability_at(point, memory);
    points.into_iter().map(at).collect()
}

/// Draws the points of a mixture. Each has its own stream, so the first points do not depend on their number.
fn mixture(prior: &Prior, n_points: usize, parameters: &[Parameter], seed: u64) -> Result<Vec<Vec<f64>>> {
    (0..n_points as u64)
        .map(|j| {
            let mut point = vec![0.0; parameters.len()];
            prior.draw(parameters, &mut stream(seed, j, MIXTURE), &mut point)?;
            Ok(point)
        })
        .collect()
}

/// Stream from which the hypotheses of an event are drawn.
pub(super) fn hypotheses_stream(seed: u64, event: u64) -> Stream {
    stream(seed, event, HYPOTHESES)
}

/// ln of the mean of exponentials, without overflow; −∞ if all are zero, NaN if one is not a number.
pub(super) fn log_mean_exp(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        // Either all paths are impossible, or `max` has passed over a NaN.
        return logs.iter().sum();
    }
    let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    largest + (sum / logs.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::log_mean_exp;

    /// scipy 1.x: `scipy.special.logsumexp(logs) - log(len(logs))`.
    #[test]
    fn log_mean_exp_agrees_with_scipy() {
        let mean = log_mean_exp(&[-1000.0, -1001.0, -999.5]);
        assert!((mean - -999.994_481_683_331_4).abs() < 1e-9, "{mean}");
        assert_eq!(log_mean_exp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
        assert!(log_mean_exp(&[f64::NAN, f64::NEG_INFINITY]).is_nan());
        assert!(log_mean_exp(&[f64::NAN, 1.0]).is_nan());
    }
}
