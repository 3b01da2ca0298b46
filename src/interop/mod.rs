//! Other people's files: networks that were trained in PyTorch, what MadMiner saves, events and estimators, archives that NumPy opens, and
//! workspaces of pyhf.
//!
//! Files become plain numbers here; what networks are made of them is the business of [`estimator`](crate::estimator).

mod hdf5;
pub mod lhe;
pub mod madminer;
mod npy;
mod npz;
pub(crate) mod onnx;
pub mod pyhf;
mod samples;
mod state_dict;

pub(crate) use madminer::{EstimatorType, SavedEstimator, Settings, is_event_file};
pub(crate) use npz::write_npz;
pub use samples::SampleOptions;
pub(crate) use samples::{is_sample, read_observations};
pub use state_dict::StateDict;
