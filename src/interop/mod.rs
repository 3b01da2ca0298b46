//! Other people's files: networks that were trained in PyTorch, and what MadMiner saves beside them.
//!
//! Files become plain numbers here; what networks are made of them is the business of [`estimator`](crate::estimator).

mod madminer;
mod npy;
mod state_dict;

pub(crate) use madminer::{EstimatorType, SavedEstimator, Settings};
pub use state_dict::StateDict;
