//! Toy data: observations without gold.

use ndarray::Array2;

use super::retry::{DEFAULT_RETRIES, run_with_retries};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::trace::Instrumented;

/// Draws `n` observations at `theta`, `[n, m]`, without gold.
///
/// Runs that the simulator discards are simulated again. Event i of a seed is always the same.
///
/// # Errors
/// If a density does not exist at `theta`, runs are discarded again and again, or observations vary in length.
pub fn observations(simulator: &dyn Instrumented, theta: &[f64], n: usize, seed: u64) -> Result<Array2<f64>> {
    observations_until_stopped(simulator, theta, n, seed, &())
}

/// Draws observations as [`observations`] does; `progress` can stop it, and receives no reports.
///
/// # Errors
/// As [`observations`], or if `progress` stops it.
pub fn observations_until_stopped(
    simulator: &dyn Instrumented,
    theta: &[f64],
    n: usize,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Array2<f64>> {
    let mut values = Vec::new();
    for event in 0..n as u64 {
        progress.check()?;
        let (x, _) = run_with_retries(simulator, (seed, event), DEFAULT_RETRIES, theta, |rng| {
            simulator.sample(theta, rng)
        })?;
        values.extend(x);
    }
    Array2::from_shape_vec((n, simulator.observables().len()), values)
        .map_err(|_| Error::simulation(format!("{} returned observations of varying length", simulator.name())))
}
