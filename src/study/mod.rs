//! Sample-efficiency studies: which method needs how many simulations?

mod results;
mod summary;

pub use results::{Curve, Results, Run, Showcase, Summary};
pub use summary::{Bounded, Match, Measure};
