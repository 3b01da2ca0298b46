//! One binary, a module a promise.

mod tolerance;
