//! Events of an unfinished mining, in the directory `OUTPUT.partial`.
//!
//! Each table has a file of raw little-endian rows to which events are appended, `cursor.json` says how many of them are safe on the disk,
//! and `task.json` says what is mined. The cursor is replaced by a rename after the rows have been written, so a process that is killed at
//! any moment loses only rows beyond the cursor, which the next one overwrites.

mod cursor;

use std::fs::{self, File};
use std::io::{Error as IoError, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::store::{Table, WriteTables};
use super::tables::{Extent, Tables};
use super::write::create;
use super::{AugmentedData, Header};
use crate::error::{Error, Result};
use crate::files::{in_place, write_atomically};
use crate::gold::{Miner, SimulatorFault, add_counts};
use cursor::{Cursor, continued};

const TASK: &str = "task.json";
const CURSOR: &str = "cursor.json";
/// Bytes that are copied at a time.
const WINDOW_BYTES: u64 = 1 << 23;

/// The task of a mining command.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// For messages.
    description: String,
    first_event: u64,
    header: Header,
    has_memories: bool,
}

impl Task {
    pub(super) fn new(miner: &Miner<'_>, events: &Range<u64>) -> Self {
        let header = miner.header();
        let memories = match miner.has_memories() {
            true => "",
            false => ", without memories",
        };
        let range = match events.start {
            0 => format!("{} events", events.end),
            first => format!("events {first} to {} (counted from 0)", events.end - 1),
        };
        Self {
            description: format!(
                "{range} of {}, seed {}, {}{memories}, motherlode {}",
                header.simulator_label(),
                header.seed,
                header.design,
                header.crate_version
            ),
            first_event: events.start,
            header,
            has_memories: miner.has_memories(),
        }
    }

    /// Sets what was found about the simulator before mining.
    pub(super) fn with_faults(mut self, faults: Vec<SimulatorFault>) -> Self {
        self.header.faults = faults;
        self
    }

    /// Returns true if both mine the same events from the same first one on, however many.
    fn continues(&self, other: &Self) -> bool {
        let place = |task: &Self| (task.first_event, task.has_memories);
        place(self) == place(other) && self.header.same_source(&other.header)
    }
}

/// Mined events that are not in the output yet: those in the directory and, in memory, those after them.
#[derive(Debug)]
pub(super) struct Partial {
    directory: PathBuf,
    task: Task,
    is_task_written: bool,
    saved: Cursor,
    mined: Cursor,
    /// Rows after `saved` of each table, in the order of [`Tables::event_tables`].
    pending: Vec<Vec<u8>>,
}

impl Partial {
    /// Continues the unfinished mining beside `path`, if there is one.
    ///
    /// # Errors
    /// If it belongs to another task, has more events than are wanted now, or is damaged.
    pub(super) fn resume(path: &Path, task: Task, n_wanted: u64) -> Result<Self> {
        let empty = Self::empty(path, task);
        let Some(saved) = read_json::<Cursor>(&empty.directory.join(CURSOR))? else {
            return Ok(empty);
        };
        if saved.own_checksum != saved.checksum() {
            let path = empty.directory.join(CURSOR);
            return Err(Error::file(
                &path,
                format!("is damaged (its checksum is another): {GIVE_UP}"),
            ));
        }
        let other: Task = read_json(&empty.directory.join(TASK))?.ok_or_else(|| {
            Error::file(
                &empty.directory,
                format!("has a `{CURSOR}`, but no `{TASK}`: {GIVE_UP}"),
            )
        })?;
        if !empty.task.continues(&other) || saved.extent.n_events > n_wanted {
            return Err(Error::file(
                &empty.directory,
                format!(
                    "holds the events of an interrupted command that differs from this one: that one mined {}; this one is to mine {}. Run \
                     that command again to finish it, give its events up with --force, or choose another path",
                    other.description, empty.task.description
                ),
            ));
        }
        let resumed = Self {
            mined: saved.clone(),
            saved,
            ..empty
        };
        resumed.check_rows()?;
        Ok(resumed)
    }

    /// Starts anew, and gives up what is there.
    pub(super) fn restart(path: &Path, task: Task) -> Result<Self> {
        remove(path)?;
        Ok(Self::empty(path, task))
    }

