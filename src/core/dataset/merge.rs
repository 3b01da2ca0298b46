//! Joining files of consecutive events of one data set.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::store::{Cell, Table, WriteTables, append_counts, counts};
use super::tables::{Extent, Tables};
use super::write::create;
use super::{Header, Reader};
use crate::error::{Error, Result};
use crate::files::in_place;
use crate::gold::add_counts;
use crate::output_lock::OutputLock;

/// Bytes that are copied at a time.
const WINDOW_BYTES: usize = 1 << 23;

/// A file of consecutive events of a data set.
#[derive(Debug)]
struct Shard {
    path: PathBuf,
    first_event: u64,
    n_discarded: u64,
    discarded: Vec<u64>,
    extent: Extent,
}

impl Shard {
    /// Reads the header and the shapes of a file.
    fn open(path: &Path) -> Result<(Self, Header)> {
        let reader = Reader::open(path)?;
        let shard = Self {
            path: path.to_owned(),
            first_event: reader.header().first_event,
            n_discarded: reader.header().n_discarded,
            discarded: reader.header().discarded.clone(),
            extent: reader.extent(),
        };
        Ok((shard, reader.header().clone()))
    }

    /// The number of the event after the last.
    fn end(&self) -> u64 {
        self.first_event + self.extent.n_events
    }
}

/// Joins shards into the data set that one run would have made, bit for bit.
///
/// The shards may come in any order; memory does not grow with them.
///
/// # Errors
/// If `out` exists and `force` is not set, or the shards are of different data sets, overlap or leave a gap, or a table of one is not sound:
/// a number is not finite, a label is none, a hypothesis is not one of the design, or a memory has no end.
pub fn merge(paths: &[PathBuf], out: &Path, force: bool) -> Result<()> {
    let _lock = OutputLock::new_file(out, force)?;
    let mut opened = Vec::with_capacity(paths.len());
    let mut header: Option<Header> = None;
    for path in paths {
        let (shard, its_header) = Shard::open(path)?;
        let header = header.get_or_insert_with(|| its_header.clone());
        if !header.same_source(&its_header) {
            return Err(Error::file(
                path,
                format!(
                    "belongs to another data set than `{}` (simulator, design, seed or version differ): merge only shards of \
                     one command",
                    paths[0].display()
                ),
            ));
        }
        opened.push(shard);
    }
    let Some(header) = header else {
        return Err(Error::usage("there is nothing to merge: give at least one shard"));
    };
    opened.sort_by_key(|shard| shard.first_event);
    join(&header, &opened, out)
}

/// Joins shards, in order, into one file.
fn join(header: &Header, shards: &[Shard], out: &Path) -> Result<()> {
    check_consecutive(shards)?;
    // Before anything is written: a merged file must not be one that no command reads.
    shards.iter().try_for_each(|shard| Reader::open(&shard.path)?.check())?;
    let mut discarded = Vec::new();
    shards
        .iter()
        .for_each(|shard| add_counts(&mut discarded, &shard.discarded));
    let header = Header {
        discarded,
        first_event: shards[0].first_event,
        n_discarded: shards.iter().map(|shard| shard.n_discarded).sum(),
        ..header.clone()
    };
    let n_memory = shards.iter().map(|shard| shard.extent.n_memory).sum();
    let tables = Tables::new(
        &header,
        Extent {
            n_events: shards.iter().map(|shard| shard.extent.n_events).sum(),
            n_memory,
            ..shards[0].extent
        },
    );
    in_place(out, |temporary| {
        let mut writer = create(temporary, &header, &tables)?;
        // Table by table: so the file does not depend on where one shard ends and the next begins.
        for table in tables.event_tables() {
            let mut offset = 0;
            for shard in shards {
                append(&mut writer, &table, shard, offset)?;
                offset += shard.extent.n_memory.unwrap_or(0);
            }
        }
        writer.finish()
    })
}

fn check_consecutive(shards: &[Shard]) -> Result<()> {
    for (before, after) in shards.iter().zip(shards.iter().skip(1)) {
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
        let alike = a.has_theta1 == b.has_theta1
            && a.has_ratio == b.has_ratio
            && a.has_score == b.has_score
            && a.has_weights == b.has_weights;
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

/// Copies a table of a shard; the shards before it remember `offset` numbers.
fn append(writer: &mut impl WriteTables, table: &Table, shard: &Shard, offset: u64) -> Result<()> {
    let reader = Reader::open(&shard.path)?;
    let rows = match table.name {
        "memory" => shard.extent.n_memory.unwrap_or(0),
        _ => shard.extent.n_events,
    };
    for window in windows(rows, (WINDOW_BYTES / table.row_bytes()).max(1) as u64) {
        let mut bytes = reader.bytes(table, window)?;
        if table.cell == Cell::Count {
            let ends = counts(&bytes);
            bytes.clear();
            append_counts(ends.into_iter().map(|end| end + offset), &mut bytes);
        }
        writer.append(table, &bytes)?;
    }
    Ok(())
}

fn windows(rows: u64, step: u64) -> impl Iterator<Item = Range<u64>> {
    (0..rows.div_ceil(step)).map(move |i| i * step..((i + 1) * step).min(rows))
}
