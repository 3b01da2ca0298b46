//! One binary, a module a promise.

mod identities;
mod simulators;
mod tolerance;
