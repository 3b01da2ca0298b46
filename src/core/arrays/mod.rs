//! Arrays of NumPy and of HDF5, and samples kept as such arrays.

mod hdf5;
pub mod npy;
mod npz;
mod precision;
mod samples;

pub use npz::write_npz;
pub use precision::Precision;
pub use samples::{SampleOptions, is_sample, read_observations};
