//! Gold: the joint log ratio and the joint score of simulated events, for any design of hypotheses.

mod columns;
mod design;
mod event;
mod hypotheses;
mod identities;
mod miner;
mod prior;
mod recall;
mod resample;

pub use design::Design;
pub use identities::{Finding, Identities, Identity, algebraic_identities, identities};
pub use miner::Miner;
pub use prior::Prior;
pub use recall::{Label, Paths, Question, Recall};
