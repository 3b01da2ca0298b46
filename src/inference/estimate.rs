//! The result that goes into a table: best fit, errors, intervals of each parameter.

use std::sync::{Mutex, PoisonError};

use nalgebra::DMatrix;
use ndarray::{Array1, Array2};
use rayon::prelude::*;

use super::{Closeup, Fit, Function, Likelihood, RatioTest, Space, covariance, critical_value, intervals};
use crate::error::Result;

/// How far off an interpolated ln L may be: intervals move by less than 2 % of their length.
pub(super) const TOLERANCE: f64 = 0.02;
/// Values along a parameter, and along each of two.
const POINTS: usize = 121;
const POINTS_OF_TWO: usize = 61;
/// The same, where others are fitted for each.
const POINTS_OF_MANY: usize = 41;
/// Where every one costs a pass over the events.
const FEW_POINTS: usize = 31;

/// What is called after every fit.
pub(super) type Step<'a> = &'a (dyn Fn() + Sync);

/// What a likelihood says of each parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The best fit.
    pub best: Fit,
    /// Its covariance, `[p, p]`; none if it is at an edge, or the data do not fix all parameters.
    pub covariance: Option<DMatrix<f64>>,
    /// q of each parameter at evenly spaced values, all others profiled; at one value, of a parameter that is held there.
    pub profiles: Vec<Profile>,
    /// q of two parameters, all others profiled, where there are two that nothing else constrains and ln L is cheap.
    pub plane: Option<Plane>,
}

/// q of one parameter, all others profiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Ascending values of the parameter.
    pub values: Array1<f64>,
    /// q at each.
    pub q: Array1<f64>,
}

/// q of two parameters on a grid, all others profiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Which parameters, by number from 0.
    pub parameters: [usize; 2],
    /// Ascending values of each.
    pub values: [Array1<f64>; 2],
    /// q at each pair, `[n0, n1]`.
    pub q: Array2<f64>,
}

impl Plane {
    fn new(test: &RatioTest<'_>, space: &Space, parameters: [usize; 2]) -> Result<Self> {
        let n = if space.dimensions() > 2 {
            POINTS_OF_MANY
        } else {
            POINTS_OF_TWO
        };
        let values = parameters.map(|k| space.values(k, n));
        let [first, second] = parameters;
        let pairs: Vec<[(usize, f64); 2]> = values[0]
            .iter()
            .flat_map(|&a| values[1].iter().map(move |&b| [(first, a), (second, b)]))
            .collect();
        let fits: Vec<Fit> = pairs
            .par_iter()
            .map(|pair| test.conditional(pair, None))
            .collect::<Result<_>>()?;
        let statistic = |fit: &Fit| (2.0 * (test.best().log_likelihood - fit.log_likelihood)).max(0.0);
        Ok(Self {
            parameters,
            q: Array2::from_shape_fn((n, n), |(i, j)| statistic(&fits[i * n + j])),
            values,
        })
    }
}

impl Estimate {
    /// From a likelihood that is asked for every hypothesis in `space`: too rough to be interpolated, or of too many parameters.
    ///
    /// `progress` is told the fits done, and about how many there are.
    ///
    /// # Errors
    /// If the likelihood or a fit fails.
    pub fn of_every_hypothesis(
        likelihood: &Likelihood<'_>,
        space: &Space,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Self> {
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let fits = (space.dimensions() * (3 * FEW_POINTS - 2)) as u64;
        let counter = Mutex::new((0, progress));
        let step = || {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            counter.0 = (counter.0 + 1).min(fits);
            let done = counter.0;
            (counter.1)(done, fits);
        };
        Self::counted(&log_likelihood, space, FEW_POINTS, &step)
    }

    /// From a likelihood near its maximum.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn of_closeup(closeup: &Closeup<'_>) -> Result<Self> {
        let (surface, space) = (closeup.surface(), closeup.space());
        let log_likelihood = |theta: &[f64]| surface.at(theta);
        let mut estimate = Self::new(&log_likelihood, space, POINTS)?;
        let is_constrained = |k: &usize| surface.likelihood().constraints().iter().any(|one| one.parameter == *k);
        let of_interest: Vec<usize> = space.free().iter().copied().filter(|k| !is_constrained(k)).collect();
        if let &[first, second] = of_interest.as_slice() {
            let test = RatioTest::new(&log_likelihood, space.clone())?;
            estimate.plane = Some(Plane::new(&test, space, [first, second])?);
        }
        Ok(estimate)
    }

