//! Arrays at the root of an HDF5 file, as h5py, MATLAB and others write them.

use std::collections::BTreeMap;
use std::path::Path;

use hdf5_pure::{File, is_hdf5};

use super::npy::Array;
use crate::error::{Error, Result};

/// Returns true if a file has an array of this name at its root.
pub(super) fn has(path: &Path, name: &str) -> bool {
    let is_there = |file: File| {
        file.root()
            .datasets()
            .ok()
            .is_some_and(|sets| sets.iter().any(|set| set == name))
    };
    is_hdf5(path).unwrap_or(false) && File::open_streaming(path).is_ok_and(is_there)
}

/// Reads the arrays whose names are `wanted`.
pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Array>> {
    let damaged = |error: hdf5_pure::Error| {
        Error::file(
            path,
            format!("is truncated, damaged, or holds what is no number ({error}): write arrays of real numbers"),
        )
    };
    let file = File::open_streaming(path).map_err(damaged)?;
    let names = file.root().datasets().map_err(damaged)?;
    let arrays = names.into_iter().filter(|name| wanted(name)).map(|name| {
        let set = file.dataset(&name).map_err(damaged)?;
        let shape = set.shape().map_err(damaged)?.into_iter().map(|n| n as usize).collect();
        let array = Array {
            shape,
            values: set.read_f64().map_err(damaged)?,
        };
        match array.shape.iter().product::<usize>() == array.values.len() {
            true => Ok((name, array)),
            false => Err(Error::file(
                path,
                format!("ends within its array `{name}`: write it again"),
            )),
        }
    });
    arrays.collect()
}
