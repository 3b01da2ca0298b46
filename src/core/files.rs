//! Atomic writing of files: a file appears whole or not at all.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Ending of temporary files.
const TEMPORARY: &str = ".tmp";

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

/// A name for a temporary file beside `path`, which no other process uses: `NAME.0123456789abcdef.tmp`.
pub fn temporary(path: &Path) -> PathBuf {
    // The keys of a hash table are random, and each state has others.
    let random = RandomState::new().build_hasher().finish();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{random:016x}{TEMPORARY}"));
    name.into()
}

/// Removes temporary files of `path` that a killed process left behind. Only the owner of the output may call it.
pub fn remove_temporaries(path: &Path) {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return;
    };
    let is_ours = |other: &str| {
        let random = other.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        let random = random.and_then(|rest| rest.strip_suffix(TEMPORARY));
        random.is_some_and(|random| random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter();
    for entry in entries.flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            // Remains cost room and nothing else.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
