//! Gold: the joint log ratio and the joint score of simulated events, for any design of hypotheses.

mod block;
mod columns;
mod derivatives;
mod design;
mod event;
mod failures;
mod hypotheses;
mod identities;
mod miner;
mod observations;
mod relabel;
mod resample;
mod retry;
mod reweighting_pool;
mod screening;
mod simulated_events;
mod simulator_check;
mod simulator_fault;

pub use derivatives::rate_derivatives;
pub use derivatives::{n_derivatives, ratio_derivatives};
pub use design::Design;
pub(crate) use design::{check_length, check_point, check_value, same_point};
pub(crate) use failures::Regions;
pub use failures::{FailureShare, Failures, SelectionBias};
pub(crate) use identities::rounding_of_score;
pub use identities::{Identities, Identity, algebraic_identities, identities};
pub use miner::Miner;
pub(crate) use miner::add_counts;
pub use observations::{observations, observations_until_stopped};
pub use relabel::{Label, PathSearch, Paths, Proposal, Relabeler, Resolution};
pub use retry::{DEFAULT_RETRIES, run_with_retries};
pub use reweighting_pool::ReweightingPool;
pub use simulated_events::SimulatedEvents;
pub use simulator_check::{SimulatorCheckSettings, SimulatorReport, check_simulator};
pub use simulator_fault::SimulatorFault;
