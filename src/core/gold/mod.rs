//! Gold: the joint log ratio and the joint score of simulated events, for any design of hypotheses.

mod attempts;
mod columns;
mod derivatives;
mod design;
mod event;
mod hypotheses;
mod identities;
mod marginal;
mod miner;
mod observations;
mod prior;
mod recall;
mod recalled_events;
mod resample;
mod reweighting_pool;

pub use attempts::{PATIENT, kept};
pub use derivatives::rate_derivatives;
pub use derivatives::{n_derivatives, ratio_derivatives};
pub use design::Design;
pub(crate) use identities::rounding_of_score;
pub use identities::{Identities, Identity, algebraic_identities, identities};
pub use marginal::Marginal;
pub use miner::Miner;
pub use observations::observations;
pub use prior::Prior;
pub use prior::span;
pub use recall::{Label, Paths, Question, Recall};
pub use recalled_events::RecalledEvents;
pub use reweighting_pool::ReweightingPool;
