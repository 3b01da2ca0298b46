//! Writing a data set to a file or to bytes.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::store::{Attribute, Table, WriteTables, append_counts, append_reals};
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
        self.check_consistency()?;
        let tables = Tables::new(&self.header, self.extent());
        in_place(path, |temporary| {
            let mut writer = create(temporary, &self.header, &tables)?;
            let mut rows = Vec::new();
            for table in tables.event_tables() {
                rows.clear();
                self.append_rows(&table, 0, &mut rows);
                writer.append(&table, &rows)?;
            }
            writer.finish()
        })
    }

    /// The data as the bytes of an HDF5 file: the contents of a file of [`write`](Self::write), in memory.
    ///
    /// # Errors
    /// If the arrays do not fit each other.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check_consistency()?;
        let tables = Tables::new(&self.header, self.extent());
        let mixture = tables.mixture.map(|table| (table, mixture_rows(&self.header)));
        let events = tables.event_tables().into_iter().map(|table| {
            let mut rows = Vec::new();
            self.append_rows(&table, 0, &mut rows);
            (table, rows)
        });
        let tables: Vec<(Table, Vec<u8>)> = mixture.into_iter().chain(events).collect();
        hdf5::file_bytes(&tables, &attributes(&self.header)?)
    }

    fn check_consistency(&self) -> Result<()> {
        match self.inconsistency() {
            None => Ok(()),
            Some(problem) => Err(Error::data(format!("this data set cannot be written: {problem}"))),
        }
    }

    /// Tables that a file of these data has, and their lengths.
    pub(super) fn extent(&self) -> Extent {
        Extent {
            n_events: self.n_events() as u64,
            has_theta1: self.theta1.is_some(),
            has_ratio: self.joint_log_ratio.is_some(),
            has_score: self.joint_score0.is_some(),
            has_weights: self.weights.is_some(),
            n_memory: self.memories.as_ref().map(|memories| memories.memory.len() as u64),
        }
    }

    /// Bytes of all tables.
    pub(super) fn n_bytes(&self) -> u64 {
        let tables = Tables::new(&self.header, self.extent()).event_tables();
        tables.iter().map(|table| table.rows * table.row_bytes() as u64).sum()
    }

    /// Appends the rows of one table to `rows`, as little-endian bytes; events before these remember `offset` numbers.
    pub(super) fn append_rows(&self, table: &Table, offset: u64, rows: &mut Vec<u8>) {
        let memories = self.memories.as_ref();
        match table.name {
            "x" => append_reals(&self.x, rows),
            "theta0" => append_reals(&self.theta0, rows),
            "y" => append_reals(&self.y, rows),
            "theta1" => append_reals(self.theta1.iter().flatten(), rows),
            "joint_log_ratio" => append_reals(self.joint_log_ratio.iter().flatten(), rows),
            "joint_score0" => append_reals(self.joint_score0.iter().flatten(), rows),
            "weights" => append_reals(self.weights.iter().flatten(), rows),
            "memory" => append_reals(memories.iter().flat_map(|memories| &memories.memory), rows),
            "memory_end" => {
                let ends = memories.iter().flat_map(|memories| &memories.memory_end);
                append_counts(ends.map(|end| end + offset), rows);
            }
            other => unreachable!("there is no table `{other}` of events"),
        }
    }
}

/// Makes a file with its header, empty but for the points of the mixture.
pub(super) fn create(path: &Path, header: &Header, tables: &Tables) -> Result<hdf5::Writer> {
    let mut writer = hdf5::Writer::create(path, &tables.all(), &attributes(header)?)?;
    if let Some(mixture) = &tables.mixture {
        writer.append(mixture, &mixture_rows(header))?;
    }
    Ok(writer)
}

fn attributes(header: &Header) -> Result<[(&'static str, Attribute); 7]> {
    // The points of a mixture can be more than an attribute holds: they are a table of their own.
    let header = Header {
        mixture: Vec::new(),
        ..header.clone()
    };
    let json = serde_json::to_string(&header)
        .map_err(|e| Error::data(format!("the header of the data set cannot be written as JSON: {e}")))?;
    Ok([
        (HEADER_CHECKSUM, Attribute::Text(checksum(&json))),
        ("header", Attribute::Text(json)),
        ("format_version", Attribute::Count(header.format_version.into())),
        ("simulator", Attribute::Text(header.simulator)),
        ("seed", Attribute::Count(header.seed)),
        ("crate_version", Attribute::Text(header.crate_version)),
        ("complete", Attribute::Count(1)),
    ])
}

/// Attribute with the checksum of the attribute `header`, which the checksums of tables do not cover.
pub(super) const HEADER_CHECKSUM: &str = "header_sha256";

/// SHA-256 of a header, in hexadecimal.
pub(super) fn checksum(json: &str) -> String {
    format!("{:x}", Sha256::digest(json.as_bytes()))
}

fn mixture_rows(header: &Header) -> Vec<u8> {
    let mut rows = Vec::new();
    append_reals(header.mixture.iter().flatten(), &mut rows);
    rows
}

/// Fails if [`in_place`] cannot write to `path`.
pub(super) fn check_writable(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::file(path, "is a directory: give the name of a file"));
    }
    let temporary = temporary(path);
    fs::File::create(&temporary)
        .and_then(|_| fs::remove_file(&temporary))
        .map_err(|e| Error::io(path, e))
}
