//! Tables in HDF5, by the pure-Rust implementation; the only file that names it.
//!
//! A table of k columns is a one-dimensional data set whose element is an array of k numbers, because only
//! one-dimensional data sets can be appended to in bounded memory. h5py reads `f["x"][:]` as an array of shape
//! `[n, k]`. Each chunk has a checksum (the filter Fletcher-32 of HDF5), which any reader verifies.

use std::collections::HashMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5_pure::{
    AttrValue, Datatype, File, FileAccessProperties, FileBuilder, MaxExtent, SyncPolicy, is_hdf5, make_f64_type,
    make_u64_type,
};

use super::partial::unreadable;
use super::store::{Attribute, Cell, ReadTables, Table, WriteTables};
use crate::error::{Error, Result};
use crate::file_kind::other_kind;

/// Bytes from the start of a file that hold its superblock.
const SUPERBLOCK: u64 = 64;
/// Bytes of a chunk at the most; a chunk is compressed and read at once.
const CHUNK_BYTES: u64 = 1 << 20;
/// Rows of a chunk at the most, so that a reader of few events decompresses few others. The C library refuses chunks of 2¹⁶ rows and more
/// as this writer encodes them.
const MAX_CHUNK_ROWS: u64 = 1 << 11;

/// Writes a file.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    /// The table being appended to, and its rows that do not fill a chunk yet.
    open: Option<(Table, Vec<u8>)>,
}

impl WriteTables for Writer {
    fn create(path: &Path, tables: &[Table], attributes: &[(&str, Attribute)]) -> Result<Self> {
        let mut builder = builder(attributes);
        for table in tables {
            let data_set = builder
                .create_dataset(table.name)
                .with_dtype(datatype(table)?)
                .with_shape(&[0])
                .with_maxshape(&[MaxExtent::Unlimited])
                .with_chunks(&[chunk_rows(table)]);
            if table.rows > 0 {
                data_set.with_shuffle().with_deflate(1).with_fletcher32();
            }
        }
        builder.write(path).map_err(|e| unwritable(path, e))?;
        // One wait for the disk, at the end: until the file is renamed into place nobody reads it.
        let access = FileAccessProperties::new().with_sync_policy(SyncPolicy::OnClose);
        let file = File::open_rw_with_options(path, access).map_err(|e| unwritable(path, e))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            open: None,
        })
    }

    fn append(&mut self, table: &Table, rows: &[u8]) -> Result<()> {
        let (open, mut buffer) = match self.open.take() {
            Some((open, buffer)) if open.name == table.name => (open, buffer),
            other => {
                self.flush(other)?;
                (*table, Vec::new())
            }
        };
        buffer.extend_from_slice(rows);
        // Whole chunks only, for one that is begun and continued later would be written twice; and one at a time, so
        // that the layout of the file does not depend on the portions in which rows arrive.
        let chunk_bytes = chunk_rows(table) as usize * table.row_bytes();
        let whole = buffer.len() - buffer.len() % chunk_bytes;
        for chunk in buffer[..whole].chunks_exact(chunk_bytes) {
            self.write(&open, chunk)?;
        }
        buffer.drain(..whole);
        self.open = Some((open, buffer));
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        let rest = self.open.take();
        self.flush(rest)?;
        self.file.close().map_err(|e| unwritable(&self.path, e))
    }
}

impl Writer {
    fn flush(&self, open: Option<(Table, Vec<u8>)>) -> Result<()> {
        open.map_or(Ok(()), |(table, rows)| self.write(&table, &rows))
    }

    fn write(&self, table: &Table, rows: &[u8]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.file
            .dataset(table.name)
            .and_then(|mut data_set| data_set.append_raw(rows))
            .map_err(|e| unwritable(&self.path, e))
    }
}

fn builder(attributes: &[(&str, Attribute)]) -> FileBuilder {
    let mut builder = FileBuilder::new();
    for (name, value) in attributes {
        let value = match value {
            Attribute::Text(text) => AttrValue::VarLenString(text.clone()),
            Attribute::Count(count) => AttrValue::U64(*count),
        };
        builder.set_attr(name, value);
    }
    builder
}

/// The bytes of a file with these tables, each given with its rows; other bytes than those of [`Writer`], but the same contents.
pub(super) fn file_bytes(tables: &[(Table, Vec<u8>)], attributes: &[(&str, Attribute)]) -> Result<Vec<u8>> {
    let mut builder = builder(attributes);
    for (table, rows) in tables {
        let data_set = builder
            .create_dataset(table.name)
            .with_raw_data(datatype(table)?, rows.clone(), table.rows);
        if table.rows > 0 {
            data_set
                .with_chunks(&[chunk_rows(table)])
                .with_shuffle()
                .with_deflate(1)
                .with_fletcher32();
        }
    }
    builder
        .finish()
        .map_err(|error| Error::data(format!("this data set cannot be written: {error}")))
}

/// Returns true if a file is an HDF5 file.
pub(super) fn is_hdf5_file(path: &Path) -> Result<bool> {
    is_hdf5(path).map_err(|e| unreadable(path, e))
}

/// Checks that a file is as long as its superblock says.
fn check_length(path: &Path) -> Result<()> {
    let read = || -> std::io::Result<(Vec<u8>, u64)> {
        let file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        let mut start = Vec::new();
        file.take(SUPERBLOCK).read_to_end(&mut start)?;
        Ok((start, length))
    };
    let (start, length) = read().map_err(|error| Error::io(path, error))?;
    check_complete(&start, length, path)
}

