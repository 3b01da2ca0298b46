//! Motherlode trains inference networks on what a simulator already knows.
#![forbid(unsafe_code)]

pub mod cli;
pub mod dataset;
mod error;
pub mod estimator;
mod file;
pub mod gold;
pub mod likelihood;
mod real;
pub mod report;
pub mod study;
pub mod trace;

pub use error::{Error, Result};
pub use real::{Real, Special};
