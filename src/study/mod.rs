//! Sample-efficiency studies: which method needs how many simulations?

mod compare;
mod exam;
mod ledger;
mod plan;
mod results;

pub use compare::compare;
pub use plan::Plan;
pub use results::{Curve, Results, Run, Showcase, Summary};
