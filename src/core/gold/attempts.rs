//! Runs that a simulator discards are drawn again.

use crate::error::{Error, Result};
use crate::trace::{Instrumented, Rejected, Stream, stream};

/// Retries where all that matters is that there is an event.
pub const PATIENT: u64 = 1_000;

/// The run of an event of a seed that the simulator keeps, after at most `retries` that it discards; each attempt has its own
/// stream. Also returns how many were discarded.
///
/// # Errors
/// If all were, or a run fails.
pub fn kept<T>(
    simulator: &dyn Instrumented,
    (seed, event): (u64, u64),
    retries: u64,
    theta: &[f64],
    mut simulate: impl FnMut(&mut Stream) -> Result<T, Rejected>,
) -> Result<(T, u64)> {
    let failed = |reason: String| {
        Error::simulation(format!(
            "{} failed in event {event}, drawn at theta = {theta:?}: {reason}",
            simulator.name()
        ))
    };
    for attempt in 0.. {
        match simulate(&mut stream(seed, event, attempt)) {
            Ok(run) => return Ok((run, attempt)),
            Err(Rejected::Discarded(_)) if attempt < retries => (),
            Err(Rejected::Discarded(reason)) => {
                return Err(failed(format!(
                    "{} runs in a row were discarded, the last because of: {reason}; choose a θ at which the simulator \
                     keeps most of its runs",
                    attempt + 1
                )));
            }
            Err(rejected) => return Err(failed(rejected.to_string())),
        }
    }
    Err(failed("there was no attempt".into()))
}
