//! Simulates a run again when the simulator discards it.

use crate::error::{Error, Result};
use crate::trace::{Instrumented, Rejected, Stream, stream};

/// Retries where a single event must be had, however many runs are discarded.
pub const MANY_RETRIES: u64 = 1_000;

/// Simulates an event of a seed until a run is not discarded, with at most `retries` retries; each attempt has its own stream.
///
/// Returns the run, and how many were discarded before it.
///
/// # Errors
/// If all runs were discarded, or a run fails.
pub fn run_with_retries<T>(
    simulator: &dyn Instrumented,
    (seed, event): (u64, u64),
    retries: u64,
    theta: &[f64],
    mut simulate: impl FnMut(&mut Stream) -> Result<T, Rejected>,
) -> Result<(T, u64)> {
    for attempt in 0..=retries {
        match simulate(&mut stream(seed, event, attempt)) {
            Ok(run) => return Ok((run, attempt)),
            Err(Rejected::Discarded(_)) if attempt < retries => (),
            Err(rejected) => return Err(failed_run(simulator, event, attempt, theta, rejected)),
        }
    }
    Err(failed_event(simulator, event, theta, "there was no attempt"))
}

/// Error of an event whose attempt number `attempt`, counted from 0, was the last.
pub(super) fn failed_run(
    simulator: &dyn Instrumented,
    event: u64,
    attempt: u64,
    theta: &[f64],
    rejected: Rejected,
) -> Error {
    let Rejected::Discarded(reason) = rejected else {
        return failed_event(simulator, event, theta, rejected);
    };
    let discarded = format!(
        "{} runs in a row were discarded, the last because of: {reason}; choose a θ at which the simulator keeps most of its \
         runs",
        attempt + 1
    );
    failed_event(simulator, event, theta, discarded)
}

/// Error that names the event and the θ that it was drawn at.
pub(super) fn failed_event(
    simulator: &dyn Instrumented,
    event: u64,
    theta: &[f64],
    reason: impl std::fmt::Display,
) -> Error {
    Error::simulation(format!(
        "{} failed in event {event}, drawn at theta = {theta:?}: {reason}",
        simulator.label()
    ))
}
