//! Data sets in files: which tables there are, and what they must look like.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};

use super::store::{Attribute, Cell, ReadTables, Table, WriteTables, bytes_of_counts, bytes_of_reals, counts, reals};
use super::{AugmentedData, FORMAT_VERSION, Header, Memories, hdf5};
use crate::error::{Error, Result};

/// The tables of a file; those of gold that it does not have are none.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    x: Table,
    theta0: Table,
    theta1: Option<Table>,
    y: Table,
    joint_log_ratio: Option<Table>,
    joint_score0: Option<Table>,
    /// `memory` and `memory_end`: both or none.
    memories: Option<(Table, Table)>,
    mixture: Option<Table>,
}

/// Which gold a file holds beyond what its design says, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) n_events: u64,
    pub(super) has_theta1: bool,
    pub(super) has_ratio: bool,
    pub(super) has_score: bool,
    /// Numbers remembered by all events.
    pub(super) n_memory: Option<u64>,
}

impl Tables {
    /// The tables of a file that is to be written.
    pub(super) fn of(header: &Header, extent: Extent) -> Self {
        let n = extent.n_events;
        let (m, p) = (Some(header.observables.len()), Some(header.parameters.len()));
        let real = |name, rows, columns| Table {
            name,
            cell: Cell::Real,
            rows,
            columns,
        };
        Self {
            x: real("x", n, m),
            theta0: real("theta0", n, p),
            theta1: extent.has_theta1.then(|| real("theta1", n, p)),
            y: real("y", n, None),
            joint_log_ratio: extent.has_ratio.then(|| real("joint_log_ratio", n, None)),
            joint_score0: extent.has_score.then(|| real("joint_score0", n, p)),
            memories: extent.n_memory.map(|length| {
                let end = Table {
                    cell: Cell::Count,
                    ..real("memory_end", n, None)
                };
                (real("memory", length, None), end)
            }),
            mixture: (!header.mixture.is_empty()).then(|| real("mixture", header.mixture.len() as u64, p)),
        }
    }

    /// All there are, in the order in which they are written.
    fn all(&self) -> Vec<Table> {
        self.mixture.into_iter().chain(self.of_events()).collect()
    }

    /// Those that grow with the number of events.
    pub(super) fn of_events(&self) -> Vec<Table> {
        let mut tables = vec![self.x, self.theta0, self.y];
        tables.extend(
            [self.theta1, self.joint_log_ratio, self.joint_score0]
                .into_iter()
                .flatten(),
        );
        tables.extend(self.memories.iter().flat_map(|(memory, end)| [*memory, *end]));
        tables
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

/// Writes a file under a temporary name and renames it when it is whole, so that no reader sees half a file.
pub(super) fn in_place(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let temporary = temporary(path);
    let written = write(&temporary).and_then(|()| fs::rename(&temporary, path).map_err(|e| Error::io(path, e)));
    if written.is_err() {
        // The reason for the failure is worth reporting, not what becomes of its remains.
        let _ = fs::remove_file(&temporary);
    }
    written
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

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

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

    /// Reads all of a file.
    ///
    /// # Errors
    /// As [`Reader::open`] and [`Reader::rows`].
    pub fn read(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        reader.rows(0..reader.n_events())
    }

    /// Reads some events of a file.
    ///
    /// # Errors
    /// As [`Reader::open`] and [`Reader::rows`].
    pub fn read_rows(path: &Path, events: Range<u64>) -> Result<Self> {
        Reader::open(path)?.rows(events)
    }
}

impl Header {
    /// Reads the header of a file, and nothing else.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Reader::open(path)?.header)
    }
}

/// A data set in a file, of which any events can be read: for data larger than memory.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    store: hdf5::Reader,
    header: Header,
    tables: Tables,
}

