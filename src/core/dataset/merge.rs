//! Joining files that hold consecutive portions of one data set.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::store::{Cell, Table, WriteTables, bytes_of_counts, counts};
use super::tables::{Extent, Tables};
use super::write::create;
use super::{Header, Reader};
use crate::error::{Error, Result};
use crate::files::in_place;

/// Bytes that are carried over at a time.
const WINDOW_BYTES: usize = 1 << 23;

/// A file that holds a portion of a data set.
#[derive(Debug)]
pub(super) struct Portion {
    pub(super) path: PathBuf,
    pub(super) first_event: u64,
    n_discarded: u64,
    pub(super) extent: Extent,
}

impl Portion {
    /// Looks at a file, and leaves its events where they are.
    pub(super) fn survey(path: &Path) -> Result<(Self, Header)> {
        let reader = Reader::open(path)?;
        let portion = Self {
            path: path.to_owned(),
            first_event: reader.header().first_event,
            n_discarded: reader.header().n_discarded,
            extent: reader.extent(),
        };
        Ok((portion, reader.header().clone()))
    }

    /// The number of the event after the last.
    pub(super) fn end(&self) -> u64 {
        self.first_event + self.extent.n_events
    }
}

/// Joins shards into the data set that one run would have made, bit for bit.
///
/// The shards may come in any order; memory does not grow with them.
///
/// # Errors
/// If `out` exists and `force` is not set, or the shards are of different data sets, overlap or leave a gap.
pub fn merge(shards: &[PathBuf], out: &Path, force: bool) -> Result<()> {
    if out.exists() && !force {
        return Err(Error::exists(out));
    }
    let mut portions = Vec::with_capacity(shards.len());
    let mut header: Option<Header> = None;
    for path in shards {
        let (portion, its_header) = Portion::survey(path)?;
        let header = header.get_or_insert_with(|| its_header.clone());
        if !header.same_source(&its_header) {
            return Err(Error::file(
                path,
                format!(
                    "is of another data set than `{}` (simulator, design, seed or version differ): merge only shards of \
                     one command",
                    shards[0].display()
                ),
            ));
        }
        portions.push(portion);
    }
    let Some(header) = header else {
        return Err(Error::usage("there is nothing to merge: give at least one shard"));
    };
    portions.sort_by_key(|portion| portion.first_event);
    join(&header, &portions, out)
}

/// Joins portions, in order, to one file under its final name.
pub(super) fn join(header: &Header, portions: &[Portion], out: &Path) -> Result<()> {
    check_consecutive(portions)?;
    let header = Header {
        first_event: portions[0].first_event,
        n_discarded: portions.iter().map(|portion| portion.n_discarded).sum(),
        ..header.clone()
    };
    let n_memory = portions.iter().map(|portion| portion.extent.n_memory).sum();
    let tables = Tables::of(
        &header,
        Extent {
            n_events: portions.iter().map(|portion| portion.extent.n_events).sum(),
            n_memory,
            ..portions[0].extent
        },
    );
    in_place(out, |temporary| {
        let mut writer = create(temporary, &header, &tables)?;
        // Table by table: so the file does not depend on where one portion ends and the next begins.
        for table in tables.of_events() {
            let mut offset = 0;
            for portion in portions {
                append(&mut writer, &table, portion, offset)?;
                offset += portion.extent.n_memory.unwrap_or(0);
            }
        }
        writer.finish()
    })
}

fn check_consecutive(portions: &[Portion]) -> Result<()> {
    for (before, after) in portions.iter().zip(portions.iter().skip(1)) {
        if before.end() != after.first_event {
            return Err(Error::file(
                &after.path,
                format!(
                    "begins with event {}, but `{}` ends before event {}: shards must follow each other without gap \
                     or overlap; give each of them once",
                    after.first_event,
                    before.path.display(),
                    before.end()
                ),
            ));
        }
        let (a, b) = (before.extent, after.extent);
        let alike = a.has_theta1 == b.has_theta1 && a.has_ratio == b.has_ratio && a.has_score == b.has_score;
        if !alike || a.n_memory.is_some() != b.n_memory.is_some() {
            return Err(Error::file(
                &after.path,
                format!(
                    "does not hold the same gold and memories as `{}`: mine both with the same options",
                    before.path.display()
                ),
            ));
        }
    }
    Ok(())
}

/// Carries a table of a portion over; `offset` numbers are remembered by the portions before it.
fn append(writer: &mut impl WriteTables, table: &Table, portion: &Portion, offset: u64) -> Result<()> {
    let reader = Reader::open(&portion.path)?;
    let rows = match table.name {
        "memory" => portion.extent.n_memory.unwrap_or(0),
        _ => portion.extent.n_events,
    };
    for window in windows(rows, (WINDOW_BYTES / table.row_bytes()).max(1) as u64) {
        let mut bytes = reader.bytes(table, window)?;
        if table.cell == Cell::Count {
            bytes = bytes_of_counts(counts(&bytes).into_iter().map(|end| end + offset));
        }
        writer.append(table, &bytes)?;
    }
    Ok(())
}

fn windows(rows: u64, step: u64) -> impl Iterator<Item = Range<u64>> {
    (0..rows.div_ceil(step)).map(move |i| i * step..((i + 1) * step).min(rows))
}