    /// From `log_likelihood` in `space`, with profiles at `points` values of each parameter.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn new(log_likelihood: Function<'_>, space: &Space, points: usize) -> Result<Self> {
        Self::counted(log_likelihood, space, points, &|| ())
    }

    /// The same; every fit is a `step`.
    fn counted(log_likelihood: Function<'_>, space: &Space, points: usize, step: Step<'_>) -> Result<Self> {
        let mut test = RatioTest::new(log_likelihood, space.clone())?;
        let profiles = profiles(&mut test, space, points, step)?;
        let best = test.best().clone();
        let covariance = covariance(log_likelihood, &best, space).ok();
        Ok(Self {
            best,
            covariance,
            profiles,
            plane: None,
        })
    }

    /// The intervals of parameter `k` at a confidence level, by Wilks' theorem.
    ///
    /// # Errors
    /// If the level is not between 0 and 1.
    pub fn intervals(&self, k: usize, level: f64) -> Result<Vec<(f64, f64)>> {
        let Profile { values, q } = &self.profiles[k];
        Ok(intervals(values.view(), q.view(), critical_value(level, 1)?))
    }
}

/// q of each parameter at `points` values across the space; taken again where a better fit was met on the way.
pub(super) fn profiles(test: &mut RatioTest<'_>, space: &Space, points: usize, step: Step<'_>) -> Result<Vec<Profile>> {
    let thought_best = test.best().log_likelihood;
    let profiles = across(test, space, points, step)?;
    match test.best().log_likelihood > thought_best {
        true => across(test, space, points, step),
        false => Ok(profiles),
    }
}

fn across(test: &mut RatioTest<'_>, space: &Space, points: usize, step: Step<'_>) -> Result<Vec<Profile>> {
    let parameters = 0..space.n_parameters();
    let fits: Vec<Vec<Fit>> = parameters
        .into_par_iter()
        .map(|k| along(test, space, k, points, step))
        .collect::<Result<_>>()?;
    let profile = |(k, fits): (usize, Vec<Fit>)| {
        let statistic = |fit| Ok(test.judge(1, fit)?.statistic);
        Ok(Profile {
            values: space.values(k, points),
            q: fits.into_iter().map(statistic).collect::<Result<_>>()?,
        })
    };
    fits.into_iter().enumerate().map(profile).collect()
}

/// The best fits at values of parameter `k` across the space, side by side. A scan for the other parameters may miss their best values
/// where ln L has several maxima, so those of each value are followed to its neighbours as well.
fn along(test: &RatioTest<'_>, space: &Space, k: usize, points: usize, step: Step<'_>) -> Result<Vec<Fit>> {
    let values = space.values(k, points).to_vec();
    let mut found: Vec<Fit> = values
        .par_iter()
        .map(|&value| {
            let found = test.conditional(&[(k, value)], None);
            step();
            found
        })
        .collect::<Result<_>>()?;
    let points = values.len();
    let there = (1..points).map(|i| (i, i - 1));
    let back = (1..points).rev().map(|i| (i - 1, i));
    for (i, neighbour) in there.chain(back).filter(|_| space.dimensions() > 1) {
        let followed = test.conditional(&[(k, values[i])], Some(&found[neighbour].theta))?;
        step();
        if followed.log_likelihood > found[i].log_likelihood {
            found[i] = followed;
        }
    }
    Ok(found)
}
