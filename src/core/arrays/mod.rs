//! Arrays in files of NumPy, HDF5 and PyTorch, and training samples stored as such arrays.

mod hdf5;
pub mod npy;
mod npz;
mod precision;
mod samples;
mod state_dict;

pub(crate) use hdf5::{contents as hdf5_contents, lheh5};
pub use npz::write_npz;
pub use precision::Precision;
pub use samples::{SampleOptions, is_sample, read_observations};
pub use state_dict::StateDict;