impl Reader {
    /// Opens a file and checks its header and the shapes of its tables.
    ///
    /// # Errors
    /// If it is not an HDF5 file, is damaged, was written by a newer version, or lacks a data set or has one of
    /// another shape than its header says.
    pub fn open(path: &Path) -> Result<Self> {
        let store = hdf5::Reader::open(path)?;
        let mut header = read_header(&store, path)?;
        let tables = find_tables(&store, &header, path)?;
        if let Some(mixture) = &tables.mixture {
            let points = reals(&store.rows(mixture, 0..mixture.rows)?);
            header.mixture = points
                .chunks(header.parameters.len().max(1))
                .map(<[f64]>::to_vec)
                .collect();
        }
        Ok(Self {
            path: path.to_owned(),
            store,
            header,
            tables,
        })
    }

    /// Where the data come from.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of events n.
    pub fn n_events(&self) -> u64 {
        self.tables.x.rows
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            n_events: self.n_events(),
            has_theta1: self.tables.theta1.is_some(),
            has_ratio: self.tables.joint_log_ratio.is_some(),
            has_score: self.tables.joint_score0.is_some(),
            n_memory: self.tables.memories.as_ref().map(|(memory, _)| memory.rows),
        }
    }

    /// The bytes of some rows of a table.
    pub(super) fn bytes(&self, table: &Table, rows: Range<u64>) -> Result<Vec<u8>> {
        self.store.rows(table, rows)
    }

    /// Reads events; the header is that of the whole file.
    ///
    /// # Errors
    /// If the range reaches beyond the last event, the file is damaged, or a number is not finite.
    pub fn rows(&self, events: Range<u64>) -> Result<AugmentedData> {
        let n = self.n_events();
        if events.start > events.end || events.end > n {
            return Err(Error::usage(format!(
                "events {} to {} were asked for, but `{}` has {n}: ask for events between 0 and {n}",
                events.start,
                events.end,
                self.path.display()
            )));
        }
        let optional = |table: Option<Table>| table.map(|table| self.array(&table, &events)).transpose();
        let data = AugmentedData {
            header: self.header.clone(),
            x: self.array(&self.tables.x, &events)?,
            theta0: self.array(&self.tables.theta0, &events)?,
            theta1: optional(self.tables.theta1)?,
            y: self.column(&self.tables.y, &events)?,
            joint_log_ratio: self
                .tables
                .joint_log_ratio
                .map(|table| self.column(&table, &events))
                .transpose()?,
            joint_score0: optional(self.tables.joint_score0)?,
            memories: self.memories(&events)?,
        };
        if let Some(label) = data.y.iter().find(|&&y| y != 0.0 && y != 1.0) {
            return Err(self.wrong(format!(
                "has the label y = {label}: labels must be 0 or 1; mine it again"
            )));
        }
        Ok(data)
    }

    fn array(&self, table: &Table, events: &Range<u64>) -> Result<Array2<f64>> {
        let numbers = self.finite(table, events)?;
        let columns = table.columns.unwrap_or(1);
        Array2::from_shape_vec((numbers.len() / columns.max(1), columns), numbers)
            .map_err(|e| self.wrong(format!("has an unreadable `{}` ({e}): mine it again", table.name)))
    }

    fn column(&self, table: &Table, events: &Range<u64>) -> Result<Array1<f64>> {
        self.finite(table, events).map(Array1::from)
    }

    fn finite(&self, table: &Table, events: &Range<u64>) -> Result<Vec<f64>> {
        let numbers = reals(&self.store.rows(table, events.clone())?);
        match numbers.iter().position(|number| !number.is_finite()) {
            None => Ok(numbers),
            Some(at) => {
                let event = events.start + (at / table.columns.unwrap_or(1).max(1)) as u64;
                Err(self.wrong(format!(
                    "has {} in `{}` of event {event}: all numbers must be finite; remove the event or mine again",
                    numbers[at], table.name
                )))
            }
        }
    }

    fn memories(&self, events: &Range<u64>) -> Result<Option<Memories>> {
        let Some((memory, memory_end)) = &self.tables.memories else {
            return Ok(None);
        };
        let start = match events.start {
            0 => 0,
            first => counts(&self.store.rows(memory_end, first - 1..first)?)[0],
        };
        let ends = counts(&self.store.rows(memory_end, events.clone())?);
        let end = ends.last().copied().unwrap_or(start);
        let all_read = events.end < self.n_events() || events.is_empty() || end == memory.rows;
        if start > end
            || end > memory.rows
            || ends.first().is_some_and(|&e| e < start)
            || !ends.is_sorted()
            || !all_read
        {
            return Err(self.wrong(format!(
                "has a `memory_end` that does not rise to {}, the length of `memory`: mine it again",
                memory.rows
            )));
        }
        Ok(Some(Memories {
            memory: reals(&self.store.rows(memory, start..end)?),
            memory_end: ends.into_iter().map(|e| e - start).collect(),
        }))
    }

    fn wrong(&self, what: String) -> Error {
        Error::file(&self.path, what)
    }
}

