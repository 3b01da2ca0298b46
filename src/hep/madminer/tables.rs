//! Arrays of numbers and of words in an HDF5 file, of whatever type they were written in.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5_pure::{File, is_hdf5};

use motherlode_core::error::{Error, Result};
use motherlode_core::file_kind::other_kind;

/// A file that is being read: data sets in groups, one level deep.
#[derive(Debug)]
pub(super) struct Tables {
    path: PathBuf,
    file: File,
    /// `group/data set` of all there are.
    names: HashSet<String>,
}

/// An array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// Returns true if a file is one of MadMiner: an HDF5 file with parameters and benchmarks; false if it cannot be read.
pub fn is_event_file(path: &Path) -> bool {
    is_hdf5(path).unwrap_or(false)
        && File::open_streaming(path)
            .and_then(|file| file.root().groups())
            .is_ok_and(|groups| {
                ["parameters", "benchmarks"]
                    .iter()
                    .all(|needed| groups.iter().any(|group| group == needed))
            })
}

impl Tables {
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !is_hdf5(path).map_err(|error| Error::io(path, error))? {
            let otherwise = Error::file(path, "is not an HDF5 file: give an event file of MadMiner");
            return Err(other_kind(path, "an event file of MadMiner", otherwise));
        }
        let damaged = |error: hdf5_pure::Error| damaged(path, &error);
        let file = File::open_streaming(path).map_err(damaged)?;
        let mut names = HashSet::new();
        for group in file.root().groups().map_err(damaged)? {
            let sets = file.group(&group).and_then(|group| group.datasets()).map_err(damaged)?;
            names.extend(sets.iter().map(|set| format!("{group}/{set}")));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            names,
        })
    }

    /// Path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The shape of a data set.
    pub(super) fn shape(&self, name: &str) -> Result<Option<Vec<usize>>> {
        if !self.names.contains(name) {
            return Ok(None);
        }
        let shape = self.file.dataset(name).and_then(|set| set.shape());
        let shape = shape.map_err(|error| self.wrong(name, &format!("cannot be read as numbers ({error})")))?;
        Ok(Some(shape.into_iter().map(|n| n as usize).collect()))
    }

    /// Integers or reals of any width.
    pub(super) fn numbers(&self, name: &str) -> Result<Option<Numbers>> {
        let Some(shape) = self.shape(name)? else {
            return Ok(None);
        };
        let values = self.file.dataset(name).and_then(|set| set.read_f64());
        let values = values.map_err(|error| self.wrong(name, &format!("cannot be read as numbers ({error})")))?;
        let numbers = Numbers { shape, values };
        match numbers.shape.iter().product::<usize>() == numbers.values.len() {
            true => Ok(Some(numbers)),
            false => Err(self.wrong(name, "ends early")),
        }
    }

    /// Some rows of a data set that must have `shape`.
    pub(super) fn rows_of(&self, name: &str, shape: &[usize], rows: Range<usize>) -> Result<Option<Vec<f64>>> {
        let Some(found) = self.shape(name)? else {
            return Ok(None);
        };
        self.check_shape(name, &found, shape)?;
        let read = |set: hdf5_pure::Dataset| set.read_f64_rows(rows.start as u64, rows.len() as u64);
        let values = self.file.dataset(name).and_then(read);
        let values = values.map_err(|error| self.wrong(name, &format!("cannot be read as numbers ({error})")))?;
        match values.len() == rows.len() * shape.iter().skip(1).product::<usize>() {
            true => Ok(Some(values)),
            false => Err(self.wrong(name, "ends early")),
        }
    }

    /// Words of fixed or of any length; `None`, `_` and no letters at all mean that there is none.
    pub(super) fn words(&self, name: &str) -> Result<Option<Vec<String>>> {
        if !self.names.contains(name) {
            return Ok(None);
        }
        let words = self.file.dataset(name).and_then(|set| set.read_string());
        let words = words.map_err(|error| self.wrong(name, &format!("cannot be read as words ({error})")))?;
        let bare = |word: String| word.trim_matches(['\0', ' ']).to_owned();
        Ok(Some(words.into_iter().map(bare).collect()))
    }

    /// Words, of which there must be `n`.
    pub(super) fn words_of(&self, name: &str, n: usize) -> Result<Option<Vec<String>>> {
        let words = self.words(name)?;
        match words.as_ref().map(Vec::len).filter(|found| *found != n) {
            Some(found) => Err(self.wrong(name, &format!("has {found} entries, and {n} are needed"))),
            None => Ok(words),
        }
    }

    /// Numbers of which there must be `shape`; a last dimension of length 1 may be there or not.
    pub(super) fn numbers_of(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f64>>> {
        let Some(numbers) = self.numbers(name)? else {
            return Ok(None);
        };
        self.check_shape(name, &numbers.shape, shape)?;
        Ok(Some(numbers.values))
    }

    fn check_shape(&self, name: &str, found: &[usize], needed: &[usize]) -> Result<()> {
        fn bare(shape: &[usize]) -> &[usize] {
            match shape {
                [rest @ .., 1] => bare(rest),
                all => all,
            }
        }
        match bare(found) == bare(needed) {
            true => Ok(()),
            false => Err(self.wrong(name, &format!("has the shape {found:?}, and {needed:?} is needed"))),
        }
    }

    /// Finite [`numbers_of`](Self::numbers_of) a table.
    pub(super) fn finite(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f64>>> {
        let values = self.numbers_of(name, shape)?;
        self.check_finite(name, shape, 0, values)
    }

    /// Finite [`rows_of`](Self::rows_of) a table.
    pub(super) fn finite_rows(&self, name: &str, shape: &[usize], rows: Range<usize>) -> Result<Option<Vec<f64>>> {
        let first = rows.start;
        let values = self.rows_of(name, shape, rows)?;
        self.check_finite(name, shape, first, values)
    }

    fn check_finite(
        &self,
        name: &str,
        shape: &[usize],
        first: usize,
        values: Option<Vec<f64>>,
    ) -> Result<Option<Vec<f64>>> {
        let mut all = values.iter().flatten().enumerate();
        let Some((at, value)) = all.find(|(_, value)| !value.is_finite()) else {
            return Ok(values);
        };
        let columns: usize = shape.iter().skip(1).product();
        Err(self.wrong(
            name,
            &format!(
                "is {value} in row {}, column {} (both counted from 0): all values must be finite; leave such events out when the file is written",
                first + at / columns.max(1),
                at % columns.max(1)
            ),
        ))
    }

    /// Unwraps a data set that every file must have.
    pub(super) fn needed<T>(&self, name: &str, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| {
            Error::file(
                &self.path,
                format!("has no `{name}`, which every file of MadMiner has: write it again with MadMiner"),
            )
        })
    }

    /// An array that is there and is wrong.
    pub(super) fn wrong(&self, name: &str, what: &str) -> Error {
        Error::file(
            &self.path,
            format!("is no file of MadMiner that makes sense: `{name}` {what}"),
        )
    }
}

fn damaged(path: &Path, error: &hdf5_pure::Error) -> Error {
    Error::file(
        path,
        format!("is truncated or damaged ({error}): restore it from a copy, or write it again with MadMiner"),
    )
}
