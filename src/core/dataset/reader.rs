//! Reading a data set from a file or from bytes, all of it or some events at a time.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};

use super::store::{Attribute, ReadTables, Table, counts, reals};
use super::tables::{Extent, Tables, find_tables};
use super::write::{HEADER_CHECKSUM, checksum};
use super::{AugmentedData, FORMAT_VERSION, Fields, Header, Memories, hdf5};
use crate::arrays::lheh5;
use crate::error::{Error, Result};
use crate::format::{exact_point, point};
use crate::gold::same_point;

/// Bytes of events that are checked at a time.
const WINDOW_BYTES: u64 = 1 << 25;

/// Reads any events of a data set in a file, which may be larger than memory.
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
        Self::from_store(hdf5::Reader::open(path)?, path)
    }

    fn from_store(store: hdf5::Reader, path: &Path) -> Result<Self> {
        let mut header = read_header(&store, path)?;
        let tables = find_tables(&store, &header, path)?;
        if let Some(mixture) = &tables.mixture {
            let points = reals(&store.rows(mixture, 0..mixture.rows)?);
            if let Some(number) = points.iter().find(|number| !number.is_finite()) {
                let what = format!("has {number} in `mixture`: all numbers must be finite; mine it again");
                return Err(Error::file(path, what));
            }
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

    /// Origin of the data.
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
            has_weights: self.tables.weights.is_some(),
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
        self.portion(events, Fields::ALL)
    }

    /// Reads events with the wanted fields only; the header is that of the whole file.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn portion(&self, events: Range<u64>, fields: Fields) -> Result<AugmentedData> {
        let n = self.n_events();
        if events.start > events.end || events.end > n {
            return Err(Error::usage(format!(
                "events {} to {} were asked for, but `{}` has {n}: ask for events between 0 and {n}",
                events.start,
                events.end,
                self.path.display()
            )));
        }
        let optional = |table: Option<Table>, wanted: bool| {
            let table = table.filter(|_| wanted);
            table.map(|table| self.array(&table, &events)).transpose()
        };
        let data = AugmentedData {
            header: self.header.clone(),
            x: self.observations(&events)?,
            theta0: self.array(&self.tables.theta0, &events)?,
            theta1: optional(self.tables.theta1, fields.theta1)?,
            y: self.column(&self.tables.y, &events)?,
            joint_log_ratio: self
                .tables
                .joint_log_ratio
                .filter(|_| fields.joint_log_ratio)
                .map(|table| self.column(&table, &events))
                .transpose()?,
            joint_score0: optional(self.tables.joint_score0, fields.joint_score0)?,
            weights: optional(self.tables.weights, true)?,
            memories: if fields.memories { self.memories(&events)? } else { None },
        };
        if let Some(label) = data.y.iter().find(|&&y| y != 0.0 && y != 1.0) {
            return Err(self.wrong(format!(
                "has the label y = {label}: labels must be 0 or 1; mine it again"
            )));
        }
        self.check_hypotheses(&data, events.start)?;
        Ok(data)
    }

    /// Reads all events, a window at a time, and forgets them.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub(super) fn check(&self) -> Result<()> {
        let rows = self.n_events();
        let bytes: u64 = self
            .tables
            .event_tables()
            .iter()
            .map(|table| table.rows * table.row_bytes() as u64)
            .sum();
        let window = (WINDOW_BYTES / (bytes / rows.max(1)).max(1)).max(1);
        let mut starts = (0..rows).step_by(window as usize);
        starts.try_for_each(|start| self.rows(start..rows.min(start + window)).map(|_| ()))
    }

    /// Checks that the hypotheses of the events are those of the design.
    fn check_hypotheses(&self, data: &AugmentedData, first: u64) -> Result<()> {
        let design = &self.header.design;
        let wrong = |name: &str, event: usize, theta: &[f64]| {
            let needed = if name == "theta0" {
                design.theta0()
            } else {
                design.theta1()
            };
            // Points that differ only in digits that are not shown as a rule.
            let alike = needed.filter(|needed| point(needed) == point(theta));
            let (found, exactly) = match alike {
                None => (point(theta), String::new()),
                Some(needed) => (exact_point(theta), format!(" ({}, to all digits)", exact_point(needed))),
            };
            self.wrong(format!(
                "has `{name}` = {found} for event {} (counted from 0), and its events are of {design}{exactly}: mine it again, or restore it \
                 from a copy",
                first + event as u64
            ))
        };
        let is_numerator = design.numerator_check(data.n_parameters());
        let mut theta = vec![0.0; data.n_parameters()];
        for (event, row) in data.theta0.outer_iter().enumerate() {
            row.iter().zip(&mut theta).for_each(|(from, to)| *to = *from);
            if !is_numerator(&theta) {
                return Err(wrong("theta0", event, &theta));
            }
        }
        let (Some(needed), Some(theta1)) = (design.theta1(), &data.theta1) else {
            return Ok(());
        };
        for (event, row) in theta1.outer_iter().enumerate() {
            row.iter().zip(&mut theta).for_each(|(from, to)| *to = *from);
            if !same_point(needed, &theta) {
                return Err(wrong("theta1", event, &theta));
            }
        }
        Ok(())
    }

    fn observations(&self, events: &Range<u64>) -> Result<Array2<f64>> {
        self.array_where(&self.tables.x, events, |x| {
            x.is_finite() || self.header.has_missing && x.is_nan()
        })
    }

    fn array(&self, table: &Table, events: &Range<u64>) -> Result<Array2<f64>> {
        self.array_where(table, events, f64::is_finite)
    }

    fn array_where(&self, table: &Table, events: &Range<u64>, is_good: impl Fn(f64) -> bool) -> Result<Array2<f64>> {
        let numbers = self.numbers(table, events, is_good)?;
        let columns = table.columns.unwrap_or(1);
        Array2::from_shape_vec((numbers.len() / columns.max(1), columns), numbers)
            .map_err(|e| self.wrong(format!("has an unreadable `{}` ({e}): mine it again", table.name)))
    }

    fn column(&self, table: &Table, events: &Range<u64>) -> Result<Array1<f64>> {
        self.numbers(table, events, f64::is_finite).map(Array1::from)
    }

    fn numbers(&self, table: &Table, events: &Range<u64>, is_good: impl Fn(f64) -> bool) -> Result<Vec<f64>> {
        let numbers = reals(&self.store.rows(table, events.clone())?);
        match numbers.iter().position(|number| !is_good(*number)) {
            None => Ok(numbers),
            Some(at) => {
                let event = events.start + (at / table.columns.unwrap_or(1).max(1)) as u64;
                Err(self.wrong(format!(
                    "has {} in `{}` of event {event} (counted from 0): all numbers must be finite; mine it again",
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
        let numbers = reals(&self.store.rows(memory, start..end)?);
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            let event = ends.partition_point(|&e| e - start <= at as u64) as u64 + events.start;
            return Err(self.wrong(format!(
                "has {} in the `memory` of event {event} (counted from 0): all numbers must be finite; mine it again",
                numbers[at]
            )));
        }
        Ok(Some(Memories {
            memory: numbers,
            memory_end: ends.into_iter().map(|e| e - start).collect(),
        }))
    }

    fn wrong(&self, what: String) -> Error {
        Error::file(&self.path, what)
    }
}

impl AugmentedData {
    /// Reads all of a file.
    ///
    /// # Errors
    /// As [`Reader::open`] and [`Reader::rows`].
    pub fn read(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        reader.rows(0..reader.n_events())
    }

    /// Reads a data set from the bytes of a file, as [`to_bytes`](Self::to_bytes) and [`write`](Self::write) make them.
    ///
    /// # Errors
    /// As [`Reader::open`] and [`Reader::rows`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        let name = Path::new("data set in memory");
        let reader = Reader::from_store(hdf5::Reader::from_bytes(bytes, name)?, name)?;
        reader.rows(0..reader.n_events())
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

fn read_header(store: &hdf5::Reader, path: &Path) -> Result<Header> {
    let foreign = |missing: &str| {
        if let Some(what) = lheh5(path) {
            return Error::file(path, what);
        }
        Error::file(
            path,
            format!(
                "is an HDF5 file, but has no attribute `{missing}`: give a data set that was mined by motherlode, draw events \
                 from one of MadMiner first (`motherlode mine FILE`), or import arrays of your own from npz (`motherlode import`)"
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
    // Files of older versions have no checksum of their header.
    if let Some(found) = store.attribute(HEADER_CHECKSUM)
        && *found != Attribute::Text(checksum(json))
    {
        let what = format!(
            "is damaged: its header does not fit `{HEADER_CHECKSUM}`; restore it from a copy, or mine it again"
        );
        return Err(Error::file(path, what));
    }
    let header: Header = serde_json::from_str(json).map_err(|e| {
        Error::file(
            path,
            format!("has a header that is not understood ({e}): mine it again"),
        )
    })?;
    if u64::from(header.format_version) != *version {
        let inner = header.format_version;
        let what = format!("is damaged: it says format version {version} in one place and {inner} in another");
        return Err(Error::file(path, what));
    }
    Ok(header)
}
