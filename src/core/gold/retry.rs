//! Simulates a run again when the simulator discards it.

use crate::error::{Error, Result};
use crate::trace::{Instrumented, Rejected, Stream, check_time, guarded, stream};

/// Number of times that a discarded run is simulated again: where one run of a thousand is kept, one event of 10¹³ is given up.
pub const DEFAULT_RETRIES: u16 = 30_000;

/// Simulates an event of a seed until a run is not discarded, with at most `retries` retries; each attempt has its own stream.
///
/// Returns the run, and how many were discarded before it.
///
/// # Errors
/// If all runs were discarded, or a run fails or panics.
pub fn run_with_retries<T>(
    simulator: &dyn Instrumented,
    (seed, event): (u64, u64),
    retries: u16,
    theta: &[f64],
    mut simulate: impl FnMut(&mut Stream) -> Result<T, Rejected>,
) -> Result<(T, u64)> {
    let retries = u64::from(retries);
    for attempt in 0..=retries {
        let run = guarded(|| {
            if attempt > 0 {
                check_time(); // runs of few draws do not look at the clock
            }
            simulate(&mut stream(seed, event, attempt))
        });
        match run {
            Ok(run) => return Ok((run, attempt)),
            Err(Rejected::Discarded(_)) if attempt < retries => (),
            Err(rejected) => return Err(failed_run(simulator, (seed, event), attempt, theta, rejected)),
        }
    }
    Err(failed_event(simulator, event, theta, "there was no attempt"))
}

/// Error of an event whose attempt number `attempt`, counted from 0, was the last.
pub(super) fn failed_run(
    simulator: &dyn Instrumented,
    (seed, event): (u64, u64),
    attempt: u64,
    theta: &[f64],
    rejected: Rejected,
) -> Error {
    match &rejected {
        Rejected::Discarded(reason) => {
            let discarded = format!(
                "{} runs in a row were discarded, the last because of: {reason}; choose a θ at which the simulator keeps more of its \
                 runs, allow more with --retries, or return an observation that says `failed`",
                attempt + 1
            );
            failed_event(simulator, event, theta, discarded)
        }
        Rejected::Panicked(_) | Rejected::OutOfTime(_) => {
            let again = replay((seed, event), attempt, theta);
            failed_event(simulator, event, theta, format!("{rejected} (seed {seed}); {again}"))
        }
        _ => failed_event(simulator, event, theta, rejected),
    }
}

/// How to see a run again, alone.
pub(super) fn replay((seed, event): (u64, u64), attempt: u64, theta: &[f64]) -> String {
    let n = event + 1;
    format!(
        "to see it again, add --events {n} --shard {n}/{n} to the same `mine` command, with another output, or call \
         `simulator.record(&{theta:?}, &mut stream({seed}, {event}, {attempt}), &mut vec![])`"
    )
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