fn read_header(store: &hdf5::Reader, path: &Path) -> Result<Header> {
    let foreign = |missing: &str| {
        Error::file(
            path,
            format!(
                "is an HDF5 file, but has no attribute `{missing}`: give a data set that was mined by motherlode, or \
                 import it first"
            ),
        )
    };
    let Some(Attribute::Count(version)) = store.attribute("format_version") else {
        return Err(foreign("format_version"));
    };
    if *version > FORMAT_VERSION.into() {
        return Err(Error::file(
            path,
            format!(
                "has format version {version}, but this motherlode ({}) reads up to {FORMAT_VERSION}: update motherlode",
                env!("CARGO_PKG_VERSION")
            ),
        ));
    }
    if store.attribute("complete") != Some(&Attribute::Count(1)) {
        return Err(Error::file(
            path,
            "is not complete: run the command that writes it again, to finish it",
        ));
    }
    let Some(Attribute::Text(json)) = store.attribute("header") else {
        return Err(foreign("header"));
    };
    serde_json::from_str(json).map_err(|e| {
        Error::file(
            path,
            format!("has a header that is not understood ({e}): mine it again"),
        )
    })
}

/// Finds the tables of a file and compares them with what its header says.
fn find_tables(store: &hdf5::Reader, header: &Header, path: &Path) -> Result<Tables> {
    let required = |name| match store.table(name, Cell::Real)? {
        Some(table) => Ok(table),
        None => Err(Error::file(
            path,
            format!("has no data set `{name}`: mine it again, or restore it from a copy"),
        )),
    };
    let x = required("x")?;
    let memory = store.table("memory", Cell::Real)?;
    let memory_end = store.table("memory_end", Cell::Count)?;
    if memory.is_some() != memory_end.is_some() {
        return Err(Error::file(
            path,
            "has only one of `memory` and `memory_end`: mine it again, or restore it from a copy",
        ));
    }
    let found = Tables {
        x,
        theta0: required("theta0")?,
        theta1: store.table("theta1", Cell::Real)?,
        y: required("y")?,
        joint_log_ratio: store.table("joint_log_ratio", Cell::Real)?,
        joint_score0: store.table("joint_score0", Cell::Real)?,
        memories: memory.zip(memory_end),
        mixture: store.table("mixture", Cell::Real)?,
    };
    let mut needed = Tables::of(
        header,
        Extent {
            n_events: x.rows,
            has_theta1: found.theta1.is_some(),
            has_ratio: found.joint_log_ratio.is_some(),
            has_score: found.joint_score0.is_some(),
            n_memory: memory.map(|memory| memory.rows),
        },
    );
    needed.mixture = found.mixture.map(|mixture| Table {
        columns: Some(header.parameters.len()),
        ..mixture
    });
    for (found, needed) in found.all().into_iter().zip(needed.all()) {
        if found != needed {
            return Err(Error::file(
                path,
                format!(
                    "has a data set `{}` of shape {}, but its header and its {} events need {}: mine it again",
                    found.name,
                    shape(&found),
                    x.rows,
                    shape(&needed)
                ),
            ));
        }
    }
    Ok(found)
}

fn shape(table: &Table) -> String {
    match table.columns {
        Some(columns) => format!("[{}, {columns}]", table.rows),
        None => format!("[{}]", table.rows),
    }
}
