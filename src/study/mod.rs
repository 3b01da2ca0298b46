//! Sample-efficiency studies: which method needs how many simulations?

mod results;

pub use results::{Curve, Results, Run, Showcase, Summary};
