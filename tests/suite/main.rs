//! One binary, a module a promise.

mod densities;
mod tolerance;
