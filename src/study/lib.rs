//! Sample-efficiency studies: which method needs how many simulations?
#![forbid(unsafe_code)]

mod compare;
mod exam;
mod examination;
mod excess;
mod ledger;
mod plan;
pub mod report;
mod results;
mod summary;

pub use compare::compare;
pub use motherlode_nn::Curve;
pub use plan::{Plan, Yardstick};
pub use results::{Marks, Results, Run, Showcase, Summary};
pub use summary::{Bounded, Match, Measure};