/// Checks that `length` bytes are as many as the superblock at their start says: the reader itself would not notice a missing end.
///
/// Superblocks of other layouts (with a user block, or other sizes of offsets) are left to the reader.
fn check_complete(start: &[u8], length: u64, path: &Path) -> Result<()> {
    let at = match (start.get(8), start.get(9), start.get(13)) {
        (Some(0 | 1), _, Some(8)) => 40 + 4 * usize::from(start[8]),
        (Some(2 | 3), Some(8), _) => 28,
        _ => return Ok(()),
    };
    let Some(end) = start.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()) else {
        return Err(Error::file(
            path,
            "is truncated in the first bytes: copy or mine it again",
        ));
    };
    match u64::from_le_bytes(end) {
        end if end > length => Err(Error::file(
            path,
            format!("is truncated: {length} of {end} bytes are there; copy or mine it again"),
        )),
        _ => Ok(()),
    }
}

/// Reads a file or its bytes.
#[derive(Debug)]
pub(super) struct Reader {
    path: PathBuf,
    file: File,
    names: Vec<String>,
    attributes: HashMap<String, Attribute>,
}

impl ReadTables for Reader {
    fn open(path: &Path) -> Result<Self> {
        if !is_hdf5_file(path)? {
            let otherwise = Error::file(path, "is not an HDF5 file: give a data set that was mined or imported");
            return Err(other_kind(path, "a data set that was mined or imported", otherwise));
        }
        check_length(path)?;
        Self::new(File::open_streaming(path).map_err(|e| damaged(path, e))?, path)
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    fn table(&self, name: &'static str, cell: Cell) -> Result<Option<Table>> {
        if !self.names.iter().any(|known| known == name) {
            return Ok(None);
        }
        let data_set = self.file.dataset(name).map_err(|e| damaged(&self.path, e))?;
        let shape = data_set.shape().map_err(|e| damaged(&self.path, e))?;
        let (base, inner) = match data_set.datatype().map_err(|e| damaged(&self.path, e))? {
            Datatype::Array { base_type, dimensions } => (*base_type, dimensions),
            scalar => (scalar, Vec::new()),
        };
        // A true two-dimensional data set holds the same bytes: files rewritten by other tools are welcome.
        let columns = shape.iter().skip(1).copied().chain(inner.into_iter().map(u64::from));
        let mut columns = columns.map(|k| k as usize);
        let table = shape.first().map(|&rows| Table {
            name,
            cell,
            rows,
            columns: columns.next(),
        });
        match table.filter(|_| columns.next().is_none() && base == cell_type(cell)) {
            Some(table) => Ok(Some(table)),
            None => Err(Error::file(
                &self.path,
                format!(
                    "has a data set `{name}` of rank {} that does not hold 64-bit little-endian {}: write it in that \
                     type, in one or two dimensions",
                    shape.len(),
                    match cell {
                        Cell::Real => "floating-point numbers",
                        Cell::Count => "unsigned integers",
                    }
                ),
            )),
        }
    }

    fn rows(&self, table: &Table, rows: Range<u64>) -> Result<Vec<u8>> {
        let count = rows.end - rows.start;
        if count == 0 {
            return Ok(Vec::new());
        }
        let bytes = self
            .file
            .dataset(table.name)
            .and_then(|data_set| data_set.read_raw_rows(rows.start, count))
            .map_err(|e| damaged(&self.path, e))?;
        match bytes.len() as u64 == count * table.row_bytes() as u64 {
            true => Ok(bytes),
            false => Err(damaged(&self.path, format!("`{}` ends early", table.name))),
        }
    }
}

impl Reader {
    /// Opens the bytes of a file; `name` stands for its path in messages.
    pub(super) fn from_bytes(bytes: Vec<u8>, name: &Path) -> Result<Self> {
        check_complete(&bytes, bytes.len() as u64, name)?;
        Self::new(File::from_bytes(bytes).map_err(|e| damaged(name, e))?, name)
    }

    fn new(file: File, path: &Path) -> Result<Self> {
        let names = file.root().datasets().map_err(|e| damaged(path, e))?;
        let attributes = file.root().attrs().map_err(|e| damaged(path, e))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            names,
            attributes: attributes
                .into_iter()
                .filter_map(|(name, value)| Some((name, attribute(&value)?)))
                .collect(),
        })
    }
}

/// Rows of a chunk: a power of two, so that the chunks of all tables begin at the same events, or all of a small table.
fn chunk_rows(table: &Table) -> u64 {
    let rows = (CHUNK_BYTES / table.row_bytes() as u64).clamp(1, MAX_CHUNK_ROWS);
    (1 << rows.ilog2()).min(table.rows).max(1)
}

fn cell_type(cell: Cell) -> Datatype {
    match cell {
        Cell::Real => make_f64_type(),
        Cell::Count => make_u64_type(),
    }
}

fn datatype(table: &Table) -> Result<Datatype> {
    let base = cell_type(table.cell);
    let Some(columns) = table.columns else {
        return Ok(base);
    };
    let columns = u32::try_from(columns).map_err(|_| {
        Error::data(format!(
            "`{}` has {columns} columns, more than a file can hold",
            table.name
        ))
    })?;
    Ok(Datatype::Array {
        base_type: Box::new(base),
        dimensions: vec![columns],
    })
}

fn attribute(value: &AttrValue) -> Option<Attribute> {
    let text = value.as_str().map(|text| Attribute::Text(text.to_owned()));
    text.or_else(|| value.as_u64().map(Attribute::Count))
}

fn unwritable(path: &Path, error: hdf5_pure::Error) -> Error {
    match error {
        hdf5_pure::Error::Io(source) => Error::io(path, source),
        other => Error::file(path, format!("cannot be written: {other}")),
    }
}

fn damaged(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::file(
        path,
        format!("is truncated or damaged ({error}): mine it again, or restore it from a copy"),
    )
}
