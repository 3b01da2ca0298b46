//! Gold: the joint log ratio and the joint score of simulated events, for any design of hypotheses.

mod design;

pub use design::{Design, Prior};
