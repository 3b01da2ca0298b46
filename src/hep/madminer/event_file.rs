//! A file of MadMiner in memory: its setup and its events.

use std::path::{Path, PathBuf};

use super::generation_counts::GenerationCounts;
use super::reader::without_events;
use super::tables::Tables;
use super::{EventTable, Setup};
use motherlode_core::error::Result;

/// A file of MadMiner, of any version: a setup, and in event files the events.
///
/// Nothing in it is ever executed: the expressions that define observables are kept as text.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFile {
    /// Path that it was read from.
    pub path: PathBuf,
    /// Parameters, benchmarks, morphing, systematics and observables.
    pub setup: Setup,
    /// Events; `None` in a setup file.
    pub samples: Option<EventTable>,
}

impl EventFile {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or what it says does not fit together: says which data set is at fault, and what is needed.
    pub fn read(path: &Path) -> Result<Self> {
        let tables = Tables::open(path)?;
        let setup = Setup::read(&tables)?;
        let summary = GenerationCounts::read(&tables, &setup)?;
        let all = summary.map(|summary| EventTable::read(&tables, &setup, &summary, 0..summary.n_events));
        Ok(Self {
            path: path.to_owned(),
            samples: all.transpose()?,
            setup,
        })
    }

    /// Events of the file.
    ///
    /// # Errors
    /// If it has none.
    pub fn samples(&self) -> Result<&EventTable> {
        self.samples.as_ref().ok_or_else(|| without_events(&self.path))
    }
}
