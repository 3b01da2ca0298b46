//! Hypotheses that the events of a data set are drawn from and labelled with.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::estimator::Domain;
use crate::format::{exact, point};
use crate::prior::Prior;
use crate::trace::Parameter;

/// Largest relative difference of numbers that are the same: JSON may change the last digit of a header.
const ROUNDING: f64 = 1e-14;
/// Largest number of points of a mixture.
const MAX_POINTS: usize = 1_000_000;

/// Distribution of θ over the events of a data set.
///
/// Designs with a ratio are balanced: even events have y = 0 and are drawn from θ0, odd events have y = 1 and are drawn from
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
        /// Distribution of θ0.
        prior: Prior,
        /// The denominator, `[p]`.
        theta1: Vec<f64>,
    },
    /// A fresh θ0 for every event against a mixture over the prior: p_ref(x,z) = (1/N) Σⱼ p(x,z|θⱼ), with the N points
    /// θⱼ drawn once. The joint ratio to a θ0 that is one of the points is bounded by N; it is small for all θ0 that
    /// have points near them.
    Mixture {
        /// Distribution of θ0 and of the points of the mixture.
        prior: Prior,
        /// N, the number of points of the mixture.
        n_points: usize,
    },
    /// A fresh θ for every event and no denominator: all events are draws of the joint law of prior and simulator, for posteriors and for
    /// ratios to other hypotheses (NPE, NRE).
    Joint {
        /// Distribution of θ.
        prior: Prior,
    },
    /// All events from one point, with their joint score there: training data of SALLY.
    Reference {
        /// The point, `[p]`.
        theta: Vec<f64>,
    },
}

impl Design {
    /// Checks lengths, finite values and allowed ranges against the parameters of a simulator.
    ///
    /// # Errors
    /// Names the parameter, the value it was given and the range it needs.
    pub fn check(&self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Design::Pair { theta0, theta1 } => {
                check_point("theta0", theta0, parameters)?;
                check_point("theta1", theta1, parameters)
            }
            Design::Prior { prior, theta1 } => {
                prior.check(parameters)?;
                check_point("theta1", theta1, parameters)
            }
            Design::Mixture { prior, n_points } => {
                if *n_points == 0 {
                    return Err(Error::usage(
                        "the mixture has no points: give it at least one, and some hundred for a smooth reference",
                    ));
                }
                if *n_points > MAX_POINTS {
                    return Err(Error::usage(format!(
                        "a mixture of {n_points} points is too large, as every event is scored at each of them: give it {MAX_POINTS} \
                         points or fewer"
                    )));
                }
                prior.check(parameters)
            }
            Design::Joint { prior } => prior.check(parameters),
            Design::Reference { theta } => check_point("theta", theta, parameters),
        }
    }

    /// Returns true if events are labelled with a joint ratio: in all designs that have a denominator.
    pub fn has_ratio(&self) -> bool {
        !matches!(self, Design::Reference { .. } | Design::Joint { .. })
    }

    /// Number of hypotheses of an event: θ0, and the denominator if there is one.
    pub fn n_hypotheses(&self) -> usize {
        1 + usize::from(self.has_ratio())
    }

    /// Distribution of θ0; `None` if it is a fixed point.
    pub fn prior(&self) -> Option<&Prior> {
        match self {
            Design::Prior { prior, .. } | Design::Mixture { prior, .. } | Design::Joint { prior } => Some(prior),
            Design::Pair { .. } | Design::Reference { .. } => None,
        }
    }

    /// Hypotheses known to an estimator that is trained on events of this design with `n_parameters` parameters.
    pub fn domain(&self, n_parameters: usize) -> Domain {
        match self {
            Self::Pair { theta0, theta1 } => Domain::Pair {
                theta0: theta0.clone(),
                theta1: theta1.clone(),
            },
            Self::Prior { prior, .. } | Self::Mixture { prior, .. } | Self::Joint { prior } => {
                prior.domain(n_parameters)
            }
            Self::Reference { .. } => Domain::Unknown,
        }
    }

    /// A check whether events of the design may have some θ0, `[p]`; made once for many events.
    pub(crate) fn numerator_check(&self, n_parameters: usize) -> impl Fn(&[f64]) -> bool {
        let prior = self.prior();
        let bulk = match prior {
            Some(prior @ (Prior::Box { .. } | Prior::Points { .. })) => prior.bulk(n_parameters),
            _ => None,
        };
        move |theta| match (self, &bulk) {
            (Design::Pair { theta0: point, .. } | Design::Reference { theta: point }, _) => same_point(point, theta),
            (_, Some(bulk)) => {
                let near = |(value, (low, high)): (&f64, &(f64, f64))| {
                    (low..=high).contains(&value) || same(*value, *low) || same(*value, *high)
                };
                theta.iter().zip(bulk.edges()).all(near)
            }
            (_, None) => prior.is_none_or(|prior| prior.contains(theta)),
        }
    }

    /// Numerator, or the reference, if it is one point.
    pub fn theta0(&self) -> Option<&[f64]> {
        match self {
            Design::Pair { theta0, .. } => Some(theta0),
            Design::Reference { theta } => Some(theta),
            Design::Prior { .. } | Design::Mixture { .. } | Design::Joint { .. } => None,
        }
    }

    /// Denominator, if it is one point.
    pub fn theta1(&self) -> Option<&[f64]> {
        match self {
            Design::Pair { theta1, .. } | Design::Prior { theta1, .. } => Some(theta1),
            Design::Mixture { .. } | Design::Joint { .. } | Design::Reference { .. } => None,
        }
    }
}

/// Returns true if two points are the same, up to rounding.
pub(crate) fn same_point(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b))
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= ROUNDING * a.abs().max(b.abs())
}

/// Refuses a list without exactly one entry for each parameter.
pub(crate) fn check_length(what: &str, length: usize, parameters: &[Parameter]) -> Result<()> {
    if length == parameters.len() {
        return Ok(());
    }
    let names: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
    Err(Error::usage(format!(
        "{what} has {length} values, but the simulator has {} parameters ({}): give one value for each",
        parameters.len(),
        names.join(", ")
    )))
}

/// Refuses a point at which the simulator is not defined.
pub(crate) fn check_point(what: &str, theta: &[f64], parameters: &[Parameter]) -> Result<()> {
    check_length(what, theta.len(), parameters)?;
    theta
        .iter()
        .zip(parameters)
        .try_for_each(|(&value, parameter)| check_value(what, value, parameter))
}

/// Refuses a value outside the range of its parameter, and NaN.
pub(crate) fn check_value(what: &str, value: f64, parameter: &Parameter) -> Result<()> {
    let (low, high) = parameter.range;
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{what} gives `{}` the value {}, but the simulator is defined from {} to {}: choose a value in that range",
        parameter.name,
        exact(value),
        exact(low),
        exact(high)
    )))
}

impl std::fmt::Display for Design {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pair { theta0, theta1 } => {
                write!(f, "θ0 = {} against θ1 = {}", point(theta0), point(theta1))
            }
            Self::Prior { prior, theta1 } => write!(f, "θ0 {prior} against θ1 = {}", point(theta1)),
            Self::Mixture { prior, n_points } => write!(f, "θ0 {prior} against a mixture over {n_points} points of it"),
            Self::Joint { prior } => write!(f, "θ {prior}, without a denominator"),
            Self::Reference { theta } => write!(f, "one reference point θ = {}", point(theta)),
        }
    }
}
