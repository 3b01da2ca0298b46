//! Atomic writing of files: a file appears whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Lets `write` make a temporary file beside `path` and renames it, so that no reader sees half a file.
///
/// # Errors
/// As `write`, or if the file cannot be renamed; the temporary file is then removed.
pub fn in_place(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let temporary = temporary(path);
    let written =
        write(&temporary).and_then(|()| std::fs::rename(&temporary, path).map_err(|error| Error::io(path, error)));
    if written.is_err() {
        // The first failure is reported, not a second one of its clean-up.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// If the file cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    in_place(path, |temporary| {
        std::fs::File::create(temporary)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(|error| Error::io(path, error))
    })
}

/// Name of the temporary file beside `path`: always the same, so that the next process overwrites the remains of a killed one.
pub fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}
