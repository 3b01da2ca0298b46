//! Writing a data set to a file.

use std::fs;
use std::path::Path;

use super::store::{Attribute, WriteTables, bytes_of_counts, bytes_of_reals};
use super::tables::{Extent, Tables};
use super::{AugmentedData, Header, hdf5};
use crate::error::{Error, Result};
use crate::files::{in_place, temporary};

impl AugmentedData {
    /// Writes all of the data to an HDF5 file, replacing it if it exists.
    ///
    /// Data sets in the file are named as the fields are; the header is a JSON text in the attribute `header`.
    ///
    /// # Errors
    /// If the arrays do not fit each other, or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(problem) = self.inconsistency() {
            return Err(Error::usage(format!("this data set cannot be written: {problem}")));
        }
        let tables = Tables::of(
            &self.header,
            Extent {
                n_events: self.n_events() as u64,
                has_theta1: self.theta1.is_some(),
                has_ratio: self.joint_log_ratio.is_some(),
                has_score: self.joint_score0.is_some(),
                n_memory: self.memories.as_ref().map(|m| m.memory.len() as u64),
            },
        );
        in_place(path, |temporary| {
            let mut writer = create(temporary, &self.header, &tables)?;
            writer.append(&tables.x, &bytes_of_reals(&self.x))?;
            writer.append(&tables.theta0, &bytes_of_reals(&self.theta0))?;
            writer.append(&tables.y, &bytes_of_reals(&self.y))?;
            if let (Some(table), Some(theta1)) = (&tables.theta1, &self.theta1) {
                writer.append(table, &bytes_of_reals(theta1))?;
            }
            if let (Some(table), Some(joint_log_ratio)) = (&tables.joint_log_ratio, &self.joint_log_ratio) {
                writer.append(table, &bytes_of_reals(joint_log_ratio))?;
            }
            if let (Some(table), Some(joint_score0)) = (&tables.joint_score0, &self.joint_score0) {
                writer.append(table, &bytes_of_reals(joint_score0))?;
            }
            if let (Some((memory, memory_end)), Some(memories)) = (&tables.memories, &self.memories) {
                writer.append(memory, &bytes_of_reals(&memories.memory))?;
                writer.append(memory_end, &bytes_of_counts(memories.memory_end.iter().copied()))?;
            }
            writer.finish()
        })
    }
}

/// Makes a file with its header, empty but for the points of the mixture.
pub(super) fn create(path: &Path, header: &Header, tables: &Tables) -> Result<hdf5::Writer> {
    // The points of a mixture can be more than an attribute holds: they are a table of their own.
    let lean = Header {
        mixture: Vec::new(),
        ..header.clone()
    };
    let json = serde_json::to_string(&lean)
        .map_err(|e| Error::usage(format!("the header of the data set cannot be written as JSON: {e}")))?;
    let attributes = [
        ("header", Attribute::Text(json)),
        ("format_version", Attribute::Count(header.format_version.into())),
        ("simulator", Attribute::Text(header.simulator.clone())),
        ("seed", Attribute::Count(header.seed)),
        ("crate_version", Attribute::Text(header.crate_version.clone())),
        ("complete", Attribute::Count(1)),
    ];
    let mut writer = hdf5::Writer::create(path, &tables.all(), &attributes)?;
    if let Some(mixture) = &tables.mixture {
        writer.append(mixture, &bytes_of_reals(header.mixture.iter().flatten()))?;
    }
    Ok(writer)
}

/// Whether [`in_place`] will be able to write.
pub(super) fn check_writable(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::file(path, "is a directory: give the name of a file"));
    }
    let temporary = temporary(path);
    fs::File::create(&temporary)
        .and_then(|_| fs::remove_file(&temporary))
        .map_err(|e| Error::io(path, e))
}
