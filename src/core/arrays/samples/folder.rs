//! Reading the arrays of a sample from a folder, an archive or an HDF5 file.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::arrays::{NAMES, Sample, is_weight};
use crate::arrays::{hdf5, npy, npz};
use crate::dataset::Reader;
use crate::error::{Error, Result};
use crate::file_kind::other_kind;

impl Sample {
    pub(super) fn read(path: &Path, name: Option<&str>) -> Result<Self> {
        let known = |name: &str| NAMES.iter().any(|names| names.contains(&name)) || is_weight(name);
        let arrays = match path.is_dir() {
            true => read_folder(path, &sample_of_folder(path, name)?)?,
            false if begins(path, ZIP) => npz::read(path, known)?,
            false if Reader::open(path).is_ok() => {
                return Err(Error::file(
                    path,
                    "is a data set of motherlode already: use it as it is",
                ));
            }
            false if hdf5::has(path, "x") => hdf5::read(path, name, known)?,
            false => return Err(no_sample(path)),
        };
        let path = path.to_owned();
        let sample = Self { path, arrays };
        sample.check_weights()?;
        Ok(sample)
    }

    /// Reads a sample, or the only array of an `.npy` file as its observations.
    pub(super) fn observations(path: &Path) -> Result<Self> {
        match begins(path, npy::MAGIC) {
            false => Self::read(path, None),
            true => Ok(Self {
                path: path.to_owned(),
                arrays: BTreeMap::from([("x".to_owned(), npy::read(path)?)]),
            }),
        }
    }
}

/// First bytes of an archive of arrays.
const ZIP: &[u8] = b"PK";

/// Returns true if a file begins with these bytes, whatever its name.
fn begins(path: &Path, mark: &[u8]) -> bool {
    let mut start = vec![0; mark.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == mark
}

/// The error of a file without arrays that are read.
fn no_sample(path: &Path) -> Error {
    if let Err(error) = std::fs::metadata(path) {
        return Error::io(path, error);
    }
    const NEEDED: &str = "a folder of .npy files, an .npz archive, or an HDF5 file with an array `x`";
    let otherwise = Error::file(path, format!("is not {NEEDED}: save the arrays with `numpy.savez`"));
    other_kind(path, NEEDED, otherwise)
}

/// Returns true if a folder or a file holds arrays rather than an estimator.
pub fn is_sample(path: &Path) -> bool {
    begins(path, ZIP) || hdf5::has(path, "x") || samples_of_folder(path).is_ok_and(|samples| !samples.is_empty())
}

/// The names of the samples in a folder, as they follow `x` in the names of the files: `_train` for `x_train.npy`.
fn samples_of_folder(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ending = |name: String| {
        let ending = name.strip_prefix('x')?.strip_suffix(".npy")?;
        (ending.is_empty() || ending.starts_with('_')).then(|| ending.to_owned())
    };
    let mut samples: Vec<String> = names.filter_map(ending).collect();
    samples.sort();
    Ok(samples)
}

fn sample_of_folder(folder: &Path, name: Option<&str>) -> Result<String> {
    let samples = samples_of_folder(folder)?;
    let listed = || {
        let names: Vec<&str> = samples.iter().map(|ending| ending.trim_start_matches('_')).collect();
        names.join(", ")
    };
    match (name, samples.as_slice()) {
        (_, []) => Err(Error::file(
            folder,
            "has no file x.npy or x_NAME.npy: give a folder of a training sample",
        )),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Error::file(
            folder,
            format!("has several samples: choose one with --sample ({})", listed()),
        )),
        (Some(name), _) => match samples.iter().find(|ending| ending.trim_start_matches('_') == name) {
            Some(ending) => Ok(ending.clone()),
            None => Err(Error::file(
                folder,
                format!("has no sample `{name}`; it has {}", listed()),
            )),
        },
    }
}

fn read_folder(folder: &Path, ending: &str) -> Result<BTreeMap<String, npy::Array>> {
    let paths = NAMES
        .concat()
        .into_iter()
        .map(|name| (name, folder.join(format!("{name}{ending}.npy"))));
    paths
        .filter(|(_, path)| path.exists())
        .map(|(name, path)| Ok((name.to_owned(), npy::read(&path)?)))
        .collect()
}
