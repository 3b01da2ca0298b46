//! Statistics of whatever knows a likelihood ratio: fits, intervals, posteriors, calibration and diagnostics.
//!
//! A trained network and an exact truth are the same here.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod calibration;
pub mod diagnostics;
pub mod inference;
mod serialized;
