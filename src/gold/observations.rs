//! Observations without gold: toy data.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::trace::{Instrumented, Rejected, stream};

/// How often a run may be discarded and drawn again.
const MAX_RETRIES: u64 = 1_000;

/// `n` events drawn at `theta`, `[n, m]`, without gold; runs that the simulator discards are drawn again. Event i of seed s is
/// always the same.
///
/// # Errors
/// If a density does not exist at `theta`, runs are discarded again and again, or observations vary in length.
pub fn observations(simulator: &dyn Instrumented, theta: &[f64], n: usize, seed: u64) -> Result<Array2<f64>> {
    let mut values = Vec::new();
    for event in 0..n as u64 {
        values.extend(observation(simulator, theta, seed, event)?);
    }
    Array2::from_shape_vec((n, simulator.observables().len()), values)
        .map_err(|_| Error::simulation(format!("{} returned observations of varying length", simulator.name())))
}

fn observation(simulator: &dyn Instrumented, theta: &[f64], seed: u64, event: u64) -> Result<Vec<f64>> {
    let mut last = String::new();
    for attempt in 0..MAX_RETRIES {
        match simulator.sample(theta, &mut stream(seed, event, attempt)) {
            Ok(x) => return Ok(x),
            Err(Rejected::Discarded(reason)) => last = reason,
            Err(rejected) => return Err(Error::simulation(rejected.to_string())),
        }
    }
    Err(Error::simulation(format!(
        "{} discarded {MAX_RETRIES} runs in a row at {theta:?}, the last because of: {last}",
        simulator.name()
    )))
}
