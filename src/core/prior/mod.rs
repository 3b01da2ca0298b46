//! Priors: distributions of hypotheses, for mining, training, sampling and diagnosing.
//!
//! [`Prior`] is one object for all: it is drawn from, has a density with its gradient, and travels in the header of data sets and models.

mod coordinates;
mod correlated_normal;
mod density;
mod display;
mod draws;
mod extent;
mod marginal;
mod own;
mod quantiles;
mod text;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gold::{check_length, check_point};
use crate::parameter_box::ParameterBox;
use crate::trace::Parameter;
pub use coordinates::Coordinates;
pub use correlated_normal::CorrelatedNormal;
pub use extent::span;
pub use marginal::Marginal;
pub use own::{OwnPrior, PriorDensity};

/// Largest number of points of a list, which is stored in the header of a data set.
const MAX_POINTS: usize = 10_000;

/// Distribution of parameters, truncated to the ranges in which the simulator is defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Prior {
    /// Uniform in a box.
    Box {
        /// Lower and upper edge of each parameter, `[p]`.
        edges: ParameterBox,
    },
    /// Independent normal parameters.
    Gaussian {
        /// Means, `[p]`.
        mean: Vec<f64>,
        /// Standard deviations, `[p]`.
        sd: Vec<f64>,
    },
    /// Independent parameters with different distributions, such as uniform ones for a theory and normal ones for systematics.
    Independent {
        /// Distribution of each parameter, `[p]`.
        marginals: Vec<Marginal>,
    },
    /// Normal with a covariance.
    Correlated(CorrelatedNormal),
    /// Independent blocks of parameters, one after the other.
    Product {
        /// The priors of the blocks.
        parts: Vec<Prior>,
    },
    /// Mixture of priors of the same parameters.
    Mixture {
        /// Weight of each component, of any sum.
        weights: Vec<f64>,
        /// The components.
        parts: Vec<Prior>,
    },
    /// A prior cut off at the edges of a box.
    Truncated {
        /// The prior.
        prior: Box<Prior>,
        /// Lower and upper edge of each parameter, `[p]`.
        edges: ParameterBox,
    },
    /// A prior that is defined in code.
    Own(OwnPrior),
    /// List of equally probable points.
    Points {
        /// The points, `[n][p]`.
        points: Vec<Vec<f64>>,
        /// Distribution that the points were drawn from; `None` if they were chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drawn_from: Option<Box<Prior>>,
    },
}

impl Prior {
    /// Creates a prior that is uniform between these lower and upper edges, `[p]`.
    ///
    /// # Errors
    /// As [`ParameterBox::new`].
    pub fn uniform(edges: impl Into<Vec<(f64, f64)>>) -> Result<Self> {
        let edges = ParameterBox::new(edges)?;
        Ok(Self::Box { edges })
    }

    /// Creates the prior of independent parameters, as a box or a Gaussian where it is one.
    pub fn independent(marginals: Vec<Marginal>) -> Self {
        let edges: Option<Vec<_>> = marginals.iter().map(|marginal| marginal.edges()).collect();
        let moments: Option<Vec<_>> = marginals.iter().map(|marginal| marginal.moments()).collect();
        match (edges.map(Self::uniform), moments) {
            (Some(Ok(uniform)), _) => uniform,
            (None, Some(moments)) => {
                let (mean, sd) = moments.into_iter().unzip();
                Self::Gaussian { mean, sd }
            }
            (Some(Err(_)) | None, _) => Self::Independent { marginals },
        }
    }

    /// Cuts the prior off at the edges of a box; a uniform one becomes the box that is left.
    ///
    /// # Errors
    /// If the box has another number of parameters, or nothing is left.
    pub fn within(&self, edges: &ParameterBox) -> Result<Self> {
        if edges.n_parameters() != self.n_parameters() {
            return Err(Error::usage(format!(
                "a prior of {} parameters within a box of {}",
                self.n_parameters(),
                edges.n_parameters()
            )));
        }
        let both = |own: &ParameterBox| {
            let each = own.edges().iter().zip(edges.edges());
            let each = each.map(|(own, other)| (own.0.max(other.0), own.1.min(other.1)));
            each.collect::<Vec<_>>()
        };
        match self {
            Self::Box { edges: own } => Self::uniform(both(own)),
            Self::Truncated { prior, edges: own } => prior.within(&ParameterBox::new(both(own))?),
            _ => Ok(Self::Truncated {
                prior: self.clone().into(),
                edges: edges.clone(),
            }),
        }
    }

    /// Number of parameters p.
    pub fn n_parameters(&self) -> usize {
        match self {
            Self::Box { edges } | Self::Truncated { edges, .. } => edges.n_parameters(),
            Self::Gaussian { mean, .. } => mean.len(),
            Self::Independent { marginals } => marginals.len(),
            Self::Correlated(normal) => normal.mean().len(),
            Self::Product { parts } => parts.iter().map(Self::n_parameters).sum(),
            Self::Mixture { parts, .. } => parts.first().map_or(0, Self::n_parameters),
            Self::Own(own) => own.bulk().n_parameters(),
            Self::Points { points, .. } => points.first().map_or(0, Vec::len),
        }
    }

