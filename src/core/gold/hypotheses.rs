//! Hypotheses of one event: the source of its θ0, and its denominator.

use rand::RngExt;

use super::Design;
use crate::error::Result;
use crate::mean::log_mean_exp;
use crate::prior::Prior;
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
            Design::Prior { prior, .. } | Design::Mixture { prior, .. } | Design::Joint { prior } => {
                Self::Prior(prior.clone())
            }
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
            Design::Joint { .. } | Design::Reference { .. } => Self::None,
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

    /// Density of a remembered path under the denominator.
    pub(super) fn density(&self, simulator: &dyn Instrumented, memory: &[f64]) -> Result<PathDensity, Rejected> {
        Ok(PathDensity::mean(&self.densities(simulator, memory)?))
    }

    /// Density of a remembered path at each point of the denominator; without a denominator, a single 1.
    pub(super) fn densities(&self, simulator: &dyn Instrumented, memory: &[f64]) -> Result<Vec<PathDensity>, Rejected> {
        match self {
            Self::None => Ok(vec![PathDensity::unweighted(0.0)]),
            Self::Point(point) => densities(simulator, [point], memory),
            Self::Mixture(points) => densities(simulator, points, memory),
        }
    }
}

/// Density of a remembered path at each of several points θ.
pub(super) fn densities<'a>(
    simulator: &dyn Instrumented,
    points: impl IntoIterator<Item = &'a Vec<f64>>,
    memory: &[f64],
) -> Result<Vec<PathDensity>, Rejected> {
    let at = |point: &Vec<f64>| PathDensity::at(simulator, point, memory);
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

/// Density p(x,z|θ) of a remembered path, which is negative where the path [has a negative weight](crate::trace::Simulator::weight).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PathDensity {
    /// ln |p(x,z|θ)|.
    pub(super) log: f64,
    /// p(x,z|θ)/q(x,z|θ), where q is the density with which paths are drawn.
    pub(super) weight: f64,
}

impl PathDensity {
    /// Density of a path that is drawn with its probability.
    pub(super) fn unweighted(log: f64) -> Self {
        Self { log, weight: 1.0 }
    }

    /// Density of a remembered path at `theta`.
    pub(super) fn at(simulator: &dyn Instrumented, theta: &[f64], memory: &[f64]) -> Result<Self, Rejected> {
        if !simulator.is_weighted() {
            return simulator.log_probability_at(theta, memory).map(Self::unweighted);
        }
        let (log, weight) = simulator.log_probability_and_weight_at(theta, memory)?;
        Ok(Self { log, weight })
    }

    /// Density of a remembered path at `theta`, with its joint score written to `score`.
    pub(super) fn with_score(
        simulator: &dyn Instrumented,
        theta: &[f64],
        memory: &[f64],
        score: &mut [f64],
    ) -> Result<Self, Rejected> {
        let (log, weight) = simulator.score_and_weight_at(theta, memory, score)?;
        Ok(Self { log, weight })
    }

    /// Density of a remembered path at `theta`, where ln |p(x,z|θ)| is known.
    pub(super) fn of(simulator: &dyn Instrumented, theta: &[f64], memory: &[f64], log: f64) -> Result<Self, Rejected> {
        Ok(match simulator.is_weighted() {
            true => Self {
                log,
                weight: simulator.weight_at(theta, memory)?,
            },
            false => Self::unweighted(log),
        })
    }

    /// Densities of several remembered paths at `theta`.
    pub(super) fn of_several(
        simulator: &dyn Instrumented,
        theta: &[f64],
        memories: &[&[f64]],
    ) -> Result<Vec<Self>, Rejected> {
        let logs = simulator.log_probabilities_at(theta, memories)?;
        if !simulator.is_weighted() {
            return Ok(logs.into_iter().map(Self::unweighted).collect());
        }
        let weights = simulator.weights_at(theta, memories)?;
        let both = logs.into_iter().zip(weights);
        Ok(both.map(|(log, weight)| Self { log, weight }).collect())
    }

    /// Mean of several densities.
    pub(super) fn mean(all: &[Self]) -> Self {
        let logs: Vec<f64> = all.iter().map(|one| one.log).collect();
        if all.iter().all(|one| one.weight == 1.0) {
            return Self::unweighted(log_mean_exp(&logs));
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let terms = all.iter().map(|one| (one.log - largest).exp().copysign(one.weight));
        let mean = terms.sum::<f64>() / all.len() as f64;
        let log = largest + mean.abs().ln();
        let sampling: Vec<f64> = all.iter().map(|one| one.log_sampling()).collect();
        Self {
            log,
            weight: (log - log_mean_exp(&sampling)).exp().copysign(mean),
        }
    }

    /// ln q(x,z|θ).
    pub(super) fn log_sampling(self) -> f64 {
        self.log - self.weight.abs().ln()
    }

    /// p(x,z|θ) over a density whose logarithm is given.
    pub(super) fn over(self, log: f64) -> f64 {
        (self.log - log).exp().copysign(self.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::PathDensity;

    /// Of the densities 3/4, −1/4 and 1/2, drawn with 1/2, 1/2 and 1/2: the mean is 1/3, drawn with 1/2.
    #[test]
    fn densities_of_both_signs_have_a_mean() {
        let one = |density: f64| PathDensity {
            log: density.abs().ln(),
            weight: density / 0.5,
        };
        let mean = PathDensity::mean(&[0.75, -0.25, 0.5].map(one));
        assert!((mean.log - (1.0f64 / 3.0).ln()).abs() < 1e-12, "{mean:?}");
        assert!((mean.weight - 2.0 / 3.0).abs() < 1e-12 && (mean.log_sampling() - 0.5f64.ln()).abs() < 1e-12);
        let negative = PathDensity::mean(&[0.25, -0.75].map(one));
        assert!((negative.weight + 0.5).abs() < 1e-12, "{negative:?}");
        assert!((negative.over(0.5f64.ln()) + 0.5).abs() < 1e-12);
    }
}
