//! What an interrupted mining leaves beside its output: the directory `OUTPUT.parts`.

use std::fs;
use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::write_atomically;

/// The file that says, for people, what is being mined.
const COMMAND: &str = "command.txt";

pub(super) fn parts_directory(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".parts");
    name.into()
}

/// Makes the directory, if it is not there, and notes what is mined; where there are finished parts, the note is that of their command.
pub(super) fn create_parts(directory: &Path, command: &str) -> Result<()> {
    fs::create_dir_all(directory).map_err(|e| Error::io(directory, e))?;
    match part_files(directory)?.iter().any(|path| is_finished(path)) {
        true => Ok(()),
        false => write_atomically(&directory.join(COMMAND), format!("{command}\n").as_bytes()),
    }
}

/// Whether a part is whole: others were begun, but not finished.
pub(super) fn is_finished(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "h5")
}

/// Parts of another command: what that one was, if it is noted, or else what differs; and what this one is.
pub(super) fn foreign(directory: &Path, difference: &str, this: &str) -> Error {
    let other = noted(directory).unwrap_or_else(|| difference.to_owned());
    Error::file(
        directory,
        format!(
            "holds parts of an interrupted command that differs from this one: that one mined {other}; this one is to mine {this}. Run that \
             command again to finish it, give its parts up with --force, or choose another path"
        ),
    )
}

/// Why a file cannot be read: where it is not there yet, perhaps because mining was interrupted.
pub(super) fn unreadable(path: &Path, error: IoError) -> Error {
    let parts = parts_directory(path);
    if error.kind() != ErrorKind::NotFound || !parts.is_dir() {
        return Error::io(path, error);
    }
    let what = noted(&parts).map_or(String::new(), |what| format!(" ({what})"));
    Error::file(
        path,
        format!(
            "is not there yet: `{}` holds the finished parts of a `mine` that is under way or was interrupted{what}; run the same command again, \
             and it goes on where it stopped",
            parts.display()
        ),
    )
}

fn noted(directory: &Path) -> Option<String> {
    let note = fs::read_to_string(directory.join(COMMAND)).ok()?;
    Some(note.trim().to_owned())
}

pub(super) fn part_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e| Error::io(directory, e);
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with("part-") {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Removes the parts with their note, and nothing else.
pub(super) fn remove_parts(directory: &Path) -> Result<()> {
    let note = directory.join(COMMAND);
    let files = part_files(directory)?.into_iter().chain(note.exists().then_some(note));
    for path in files {
        fs::remove_file(&path).map_err(|e| Error::io(&path, e))?;
    }
    fs::remove_dir(directory).map_err(|e| Error::io(directory, e))
}
