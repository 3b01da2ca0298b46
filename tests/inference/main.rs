//! Inference on exact truths: every procedure against an answer that is known.

mod calibration;
mod checks;
mod fits;
mod gauss;
mod information;
mod posteriors;
mod tests_of_ratios;
mod toys;

#[path = "../tolerance.rs"]
#[allow(dead_code, reason = "shared with binaries that need more of it")]
mod tolerance;
