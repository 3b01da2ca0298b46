//! Instrumented simulators, each with its exact truth where one exists.
#![forbid(unsafe_code)]

mod galton;

pub use galton::Galton;
