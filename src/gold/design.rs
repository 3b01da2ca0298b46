//! Which hypotheses the events of a data set are drawn from, and which they are labelled with.

use serde::{Deserialize, Serialize};

/// How θ is distributed over the events of a data set.
///
/// Ratio designs are balanced: even events have y = 0 and are drawn from θ0, odd events have y = 1 and are drawn from
/// the denominator, with a θ0 drawn alike for both. Any first n events of a data set are a smaller data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Design {
    /// θ0 against θ1, both fixed.
    Pair {
        /// The numerator, `[p]`.
        theta0: Vec<f64>,
        /// The denominator, `[p]`.
        theta1: Vec<f64>,
    },
    /// A fresh θ0 for every event against a fixed θ1.
    Prior {
        /// Where θ0 comes from.
        prior: Prior,
        /// The denominator, `[p]`.
        theta1: Vec<f64>,
    },
    /// A fresh θ0 for every event against a mixture over the prior: p_ref(x,z) = (1/N) Σⱼ p(x,z|θⱼ), with the N points
    /// θⱼ drawn once. The joint ratio is bounded by N, whatever the hypotheses.
    Mixture {
        /// Where θ0 and the points of the mixture come from.
        prior: Prior,
        /// N, the number of points of the mixture.
        n_points: usize,
    },
    /// All events from one point, with their joint score there: what SALLY is trained on.
    Reference {
        /// The point, `[p]`.
        theta: Vec<f64>,
    },
}

/// A distribution of parameters, independent for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prior {
    /// Uniform in a box.
    Box {
        /// Lower and upper edge of each parameter, `[p]`.
        edges: Vec<(f64, f64)>,
    },
    /// Normal, truncated to the range in which the simulator is defined.
    Gaussian {
        /// Means, `[p]`.
        mean: Vec<f64>,
        /// Standard deviations, `[p]`.
        sd: Vec<f64>,
    },
}