    fn empty(path: &Path, task: Task) -> Self {
        Self {
            directory: directory(path),
            task,
            is_task_written: false,
            saved: Cursor::default(),
            mined: Cursor::default(),
            pending: Vec::new(),
        }
    }

    /// Number of events, saved and in memory.
    pub(super) fn n_events(&self) -> u64 {
        self.mined.extent.n_events
    }

    /// Bytes in memory.
    pub(super) fn pending_bytes(&self) -> usize {
        self.pending.iter().map(Vec::len).sum()
    }

    /// Appends the events that follow, in memory.
    pub(super) fn append(&mut self, data: &AugmentedData) {
        let offset = self.mined.extent.n_memory.unwrap_or(0);
        let new = data.extent();
        let extent = Extent {
            n_events: self.n_events() + new.n_events,
            n_memory: new.n_memory.map(|n| offset + n),
            ..new
        };
        let mut discarded = std::mem::take(&mut self.mined.discarded);
        add_counts(&mut discarded, &data.header.discarded);
        self.mined = Cursor {
            extent,
            n_discarded: self.mined.n_discarded + data.header.n_discarded,
            discarded,
            ..std::mem::take(&mut self.mined)
        };
        let tables = self.tables(&self.mined);
        self.pending.resize(tables.len(), Vec::new());
        for (table, rows) in tables.iter().zip(&mut self.pending) {
            data.append_rows(table, offset, rows);
        }
    }

    /// Writes the events in memory to the directory.
    pub(super) fn save(&mut self) -> Result<()> {
        if self.n_events() == self.saved.extent.n_events {
            return Ok(());
        }
        fs::create_dir_all(&self.directory).map_err(|error| Error::io(&self.directory, error))?;
        if !self.is_task_written {
            write_json(&self.directory.join(TASK), &self.task)?;
            self.is_task_written = true;
        }
        let saved = Cursor {
            extent: Extent {
                n_events: self.saved.extent.n_events,
                n_memory: self
                    .mined
                    .extent
                    .n_memory
                    .and(Some(self.saved.extent.n_memory.unwrap_or(0))),
                ..self.mined.extent
            },
            ..self.saved.clone()
        };
        let tables = self.tables(&saved);
        let paths: Vec<PathBuf> = tables.iter().map(|table| self.file(table)).collect();
        self.mined.checksums.resize(tables.len(), 0);
        let checksums = self.mined.checksums.iter_mut();
        for (((table, path), rows), checksum) in tables.iter().zip(paths).zip(&mut self.pending).zip(checksums) {
            *checksum = continued(*checksum, rows);
            // At a position rather than at the end: rows beyond the cursor, if any, are the same rows.
            write_at(&path, bytes_of(table), rows).map_err(|error| Error::io(&path, error))?;
            rows.clear();
        }
        self.mined.own_checksum = self.mined.checksum();
        write_json(&self.directory.join(CURSOR), &self.mined)?;
        self.saved = self.mined.clone();
        Ok(())
    }

    /// Writes all events to the output, table by table.
    pub(super) fn write(&self, output: &Path) -> Result<()> {
        let header = Header {
            first_event: self.task.first_event,
            n_discarded: self.mined.n_discarded,
            discarded: self.mined.discarded.clone(),
            ..self.task.header.clone()
        };
        let tables = Tables::new(&header, self.mined.extent);
        in_place(output, |temporary| {
            let mut writer = create(temporary, &header, &tables)?;
            for (i, table) in tables.event_tables().iter().enumerate() {
                let pending = self.pending.get(i).map_or(&[][..], Vec::as_slice);
                self.copy(table, bytes_of(table) - pending.len() as u64, &mut writer)?;
                writer.append(table, pending)?;
            }
            writer.finish()
        })
    }

    /// Copies the saved rows of a table.
    fn copy(&self, table: &Table, bytes: u64, writer: &mut impl WriteTables) -> Result<()> {
        self.each_window(table, bytes, |rows| writer.append(table, rows))
    }