    /// Checks lengths, finite values and allowed ranges against the parameters of a simulator.
    ///
    /// # Errors
    /// Names the parameter, the value it was given and the range it needs.
    pub fn check(&self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Self::Gaussian { mean, sd } => {
                check_length("the mean of the prior", mean.len(), parameters)?;
                check_length("the standard deviation of the prior", sd.len(), parameters)?;
            }
            Self::Points { points, .. } => return check_points(points, parameters),
            _ => check_length("the prior", self.n_parameters(), parameters)?,
        }
        match self {
            Self::Correlated(normal) => check_point("the mean of the prior", normal.mean(), parameters),
            Self::Product { parts } => {
                let mut blocks = self.blocks(parts);
                blocks.try_for_each(|(part, block)| part.check(&parameters[block]))
            }
            Self::Mixture { weights, parts } => check_mixture(weights, parts, parameters),
            Self::Truncated { prior, edges } => {
                let mut each = edges.edges().iter().zip(parameters);
                each.try_for_each(|(&(low, high), parameter)| Marginal::Flat { low, high }.check(parameter))?;
                prior.check(parameters)
            }
            Self::Own(own) => own.density().map(|_| ()),
            _ => {
                let mut each = (0..parameters.len()).zip(parameters);
                each.try_for_each(|(j, parameter)| {
                    self.marginal(j).map_or(Ok(()), |marginal| marginal.check(parameter))
                })
            }
        }
    }

    /// Distribution of parameter `j` alone, where the parameters are independent.
    fn marginal(&self, j: usize) -> Option<Marginal> {
        match self {
            Self::Box { edges } => edges.edges().get(j).map(|&(low, high)| Marginal::Flat { low, high }),
            Self::Gaussian { mean, sd } => Some(Marginal::Normal {
                mean: *mean.get(j)?,
                sd: *sd.get(j)?,
            }),
            Self::Independent { marginals } => marginals.get(j).copied(),
            _ => None,
        }
    }

    /// Distributions of independent parameters, `[p]`; none if some are not.
    pub fn marginals(&self) -> Option<Vec<Marginal>> {
        match self {
            Self::Product { parts } => {
                let parts = parts.iter().map(Self::marginals).collect::<Option<Vec<_>>>()?;
                Some(parts.concat())
            }
            _ => (0..self.n_parameters()).map(|j| self.marginal(j)).collect(),
        }
    }

    /// The parts of a product with their parameters.
    fn blocks<'a>(&self, parts: &'a [Prior]) -> impl Iterator<Item = (&'a Prior, Range<usize>)> + use<'a> {
        let mut first = 0;
        parts.iter().map(move |part| {
            let block = first..first + part.n_parameters();
            first = block.end;
            (part, block)
        })
    }

    /// Returns true if there is a density: for all priors except lists of points.
    pub fn has_density(&self) -> bool {
        !matches!(self, Self::Points { .. })
    }

    /// The prior with a density: this one, or the one that points were drawn from; none for chosen points.
    pub fn density(&self) -> Option<&Self> {
        match self {
            Self::Points { drawn_from, .. } => drawn_from.as_deref()?.density(),
            _ => Some(self),
        }
    }
}

fn check_mixture(weights: &[f64], parts: &[Prior], parameters: &[Parameter]) -> Result<()> {
    if parts.is_empty()
        || weights.len() != parts.len()
        || !weights.iter().all(|weight| *weight > 0.0 && weight.is_finite())
    {
        return Err(Error::usage(format!(
            "a mixture of {} priors with weights {weights:?}: give one positive weight for each",
            parts.len()
        )));
    }
    let unnormalised = |part: &&Prior| matches!(part, Prior::Truncated { .. } | Prior::Points { .. });
    if let Some(part) = parts.iter().find(unnormalised) {
        return Err(Error::usage(format!(
            "a component of a mixture needs a normalised density, and {part} has none: truncate the mixture as a whole, or use truncated normals"
        )));
    }
    parts.iter().try_for_each(|part| part.check(parameters))
}

fn check_points(points: &[Vec<f64>], parameters: &[Parameter]) -> Result<()> {
    check_count(points.len())?;
    points
        .iter()
        .try_for_each(|point| check_point("theta0", point, parameters))
}

fn check_count(n: usize) -> Result<()> {
    match n {
        1..=MAX_POINTS => Ok(()),
        n => Err(Error::usage(format!(
            "a prior of {n} points cannot be drawn from: give 1 to {MAX_POINTS} points"
        ))),
    }
}

#[cfg(test)]
mod tests;
