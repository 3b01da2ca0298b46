//! The result that goes into a table: best fit, errors, intervals of each parameter.

use nalgebra::DMatrix;
use ndarray::Array1;

use super::{Fit, Function, RatioTest, Space, covariance, critical_value, intervals};
use crate::error::Result;

/// What a likelihood says of each parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The best fit.
    pub best: Fit,
    /// Its covariance, `[p, p]`; none if it is at an edge, or the data do not fix all parameters.
    pub covariance: Option<DMatrix<f64>>,
    /// q of each parameter at evenly spaced values, all others profiled: (values, q) for each.
    pub profiles: Vec<(Array1<f64>, Array1<f64>)>,
}

impl Estimate {
    /// From `log_likelihood` in `space`, with profiles at `points` values of each parameter.
    ///
    /// # Errors
    /// If a fit fails.
    pub fn new(log_likelihood: Function<'_>, space: &Space, points: usize) -> Result<Self> {
        let mut test = RatioTest::new(log_likelihood, space.clone())?;
        let thought_best = test.best().log_likelihood;
        let mut profiles = Self::profiles(&mut test, space, points)?;
        if test.best().log_likelihood > thought_best {
            profiles = Self::profiles(&mut test, space, points)?;
        }
        let best = test.best().clone();
        let covariance = covariance(log_likelihood, &best, space).ok();
        Ok(Self {
            best,
            covariance,
            profiles,
        })
    }

    fn profiles(test: &mut RatioTest<'_>, space: &Space, points: usize) -> Result<Vec<(Array1<f64>, Array1<f64>)>> {
        let along = |(k, &(low, high)): (usize, &(f64, f64))| {
            let values = Array1::linspace(low, high, points);
            let q = values.iter().map(|&value| Ok(test.test(&[(k, value)])?.statistic));
            let q: Vec<f64> = q.collect::<Result<_>>()?;
            Ok((values, q.into()))
        };
        space.edges().iter().enumerate().map(along).collect()
    }

    /// The intervals of parameter `k` at a confidence level, by Wilks' theorem.
    ///
    /// # Errors
    /// If the level is not between 0 and 1.
    pub fn intervals(&self, k: usize, level: f64) -> Result<Vec<(f64, f64)>> {
        let (values, q) = &self.profiles[k];
        Ok(intervals(values.view(), q.view(), critical_value(level, 1)?))
    }
}
