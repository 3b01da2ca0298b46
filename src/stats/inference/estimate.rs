//! Best fit, covariance and profiles of each parameter.

use motherlode_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::DMatrix;
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::Serialize;

use super::{
    Fit, Function, Likelihood, ParameterBox, RatioTest, ZoomedLikelihood, covariance, critical_value, intervals,
};
use crate::serialized::{list, lists, optional_matrix, rows};
use motherlode_core::error::Result;

/// Largest interpolation error of ln L: intervals move by less than 2 % of their length.
pub(super) const TOLERANCE: f64 = 0.02;
/// Profile points along a parameter.
const POINTS: usize = 121;
/// Grid points along each of two parameters.
const PLANE_POINTS: usize = 61;
/// Grid points along each of two parameters, where others are profiled.
const PROFILED_PLANE_POINTS: usize = 41;
/// Profile points across the box, where each fit evaluates all events.
const COARSE_POINTS: usize = 15;
/// Profile points near the best fit, where each fit evaluates all events.
const FINE_POINTS: usize = 31;
/// Largest q of the region near the best fit.
const FINE_MAX_Q: f64 = 12.0;
/// Largest factor between a standard error and half the length of the interval at q = 1.
const MAX_DISAGREEMENT: f64 = 2.0;

/// Fewest values of a profile with q ≤ `FINE_MAX_Q`, at which an interval is resolved.
const FEWEST_INSIDE: usize = 12;
/// Largest number of times that a profile is computed again around the best fit.
const MOST_REFINEMENTS: usize = 4;

/// Callback after every fit.
pub(super) type Step<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// Best fit, covariance and profiles of a likelihood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The best fit.
    #[serde(flatten)]
    pub best: Fit,
    /// Covariance of the best fit, `[p, p]`; none if it is at an edge, the data do not determine all parameters, or ln L is so rough that
    /// its curvature disagrees with the intervals.
    #[serde(serialize_with = "optional_matrix")]
    pub covariance: Option<DMatrix<f64>>,
    /// q of each parameter at ascending values, all others profiled; one value for a parameter that is held fixed.
    pub profiles: Vec<Profile>,
    /// q of two parameters, all others profiled, if exactly two are free and not constrained and ln L is interpolated.
    pub plane: Option<Plane>,
}

/// q of one parameter, all others profiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Ascending values of the parameter.
    #[serde(serialize_with = "list")]
    pub values: Array1<f64>,
    /// q at each value.
    #[serde(serialize_with = "list")]
    pub q: Array1<f64>,
}

/// q of two parameters on a grid, all others profiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plane {
    /// Indices of the parameters, from 0.
    #[serde(skip)]
    pub parameters: [usize; 2],
    /// Names of the parameters; their indices where names are not known.
    #[serde(rename = "parameters")]
    pub names: [String; 2],
    /// Ascending values of each parameter.
    #[serde(serialize_with = "lists")]
    pub values: [Array1<f64>; 2],
    /// q at each pair of values, `[n0, n1]`.
    #[serde(serialize_with = "rows")]
    pub q: Array2<f64>,
}

impl Plane {
    fn new(test: &RatioTest<'_>, parameter_box: &ParameterBox, parameters: [usize; 2]) -> Result<Self> {
        let n = if parameter_box.dimensions() > 2 {
            PROFILED_PLANE_POINTS
        } else {
            PLANE_POINTS
        };
        let values = parameters.map(|k| parameter_box.values(k, n));
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
            names: parameters.map(|k| k.to_string()),
            q: Array2::from_shape_fn((n, n), |(i, j)| statistic(&fits[i * n + j])),
            values,
        })
    }
}

