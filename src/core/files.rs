//! Files appear whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Has `write` make a file beside `path`, which then takes its name: no reader sees half a file.
///
/// # Errors
/// Those of `write`, and files that cannot be renamed.
pub fn in_place(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let temporary = temporary(path);
    let written =
        write(&temporary).and_then(|()| std::fs::rename(&temporary, path).map_err(|error| Error::io(path, error)));
    if written.is_err() {
        // The reason for the failure is worth reporting, not what becomes of its remains.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// Files that cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    in_place(path, |temporary| {
        std::fs::File::create(temporary)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(|error| Error::io(path, error))
    })
}

/// A name beside `path`, always the same: what a killed process left there is overwritten by the next.
pub fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}
