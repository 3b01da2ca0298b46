//! The result that goes into a table: best fit, errors, intervals of each parameter.

use motherlode_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::DMatrix;
use ndarray::{Array1, Array2};
use rayon::prelude::*;

use super::{
    Fit, Function, Likelihood, ParameterBox, RatioTest, ZoomedLikelihood, covariance, critical_value, intervals,
};
use motherlode_core::error::Result;

/// How far off an interpolated ln L may be: intervals move by less than 2 % of their length.
pub(super) const TOLERANCE: f64 = 0.02;
/// Values along a parameter, and along each of two.
const POINTS: usize = 121;
const POINTS_OF_TWO: usize = 61;
/// The same, where others are fitted for each.
const POINTS_OF_MANY: usize = 41;
/// Where every one costs a pass over the events: across the box, and where q is not far above this value.
const COARSE_POINTS: usize = 15;
const FEW_POINTS: usize = 31;
const CLOSE: f64 = 12.0;
/// A standard error that differs from half an interval by more than this factor is none.
const AGREE: f64 = 2.0;

/// What is called after every fit.
pub(super) type Step<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// What a likelihood says of each parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The best fit.
    pub best: Fit,
    /// Its covariance, `[p, p]`; none if it is at an edge, the data do not fix all parameters, or ln L is so rough that its curvature tells
    /// nothing of intervals.
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
    fn new(test: &RatioTest<'_>, parameter_box: &ParameterBox, parameters: [usize; 2]) -> Result<Self> {
        let n = if parameter_box.dimensions() > 2 {
            POINTS_OF_MANY
        } else {
            POINTS_OF_TWO
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
            q: Array2::from_shape_fn((n, n), |(i, j)| statistic(&fits[i * n + j])),
            values,
        })
    }
}

impl Estimate {
    /// From a likelihood that is asked for every hypothesis in `parameter_box`: too rough to be interpolated, or of too many parameters.
    ///
    /// `progress` is told the fits done, and about how many there are.
    ///
    /// # Errors
    /// If the likelihood or a fit fails.
    pub fn from_direct_fits(
        likelihood: &Likelihood<'_>,
        parameter_box: &ParameterBox,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let log_likelihood = |theta: &[f64]| likelihood.at(theta);
        let of_each = |points: usize| 3 * points - 2;
        let fits = (parameter_box.dimensions() * (of_each(COARSE_POINTS) + of_each(FEW_POINTS + 1))) as u64;
        let counter = AtomicU64::new(0);
        let step = || {
            let done = counter.fetch_add(1, Ordering::Relaxed) + 1;
            progress.advance(done.min(fits), fits)
        };
        let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
        let coarse = profiles(&mut test, &across(parameter_box, COARSE_POINTS), &step)?;
        // Few values tell no interval that is narrow beside the box: they lie where it is, the best fit among them.
        let best = test.best().theta.clone();
        let hulls = coarse.iter().zip(&best).zip(parameter_box.edges());
        let close: Vec<(f64, f64)> = hulls
            .map(|((profile, &best), &edges)| hull(profile, best, CLOSE, edges))
            .collect();
        let values = across(&ParameterBox::new(close)?, FEW_POINTS);
        let values: Vec<Array1<f64>> = values
            .into_iter()
            .zip(&best)
            .map(|(values, &best)| with(values, best))
            .collect();
        let profiles = profiles(&mut test, &values, &step)?;
        Ok(Self::of_profiles(&test, &log_likelihood, parameter_box, profiles))
    }

    /// From a likelihood near its maximum.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn from_zoom(zoom: &ZoomedLikelihood<'_>) -> Result<Self> {
        let (surface, parameter_box) = (zoom.surface(), zoom.parameter_box());
        let log_likelihood = |theta: &[f64]| surface.at(theta);
        let mut test = RatioTest::new(&log_likelihood, parameter_box.clone())?;
        let profiles = profiles(&mut test, &across(parameter_box, POINTS), &|| Ok(()))?;
        let mut estimate = Self::of_profiles(&test, &log_likelihood, parameter_box, profiles);
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

