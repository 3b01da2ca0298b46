//! Inference on exact truths: every procedure against an answer that is known.

mod fits;
mod gauss;
mod information;
mod measured;
mod mined;
mod posteriors;
mod summaries;
mod tests_of_ratios;
mod toys;

#[path = "../tolerance.rs"]
#[allow(dead_code, reason = "shared with binaries that need more of it")]
mod tolerance;
