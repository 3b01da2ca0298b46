//! One binary, a module a promise.

mod bad_input;
mod command_line;
mod densities;
mod estimators;
mod mining;
mod report;
mod study;
mod tolerance;