    /// From `log_likelihood` in `parameter_box`, with profiles at `points` values of each parameter.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn new(log_likelihood: Function<'_>, parameter_box: &ParameterBox, points: usize) -> Result<Self> {
        let mut test = RatioTest::new(log_likelihood, parameter_box.clone())?;
        let profiles = profiles(&mut test, &across(parameter_box, points), &|| Ok(()))?;
        Ok(Self::of_profiles(&test, log_likelihood, parameter_box, profiles))
    }

    fn of_profiles(
        test: &RatioTest<'_>,
        log_likelihood: Function<'_>,
        parameter_box: &ParameterBox,
        profiles: Vec<Profile>,
    ) -> Self {
        let best = test.best().clone();
        let covariance = covariance(log_likelihood, &best, parameter_box).ok();
        Self {
            best,
            covariance: covariance.filter(|covariance| is_seen(covariance, &profiles, parameter_box)),
            profiles,
            plane: None,
        }
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

/// Evenly spaced values of each parameter across a space; one of those that are held.
pub(super) fn across(parameter_box: &ParameterBox, points: usize) -> Vec<Array1<f64>> {
    (0..parameter_box.n_parameters())
        .map(|k| parameter_box.values(k, points))
        .collect()
}

/// Ascending values with one more.
fn with(values: Array1<f64>, more: f64) -> Array1<f64> {
    let mut all = values.to_vec();
    let place = all.partition_point(|value| *value < more);
    if all.get(place) != Some(&more) {
        all.insert(place, more);
    }
    all.into()
}

/// The values of a parameter around its best one at which q is at most `far`, and a cell of the profile more on either side.
pub(super) fn hull(profile: &Profile, best: f64, far: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let kept = profile.values.iter().zip(&profile.q).filter(|(_, q)| **q <= far);
    let (lowest, highest) = kept.fold((best, best), |(l, h), (value, _)| (l.min(*value), h.max(*value)));
    let cell = (high - low) / (profile.values.len() - 1).max(1) as f64;
    ((lowest - cell).max(low), (highest + cell).min(high))
}

/// Whether the intervals of one standard deviation are about what a covariance says: where ln L is rough, second differences tell its
/// roughness.
fn is_seen(covariance: &DMatrix<f64>, profiles: &[Profile], parameter_box: &ParameterBox) -> bool {
    let agree = |(k, (low, high)): (usize, (f64, f64))| {
        let Profile { values, q } = &profiles[k];
        match intervals(values.view(), q.view(), 1.0).as_slice() {
            &[(from, to)] if from > low && to < high => {
                let ratio = covariance[(k, k)].sqrt() / (0.5 * (to - from));
                (1.0 / AGREE..=AGREE).contains(&ratio)
            }
            _ => true,
        }
    };
    parameter_box.ranges().all(agree)
}

/// q of each parameter at its values; taken again where a better fit was met on the way.
pub(super) fn profiles(test: &mut RatioTest<'_>, values: &[Array1<f64>], step: Step<'_>) -> Result<Vec<Profile>> {
    let thought_best = test.best().log_likelihood;
    let profiles = profiled(test, values, step)?;
    match test.best().log_likelihood > thought_best {
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
        let statistic = |fit| Ok(test.judge(1, fit)?.statistic);
        Ok(Profile {
            values: values.clone(),
            q: fits.into_iter().map(statistic).collect::<Result<_>>()?,
        })
    };
    values.iter().zip(fits).map(profile).collect()
}

/// The best fits at values of parameter `k`, side by side. A scan for the other parameters may miss their best values where ln L has several
/// maxima, so those of each value are followed to its neighbours as well.
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
    let there = (1..points).map(|i| (i, i - 1));
    let back = (1..points).rev().map(|i| (i - 1, i));
    for (i, neighbour) in there.chain(back).filter(|_| test.parameter_box().dimensions() > 1) {
        let followed = test.conditional(&[(k, values[i])], Some(&found[neighbour].theta))?;
        step()?;
        if followed.log_likelihood > found[i].log_likelihood {
            found[i] = followed;
        }
    }
    Ok(found)
}
