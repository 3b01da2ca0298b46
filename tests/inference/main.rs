//! Inference on exact truths: every procedure against an answer that is known.

mod abc;
mod calibration;
mod chains;
mod checks;
mod fits;
mod gauss;
mod held;
mod information;
mod many_events;
mod many_parameter_checks;
mod many_parameters;
mod measured;
mod mined;
mod pools;
mod posteriors;
mod priors;
mod profile_toys;
mod stopping;
mod summaries;
mod tests_of_ratios;
mod thresholds;
mod toys;

#[path = "../tolerance.rs"]
mod tolerance;
