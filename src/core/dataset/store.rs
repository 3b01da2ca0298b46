//! Interface to the file format: tables of 8-byte cells that grow, and attributes.

use std::ops::Range;
use std::path::Path;

use crate::error::Result;

/// Type of the cells of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// 64-bit floating-point numbers.
    Real,
    /// 64-bit unsigned integers.
    Count,
}

/// Shape of a table: `[rows]` if `columns` is none, else `[rows, columns]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) cell: Cell,
    pub(super) rows: u64,
    pub(super) columns: Option<usize>,
}

impl Table {
    /// Bytes of a row.
    pub(super) fn row_bytes(&self) -> usize {
        8 * self.columns.unwrap_or(1)
    }
}

/// An attribute of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attribute {
    Text(String),
    Count(u64),
}

/// Writes a file of tables, in memory that does not grow with them.
///
/// The bytes of the file depend on the tables, their order and their rows only, not on how many rows are appended at a time.
pub(super) trait WriteTables: Sized {
    /// Makes a file of empty tables that will have the sizes given.
    fn create(path: &Path, tables: &[Table], attributes: &[(&str, Attribute)]) -> Result<Self>;

    /// Appends rows, given as little-endian bytes, to a table; a table is completed before the next is begun.
    fn append(&mut self, table: &Table, rows: &[u8]) -> Result<()>;

    /// Writes the remaining rows and waits until all are on the disk.
    fn finish(self) -> Result<()>;
}

/// Reads a file of tables, a range of rows at a time.
pub(super) trait ReadTables: Sized {
    /// Opens a file; its rows are not read yet.
    fn open(path: &Path) -> Result<Self>;

    /// The attribute of this name, if there is one.
    fn attribute(&self, name: &str) -> Option<&Attribute>;

    /// The table of this name, if there is one; an error if its cells are of another kind.
    fn table(&self, name: &'static str, cell: Cell) -> Result<Option<Table>>;

    /// Rows of a table, as little-endian bytes.
    fn rows(&self, table: &Table, rows: Range<u64>) -> Result<Vec<u8>>;
}

/// Appends numbers to the bytes of a table.
pub(super) fn append_reals<'a>(numbers: impl IntoIterator<Item = &'a f64>, bytes: &mut Vec<u8>) {
    append_cells(numbers.into_iter().map(|number| number.to_le_bytes()), bytes);
}

/// Appends counts to the bytes of a table.
pub(super) fn append_counts(counts: impl IntoIterator<Item = u64>, bytes: &mut Vec<u8>) {
    append_cells(counts.into_iter().map(u64::to_le_bytes), bytes);
}

fn append_cells(cells: impl Iterator<Item = [u8; 8]>, bytes: &mut Vec<u8>) {
    bytes.reserve(8 * cells.size_hint().0);
    cells.for_each(|cell| bytes.extend_from_slice(&cell));
}

/// The numbers of a table.
pub(super) fn reals(bytes: &[u8]) -> Vec<f64> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|cell| f64::from_le_bytes(*cell))
        .collect()
}

/// The counts of a table.
pub(super) fn counts(bytes: &[u8]) -> Vec<u64> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|cell| u64::from_le_bytes(*cell))
        .collect()
}
