//! Toys at chosen values of one parameter, with all others profiled.

use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::mean::Mean;
use motherlode_core::parallel::map_jobs;
use motherlode_core::progress::Phase;
use motherlode_core::trace::{Instrumented, stream, unweighted};
use ndarray::Axis;
use rand::RngExt;
use serde::Serialize;

use super::toys::MAX_FRESH_RATIOS;
use super::{Function, Interpolation, LikelihoodScan, ParameterBox, RatioTest, Test, ToyPlan};

/// The test of one value of a parameter by toys, with all others profiled.
///
/// Toys are drawn at the best fit under the hypothesis, θ = (ψ, ν̂(ψ)), and each is fitted as the data were. The p-value is exact where the
/// distribution of q does not depend on the other parameters, and close to it where that dependence is weak.
///
/// # Source
/// Cranmer 2015, arXiv:1503.07622, for Neyman's construction with profiled nuisance parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProfileToyTest {
    /// Index of the parameter, from 0.
    pub parameter: usize,
    /// Its value ψ.
    pub value: f64,
    /// The hypothesis that toys are drawn at, `[p]`.
    pub theta: Vec<f64>,
    /// q of the data.
    pub q: f64,
    /// The probability of a q as large, by Wilks' theorem.
    pub p_value_by_wilks: f64,
    /// The share of toys with a q as large.
    pub p_value_by_toys: Mean,
    /// Number of toys.
    pub toys: usize,
}

impl LikelihoodScan<'_> {
    /// Tests values of parameters, (index, value) each, by toys of `simulator` that have as many events as `plan` says. `progress`
    /// receives the number of finished toys.
    ///
    /// # Errors
    /// If ln L cannot be interpolated, the toys would take hours, data cannot be drawn, or a fit fails.
    pub fn profile_toys(
        &self,
        simulator: &dyn Instrumented,
        values: &[(usize, f64)],
        plan: ToyPlan,
        progress: &dyn Progress,
    ) -> Result<Vec<ProfileToyTest>> {
        let interpolation = self.interpolation()?;
        let ratios = [values.len(), plan.toys, plan.events, interpolation.n_nodes()];
        if ratios.iter().map(|&n| n as f64).product::<f64>() > MAX_FRESH_RATIOS as f64 {
            return Err(Error::usage(format!(
                "{} toys of {} events at each of {} ends of intervals would take hours: choose fewer toys or one level, or leave out --toys \
                 and use Wilks' theorem, which holds for many events",
                plan.toys,
                plan.events,
                values.len()
            )));
        }
        let simulator = unweighted(simulator)?;
        let n = values.len() as u64;
        let numbered = values.iter().zip(0..);
        numbered
            .map(|(&value, number)| {
                let progress = Phase::new(progress, number, n);
                self.profile_toys_at(simulator, interpolation, value, (plan, number), &progress)
            })
            .collect()
    }

    fn profile_toys_at(
        &self,
        simulator: &dyn Instrumented,
        interpolation: &Interpolation,
        value: (usize, f64),
        (plan, number): (ToyPlan, u64),
        progress: &dyn Progress,
    ) -> Result<ProfileToyTest> {
        let space = interpolation.space();
        let (estimator, reference) = self.likelihood.estimator();
        let surface = self.zoom()?.surface();
        let observed = test(&|theta| surface.at(theta), space, value)?;
        let found = map_jobs(plan.toys as u64, progress, |toy| {
            let seed = stream(plan.seed, toy, number).random();
            let x = observations_until_stopped(simulator, &observed.theta, plan.events, seed, progress)?;
            let table = interpolation.table_until_stopped(estimator, x.view(), reference, progress)?;
            let prepared = interpolation.prepared(&table.sum_axis(Axis(0)));
            let found = test(&|theta| Ok(interpolation.at(&prepared, theta)), space, value)?;
            Ok(f64::from(u8::from(found.statistic >= observed.statistic)))
        })?;
        let (parameter, value) = value;
        Ok(ProfileToyTest {
            parameter,
            value,
            theta: observed.theta,
            q: observed.statistic,
            p_value_by_wilks: observed.p_value,
            p_value_by_toys: Mean::from_values(found.into_iter()),
            toys: plan.toys,
        })
    }
}

fn test(log_likelihood: Function<'_>, space: &ParameterBox, value: (usize, f64)) -> Result<Test> {
    RatioTest::new(log_likelihood, space.clone())?.test(&[value])
}