impl Estimate {
    /// Fits a likelihood without interpolation, for one that is too rough or has too many parameters.
    ///
    /// `progress` receives the number of finished fits and an estimate of their total number.
    ///
    /// # Errors
    /// If the likelihood or a fit fails.
    pub fn from_direct_fits(
        likelihood: &Likelihood<'_>,
        parameter_box: &ParameterBox,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let n_fits = |points: usize| 3 * points - 2;
        let fits = (parameter_box.dimensions() * (n_fits(COARSE_POINTS) + n_fits(FINE_POINTS + 1))) as u64;
        let counter = AtomicU64::new(0);
        let step = || {
            let done = counter.fetch_add(1, Ordering::Relaxed) + 1;
            progress.advance(done.min(fits), fits)
        };
        let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
        let coarse = profiles(&mut test, &across(parameter_box, COARSE_POINTS), &step)?;
        // An interval may be narrow compared with the box: the fine points lie around it, and include the best fit.
        let best = test.best().theta.clone();
        let hulls = coarse.iter().zip(&best).zip(parameter_box.edges());
        let close: Vec<(f64, f64)> = hulls
            .map(|((profile, &best), &edges)| hull(profile, best, FINE_MAX_Q, edges))
            .collect();
        let mut profiles = Self::fine_profiles(&mut test, close, &step)?;
        // An interval far narrower than a coarse cell lies between fine points, too, and would come out narrower still.
        for _ in 0..MOST_REFINEMENTS {
            if profiles.iter().all(is_resolved) {
                break;
            }
            let best = test.best().theta.clone();
            let edges = profiles.iter().zip(&best).zip(parameter_box.edges());
            let close = edges.map(|((profile, &best), &edges)| match is_resolved(profile) {
                true => (profile.values[0], profile.values[profile.values.len() - 1]),
                false => neighbours(profile, best, edges),
            });
            profiles = Self::fine_profiles(&mut test, close.collect(), &step)?;
        }
        Ok(Self::from_profiles(&test, &log_likelihood, parameter_box, profiles))
    }

    /// Profiles in a part of the box, at points that include the best fit.
    fn fine_profiles(test: &mut RatioTest<'_>, close: Vec<(f64, f64)>, step: Step<'_>) -> Result<Vec<Profile>> {
        let best = test.best().theta.clone();
        let values = across(&ParameterBox::new(close)?, FINE_POINTS).into_iter().zip(&best);
        let values: Vec<Array1<f64>> = values.map(|(values, &best)| insert(values, best)).collect();
        profiles(test, &values, step)
    }

    /// Fits a likelihood that is interpolated near its maximum.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn from_zoom(zoom: &ZoomedLikelihood<'_>) -> Result<Self> {
        let (surface, parameter_box) = (zoom.surface(), zoom.parameter_box());
        let log_likelihood = |theta: &[f64]| surface.at(theta);
        let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
        let profiles = profiles(&mut test, &across(parameter_box, POINTS), &|| Ok(()))?;
        let mut estimate = Self::from_profiles(&test, &log_likelihood, parameter_box, profiles);
        let is_constrained = |k: &usize| surface.likelihood().constraints().iter().any(|one| one.parameter == *k);
        let of_interest: Vec<usize> = parameter_box
            .free()
            .iter()
            .copied()
            .filter(|k| !is_constrained(k))
            .collect();
        if let &[first, second] = of_interest.as_slice() {
            estimate.plane = Some(Plane::new(&test, parameter_box, [first, second])?);
        }
        Ok(estimate)
    }

    /// Fits `log_likelihood` in `parameter_box`, with profiles at `points` values of each parameter.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn new(log_likelihood: Function<'_>, parameter_box: &ParameterBox, points: usize) -> Result<Self> {
        let mut test = RatioTest::new(log_likelihood, parameter_box.clone())?;
        let profiles = profiles(&mut test, &across(parameter_box, points), &|| Ok(()))?;
        Ok(Self::from_profiles(&test, log_likelihood, parameter_box, profiles))
    }

    fn from_profiles(
        test: &RatioTest<'_>,
        log_likelihood: Function<'_>,
        parameter_box: &ParameterBox,
        profiles: Vec<Profile>,
    ) -> Self {
        let best = test.best().clone();
        let covariance = covariance(log_likelihood, &best, parameter_box).ok();
        Self {
            best,
            covariance: covariance.filter(|covariance| agrees_with_profiles(covariance, &profiles, parameter_box)),
            profiles,
            plane: None,
        }
    }

    /// Returns the intervals of parameter `k` at a confidence level, by Wilks' theorem.
    ///
    /// # Errors
    /// If the level is not between 0 and 1.
    pub fn intervals(&self, k: usize, level: f64) -> Result<Vec<(f64, f64)>> {
        let Profile { values, q } = &self.profiles[k];
        Ok(intervals(values.view(), q.view(), critical_value(level, 1)?))
    }
}

/// Evenly spaced values of each parameter across a box; one value for those held fixed.
pub(super) fn across(parameter_box: &ParameterBox, points: usize) -> Vec<Array1<f64>> {
    (0..parameter_box.n_parameters())
        .map(|k| parameter_box.values(k, points))
        .collect()
}

/// Inserts a value into ascending values.
fn insert(values: Array1<f64>, value: f64) -> Array1<f64> {
    let mut all = values.to_vec();
    let place = all.partition_point(|other| *other < value);
    if all.get(place) != Some(&value) {
        all.insert(place, value);
    }
    all.into()
}

