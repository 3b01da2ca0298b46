//! Sample-efficiency studies: which method needs how many simulations?

mod compare;
mod exam;
mod examination;
mod excess;
mod ledger;
mod plan;
mod results;
mod summary;

pub use crate::estimator::Curve;
pub use compare::compare;
pub use plan::{Plan, Yardstick};
pub use results::{Marks, Results, Run, Showcase, Summary};
pub use summary::{Bounded, Match, Measure};