    /// Passes on the first bytes of the saved rows of a table, window by window.
    fn each_window(&self, table: &Table, bytes: u64, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let path = self.file(table);
        let failed = |error| Error::io(&path, error);
        let mut file = File::open(&path).map_err(failed)?;
        let row = table.row_bytes() as u64;
        let window = (WINDOW_BYTES / row).max(1) * row;
        let mut rows = Vec::new();
        for start in (0..bytes).step_by(window as usize) {
            rows.resize(window.min(bytes - start) as usize, 0);
            file.read_exact(&mut rows).map_err(failed)?;
            take(&rows)?;
        }
        Ok(())
    }

    /// Checks that the saved rows are those that were written.
    fn check_rows(&self) -> Result<()> {
        let tables = self.tables(&self.saved);
        for (table, written) in tables.iter().zip(&self.saved.checksums) {
            self.check_length(table)?;
            let mut found = 0;
            self.each_window(table, bytes_of(table), |rows| {
                found = continued(found, rows);
                Ok(())
            })?;
            if found != *written {
                return Err(Error::file(
                    &self.file(table),
                    format!("is damaged (its checksum is {found:08x}, and {written:08x} was written): {GIVE_UP}"),
                ));
            }
        }
        Ok(())
    }

    fn check_length(&self, table: &Table) -> Result<()> {
        let path = self.file(table);
        let length = fs::metadata(&path).map_err(|error| Error::io(&path, error))?.len();
        match length < bytes_of(table) {
            true => Err(Error::file(
                &path,
                format!(
                    "has {length} bytes, fewer than the {} that `{CURSOR}` says: {GIVE_UP}",
                    bytes_of(table)
                ),
            )),
            false => Ok(()),
        }
    }

    fn tables(&self, cursor: &Cursor) -> Vec<Table> {
        Tables::new(&self.task.header, cursor.extent).event_tables()
    }

    fn file(&self, table: &Table) -> PathBuf {
        self.directory.join(format!("{}.raw", table.name))
    }
}

const GIVE_UP: &str = "give the unfinished events up with --force, or choose another path";

/// The directory beside an output.
fn directory(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Returns true if there is an unfinished mining beside `path`, or remains of it.
pub(super) fn exists(path: &Path) -> bool {
    directory(path).is_dir()
}

/// Removes the directory beside `path`, if it is there and holds nothing else.
pub(super) fn remove(path: &Path) -> Result<()> {
    let directory = directory(path);
    let failed = |error| Error::io(&directory, error);
    if !directory.is_dir() {
        return Ok(());
    }
    // The cursor first: without it, the rest is nobody's.
    let cursor = directory.join(CURSOR);
    if cursor.exists() {
        fs::remove_file(&cursor).map_err(failed)?;
    }
    for entry in fs::read_dir(&directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| ["json", "raw", "tmp"].iter().any(|own| extension == *own))
        {
            fs::remove_file(&path).map_err(|error| Error::io(&path, error))?;
        }
    }
    fs::remove_dir(&directory).map_err(failed)
}

/// The error of a file that cannot be opened; names the unfinished mining beside it where there is one.
pub(super) fn unreadable(path: &Path, error: IoError) -> Error {
    let directory = directory(path);
    if error.kind() != ErrorKind::NotFound || !directory.is_dir() {
        return Error::io(path, error);
    }
    let task = read_json::<Task>(&directory.join(TASK)).ok().flatten();
    let description = task.map_or(String::new(), |task| format!(" ({})", task.description));
    Error::file(
        path,
        format!(
            "is not there yet: `{}` holds the events of a `mine` that is under way or was interrupted{description}; run the same command \
             again, and it continues where it stopped",
            directory.display()
        ),
    )
}

fn bytes_of(table: &Table) -> u64 {
    table.rows * table.row_bytes() as u64
}

fn write_at(path: &Path, position: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    file.seek(SeekFrom::Start(position))?;
    file.write_all(bytes)?;
    file.sync_data()
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json =
        serde_json::to_string(value).map_err(|error| Error::file(path, format!("cannot be written: {error}")))?;
    write_atomically(path, json.as_bytes())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read_to_string(path) {
        Ok(json) => match serde_json::from_str(&json) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(Error::file(path, format!("is damaged ({error}): {GIVE_UP}"))),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path, error)),
    }
}
