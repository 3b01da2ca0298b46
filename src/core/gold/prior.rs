//! Distributions of hypotheses.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::Marginal;
use super::design::{check_length, check_point};
use crate::error::{Error, Result};
use crate::estimator::Domain;
use crate::format::point;
use crate::parameter_box::ParameterBox;
use crate::trace::{Parameter, Stream};

/// Largest number of points of a list, which is stored in the header of a data set.
const MAX_POINTS: usize = 10_000;
/// Largest number of points that are printed one by one.
const FEW_POINTS: usize = 8;

/// Distribution of parameters: independent parameters, or a list of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prior {
    /// Uniform in a box.
    Box {
        /// Lower and upper edge of each parameter, `[p]`.
        edges: ParameterBox,
    },
    /// Normal, truncated to the range in which the simulator is defined.
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

    /// Checks lengths, finite values and allowed ranges against the parameters of a simulator.
    ///
    /// # Errors
    /// Names the parameter, the value it was given and the range it needs.
    pub fn check(&self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Self::Box { edges } => check_length("the prior box", edges.n_parameters(), parameters)?,
            Self::Gaussian { mean, sd } => {
                check_length("the mean of the prior", mean.len(), parameters)?;
                check_length("the standard deviation of the prior", sd.len(), parameters)?;
            }
            Self::Independent { marginals } => check_length("the prior", marginals.len(), parameters)?,
            Self::Points { points, .. } => return check_points(points, parameters),
        }
        let mut each = (0..parameters.len()).zip(parameters);
        each.try_for_each(|(j, parameter)| self.marginal(j).map_or(Ok(()), |marginal| marginal.check(parameter)))
    }

    /// Distribution of parameter `j`, independent of the others; `None` for a list of points.
    fn marginal(&self, j: usize) -> Option<Marginal> {
        match self {
            Self::Box { edges } => edges.edges().get(j).map(|&(low, high)| Marginal::Flat { low, high }),
            Self::Gaussian { mean, sd } => Some(Marginal::Normal {
                mean: *mean.get(j)?,
                sd: *sd.get(j)?,
            }),
            Self::Independent { marginals } => marginals.get(j).copied(),
            Self::Points { .. } => None,
        }
    }

    /// Returns true if parameters vary independently of each other: for all priors except lists of points.
    pub fn is_independent(&self) -> bool {
        !matches!(self, Self::Points { .. })
    }

    /// Box that holds nearly all draws; `None` if it is not finite.
    ///
    /// It is the box itself, three standard deviations of a normal, the bulk of the distribution that points were drawn from, or the
    /// range of chosen points.
    pub fn bulk(&self, n_parameters: usize) -> Option<ParameterBox> {
        let of = |j| match self {
            Self::Points { points, .. } => Some(span(points.iter().filter_map(|point| point.get(j)))),
            _ => self.marginal(j).map(Marginal::bulk),
        };
        match self {
            Self::Points {
                drawn_from: Some(prior),
                ..
            } => prior.bulk(n_parameters),
            _ => ParameterBox::new((0..n_parameters).map(of).collect::<Option<Vec<_>>>()?).ok(),
        }
    }

    /// Hypotheses known to an estimator that is trained on events of this prior: its [bulk](Self::bulk).
    pub fn domain(&self, n_parameters: usize) -> Domain {
        let Some(bulk) = self.bulk(n_parameters) else {
            return Domain::Unknown;
        };
        match self {
            Self::Points {
                points,
                drawn_from: None,
            } => Domain::Points {
                hull: bulk,
                n: points.len(),
            },
            _ => Domain::Box(bulk),
        }
    }

    /// Returns true if a point can be drawn, or lies between the points of a list.
    pub fn contains(&self, theta: &[f64]) -> bool {
        match self {
            Self::Points { .. } => self.bulk(theta.len()).is_some_and(|bulk| bulk.contains(theta)),
            _ => self.is_possible(theta),
        }
    }

    fn is_possible(&self, theta: &[f64]) -> bool {
        let mut each = theta.iter().enumerate();
        match self {
            Self::Points { points, .. } => points.iter().any(|point| point == theta),
            _ => each.all(|(j, value)| self.marginal(j).is_some_and(|marginal| marginal.contains(*value))),
        }
    }

    /// Draws a point into `theta`, shape `[p]`.
    ///
    /// A normal outside the range of its parameter is drawn again, so the distribution is the normal truncated to
    /// that range.
    ///
    /// # Errors
    /// If ten thousand draws of a normal all lie outside the range of its parameter.
    pub fn draw(&self, parameters: &[Parameter], rng: &mut Stream, theta: &mut [f64]) -> Result<()> {
        if let Self::Points { points, .. } = self {
            theta.copy_from_slice(&points[rng.random_range(0..points.len())]);
            return Ok(());
        }
        for (j, (value, parameter)) in theta.iter_mut().zip(parameters).enumerate() {
            if let Some(marginal) = self.marginal(j) {
                *value = marginal.draw(parameter, rng)?;
            }
        }
        Ok(())
    }

    /// ln of the density at `theta`, `[p]`, up to a constant; −∞ outside the support.
    pub fn log_density(&self, parameters: &[Parameter], theta: &[f64]) -> f64 {
        let in_range = |(value, parameter): (&f64, &Parameter)| (parameter.range.0..=parameter.range.1).contains(value);
        if !self.is_possible(theta) || !theta.iter().zip(parameters).all(in_range) {
            return f64::NEG_INFINITY;
        }
        let term = |(j, value): (usize, &f64)| self.marginal(j).map_or(0.0, |marginal| marginal.log_density(*value));
        theta.iter().enumerate().map(term).sum()
    }

    /// Latin hypercube of `n` points in the unit cube, `[n][p]`: points that fill the prior evenly, in its own coordinates.
    ///
    /// Every parameter is cut into n strata of equal probability, and each is met once; each point alone is distributed
    /// like the prior. [`at`](Self::at) makes parameters of them.
    pub fn spread(n_parameters: usize, n: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let mut points = vec![vec![0.0; n_parameters]; n];
        let mut strata: Vec<usize> = (0..n).collect();
        for j in 0..n_parameters {
            strata.shuffle(rng);
            for (point, stratum) in points.iter_mut().zip(&strata) {
                point[j] = (*stratum as f64 + rng.random::<f64>()) / n as f64;
            }
        }
        points
    }

    /// Quantiles of the parameters at the probabilities `shares`, `[p]`.
    ///
    /// # Errors
    /// If the prior is one of points, or has no probability in the range of a parameter.
    pub fn at(&self, parameters: &[Parameter], shares: &[f64]) -> Result<Vec<f64>> {
        let quantile = |(j, (share, parameter)): (usize, (&f64, &Parameter))| {
            let marginal = self.marginal(j).ok_or_else(|| {
                Error::usage(format!(
                    "a prior that varies each parameter by itself is needed here, and θ is {self}"
                ))
            })?;
            marginal.quantile(*share, parameter)
        };
        shares.iter().zip(parameters).enumerate().map(quantile).collect()
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

/// Smallest and largest of some values.
pub fn span<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let wider = |(low, high): (f64, f64), value: &f64| (low.min(*value), high.max(*value));
    values.into_iter().fold(start, wider)
}

impl std::fmt::Display for Prior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Box { edges } => write!(f, "uniform in {edges}"),
            Self::Gaussian { mean, sd } => write!(
                f,
                "normal with means {} and standard deviations {}",
                point(mean),
                point(sd)
            ),
            Self::Independent { marginals } => {
                let each: Vec<String> = marginals.iter().map(Marginal::to_string).collect();
                write!(f, "{}", each.join(", "))
            }
            Self::Points { points, .. } if points.len() <= FEW_POINTS => {
                let each: Vec<String> = points.iter().map(|theta| point(theta)).collect();
                write!(f, "one of {}", each.join(", "))
            }
            Self::Points {
                points,
                drawn_from: Some(prior),
            } => write!(f, "one of {} points that were drawn {prior}", points.len()),
            Self::Points { points, .. } => {
                write!(f, "one of {} points", points.len())?;
                let bulk = self.bulk(points.first().map_or(0, Vec::len));
                bulk.map_or(Ok(()), |bulk| write!(f, " in {bulk}"))
            }
        }
    }
}
