//! One binary, a module a promise.

mod report;
mod tolerance;
