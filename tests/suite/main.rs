//! One binary, a module a promise.

mod mining;
mod tolerance;
