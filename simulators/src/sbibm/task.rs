//! Task of the benchmark: a simulator with its prior and draws from its posterior.

use motherlode_core::cost::{Cost, check_count};
use motherlode_core::names::nearest;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Error, Prior, Real, Result};
use ndarray::Array2;

use super::*;

/// Largest number of reference draws.
const MOST_DRAWS: u64 = 1_000_000;

/// A task of the benchmark: a simulator with its prior and its exact posterior.
pub trait Task: Instrumented {
    /// The prior of the task.
    ///
    /// # Errors
    /// If it cannot be made.
    fn prior(&self) -> Result<Prior>;

    /// Draws `n` points from the posterior p(θ|x) of one observation `x`, `[m]`, under the prior of the task.
    ///
    /// The draws are independent, or resampled from many more points of an importance sample. The same `seed` gives the same draws.
    ///
    /// # Errors
    /// If `x` has another length, is not possible, or its posterior is too narrow for the method.
    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior>;
}

/// All tasks, in the order of the table of this module.
pub fn tasks() -> Vec<Box<dyn Task>> {
    vec![
        Box::new(GaussianLinear::default()),
        Box::new(GaussianLinearUniform::default()),
        Box::new(GaussianMixture),
        Box::new(TwoMoons),
        Box::new(Slcp),
        Box::new(BernoulliGlm::default()),
        Box::new(SirOde),
        Box::new(LotkaVolterraOde),
    ]
}

/// The task with this name, such as "two-moons".
///
/// # Errors
/// If there is none.
pub fn task(name: &str) -> Result<Box<dyn Task>> {
    let mut all = tasks();
    let found = all.iter().position(|task| task.name() == name);
    found.map(|position| all.swap_remove(position)).ok_or_else(|| {
        let all = tasks();
        let names: Vec<&str> = all.iter().map(|task| task.name()).collect();
        let hint = nearest(name, names.iter().copied());
        Error::usage(format!(
            "no task is named `{name}`{hint}: choose one of {}",
            names.join(", ")
        ))
    })
}

/// The prior of the task with this name.
///
/// # Errors
/// If there is no such task.
pub fn prior(name: &str) -> Result<Prior> {
    task(name)?.prior()
}

/// Draws from the exact posterior p(θ|x) of the task with this name: see [`Task::posterior`].
///
/// # Shapes
/// - `x`: `[m]` → `[n, p]`
///
/// # Errors
/// If there is no such task, or as [`Task::posterior`].
///
/// ```
/// use motherlode_simulators::sbibm::reference_posterior;
///
/// let draws = reference_posterior("gaussian-linear", &[0.2; 10], 1_000, 1)?;
/// assert!((draws.mean().unwrap() - 0.1).abs() < 0.01);
/// # Ok::<(), motherlode_core::Error>(())
/// ```
pub fn reference_posterior(name: &str, x: &[f64], n: usize, seed: u64) -> Result<Array2<f64>> {
    Ok(task(name)?.posterior(x, n, seed)?.draws)
}

/// Refuses an observation of another length, one that is not finite, and a number of draws that is too large.
pub(super) fn check_request(task: &dyn Instrumented, x: &[f64], n: usize) -> Result<()> {
    let m = task.observables().len();
    if x.len() != m || !x.iter().all(|value| value.is_finite()) {
        return Err(Error::data(format!(
            "an observation of {} values for {}: give {m} finite numbers",
            x.len(),
            task.name()
        )));
    }
    check_count("reference draws", n as u64, MOST_DRAWS, Cost::Seconds(1e-3))
}

/// An observation that the task cannot have made.
pub(super) fn impossible(task: &dyn Instrumented, x: &[f64]) -> Error {
    Error::data(format!(
        "{} has no posterior for x = {x:?}: no parameters of its prior can have made it",
        task.name()
    ))
}

/// The number within bounds; outside of them it is a bound, which has no derivatives.
pub(super) fn clamp<R: Real>(value: R, low: f64, high: f64) -> R {
    match value.re() {
        re if re < low => R::from(low),
        re if re > high => R::from(high),
        _ => value,
    }
}
