//! Gold: the joint log ratio and the joint score of simulated events, for any design of hypotheses.

mod design;
mod identities;

pub use design::{Design, Prior};
pub use identities::{Finding, Identities, Identity, algebraic_identities, identities};
