//! Temporary file with one column of a file that is being written.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use motherlode_core::error::{Error, Result};
use motherlode_core::files::temporary;

/// Numbers of 8 bytes in a temporary file, which is removed when this value is dropped.
#[derive(Debug)]
pub(super) struct ColumnFile {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl ColumnFile {
    /// Creates the file beside the output.
    pub(super) fn create(output: &Path, name: &str) -> Result<Self> {
        let path = temporary(output);
        let file = File::create(&path).map_err(|error| Error::io(&path, error))?;
        Ok(Self {
            name: name.into(),
            path,
            file: BufWriter::new(file),
            bytes: 0,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Path of the temporary file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of bytes.
    pub(super) fn len(&self) -> u64 {
        self.bytes
    }

    /// Appends numbers, as bytes.
    pub(super) fn append(&mut self, numbers: impl Iterator<Item = [u8; 8]>) -> Result<()> {
        for number in numbers {
            self.file
                .write_all(&number)
                .map_err(|error| Error::io(&self.path, error))?;
            self.bytes += 8;
        }
        Ok(())
    }

    /// Opens all that was appended, from the beginning.
    pub(super) fn read(&mut self) -> Result<File> {
        let read = self.file.flush().and_then(|()| File::open(&self.path));
        read.map_err(|error| Error::io(&self.path, error))
    }
}

impl Drop for ColumnFile {
    fn drop(&mut self) {
        // It may be gone already; and there is nothing to be done if it cannot go.
        let _ = fs::remove_file(&self.path);
    }
}
