//! Simulators as their authors write them, and what mining makes of them: numbers with derivatives, traces, gold and data sets.
//!
//! Needs no tensor library: a crate of simulators depends on this one alone.
#![forbid(unsafe_code)]

pub mod arrays;
pub mod cache;
pub mod certificate;
pub mod check;
pub mod cost;
pub mod dataset;
pub mod error;
pub mod estimator;
pub mod file_kind;
pub mod files;
pub mod format;
pub mod gold;
pub mod importance;
pub mod interruptible;
pub mod likelihood;
pub mod lower_triangle;
pub mod mean;
pub mod names;
mod output_lock;
pub mod parallel;
mod parameter_box;
pub mod posterior;
pub mod prior;
pub mod progress;
pub mod real;
pub mod singular;
pub mod trace;

pub use certificate::Certificate;
pub use check::{Check, Outcome};
pub use error::{Error, ErrorKind, Result};
pub use estimator::{Domain, Estimator};
pub use output_lock::OutputLock;
pub use parameter_box::ParameterBox;
pub use posterior::Posterior;
pub use prior::Prior;
pub use progress::Progress;
pub use real::{Real, Special};