/// Range of a parameter in which q is at most `max_q`, extended by one profile cell on either side.
pub(super) fn hull(profile: &Profile, best: f64, max_q: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let kept = profile.values.iter().zip(&profile.q).filter(|(_, q)| **q <= max_q);
    let (lowest, highest) = kept.fold((best, best), |(l, h), (value, _)| (l.min(*value), h.max(*value)));
    let cell = (high - low) / (profile.values.len() - 1).max(1) as f64;
    ((lowest - cell).max(low), (highest + cell).min(high))
}

/// Returns true if enough values of a profile lie in the region near the best fit, or the parameter is held fixed.
fn is_resolved(profile: &Profile) -> bool {
    let inside = profile.q.iter().filter(|q| **q <= FINE_MAX_Q).count();
    profile.values.len() < 2 || inside >= FEWEST_INSIDE
}

/// The values of a profile next to the region near the best fit.
fn neighbours(profile: &Profile, best: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let inside = |at: &usize| profile.q[*at] <= FINE_MAX_Q || profile.values[*at] == best;
    let n = profile.values.len();
    let [first, last] = [(0..n).find(inside), (0..n).rev().find(inside)].map(|at| at.unwrap_or(0));
    let value = |at: usize| profile.values[at].clamp(low, high);
    (value(first.saturating_sub(1)), value((last + 1).min(n - 1)))
}

/// Returns true if a covariance agrees with the intervals of one standard deviation: where ln L is rough, second differences measure its
/// roughness instead.
fn agrees_with_profiles(covariance: &DMatrix<f64>, profiles: &[Profile], parameter_box: &ParameterBox) -> bool {
    let agree = |(k, (low, high)): (usize, (f64, f64))| {
        let Profile { values, q } = &profiles[k];
        match intervals(values.view(), q.view(), 1.0).as_slice() {
            &[(from, to)] if from > low && to < high => {
                let ratio = covariance[(k, k)].sqrt() / (0.5 * (to - from));
                (1.0 / MAX_DISAGREEMENT..=MAX_DISAGREEMENT).contains(&ratio)
            }
            _ => true,
        }
    };
    parameter_box.ranges().all(agree)
}

/// Computes q of each parameter at its values, and again if a better best fit was found on the way.
pub(super) fn profiles(test: &mut RatioTest<'_>, values: &[Array1<f64>], step: Step<'_>) -> Result<Vec<Profile>> {
    let previous_best = test.best().log_likelihood;
    let profiles = profiled(test, values, step)?;
    match test.best().log_likelihood > previous_best {
        true => profiled(test, values, step),
        false => Ok(profiles),
    }
}

fn profiled(test: &mut RatioTest<'_>, values: &[Array1<f64>], step: Step<'_>) -> Result<Vec<Profile>> {
    let fits: Vec<Vec<Fit>> = values
        .par_iter()
        .enumerate()
        .map(|(k, values)| along(test, k, values, step))
        .collect::<Result<_>>()?;
    let profile = |(values, fits): (&Array1<f64>, Vec<Fit>)| {
        let statistic = |fit| Ok(test.compare(1, fit)?.statistic);
        Ok(Profile {
            values: values.clone(),
            q: fits.into_iter().map(statistic).collect::<Result<_>>()?,
        })
    };
    values.iter().zip(fits).map(profile).collect()
}

/// Fits the other parameters at values of parameter `k`, in parallel. A scan may miss the best fit where ln L has several maxima, so each
/// fit is repeated from the best fits of the neighbouring values.
fn along(test: &RatioTest<'_>, k: usize, values: &Array1<f64>, step: Step<'_>) -> Result<Vec<Fit>> {
    let values = values.to_vec();
    let mut found: Vec<Fit> = values
        .par_iter()
        .map(|&value| {
            let found = test.conditional(&[(k, value)], None)?;
            step()?;
            Ok(found)
        })
        .collect::<Result<_>>()?;
    let points = values.len();
    let forwards = (1..points).map(|i| (i, i - 1));
    let backwards = (1..points).rev().map(|i| (i - 1, i));
    for (i, neighbour) in forwards
        .chain(backwards)
        .filter(|_| test.parameter_box().dimensions() > 1)
    {
        let followed = test.conditional(&[(k, values[i])], Some(&found[neighbour].theta))?;
        step()?;
        if followed.log_likelihood > found[i].log_likelihood {
            found[i] = followed;
        }
    }
    Ok(found)
}
