//! Locks on outputs: of two processes that write the same file or folder, the second is refused.
//!
//! The lock is one of the operating system on a file beside the output. The system drops it when its owner ends, however that happens, so a
//! lock file that a killed process left behind locks nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::remove_temporaries;

/// Name of the lock file inside an output folder.
const IN_FOLDER: &str = ".lock";

/// The right to write one output, held until this value is dropped.
///
/// Every call that writes an output for longer than an instant holds one. Where the file system has no locks, nothing is locked: two
/// writers then still use temporary files of different names.
///
/// ```
/// use motherlode_core::OutputLock;
///
/// let folder = std::env::temp_dir().join(format!("locked-{}", std::process::id()));
/// let first = OutputLock::folder(&folder).unwrap();
/// assert!(OutputLock::folder(&folder).unwrap_err().to_string().contains("is being written by process"));
/// drop(first);
/// assert!(OutputLock::folder(&folder).is_ok());
/// ```
#[derive(Debug)]
pub struct OutputLock {
    path: PathBuf,
    /// Folder that was created for the lock.
    created: Option<PathBuf>,
    /// Keeps the lock of the operating system until it is closed.
    _file: File,
}

impl OutputLock {
    /// Locks the output file `output`, with `OUTPUT.lock`, and removes temporary files of it that a killed process left behind.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked) if it is being written; or if its folder cannot be written.
    pub fn file(output: &Path) -> Result<Self> {
        let mut name = output.as_os_str().to_owned();
        name.push(".lock");
        let lock = Self::acquire(name.into(), output)?;
        remove_temporaries(output);
        Ok(lock)
    }

    /// As [`file`](Self::file), for a file that is not there yet, unless `force` replaces it.
    ///
    /// # Errors
    /// If the file is there without `force`; as [`file`](Self::file).
    pub fn new_file(output: &Path, force: bool) -> Result<Self> {
        let check = || match output.exists() && !force {
            true => Err(Error::exists(output)),
            false => Ok(()),
        };
        check()?;
        let lock = Self::file(output)?;
        // The owner before may have finished between the two.
        check()?;
        Ok(lock)
    }

    /// Locks the output folder `output`, which is created if it is not there, and removed again if nothing is written in it.
    ///
    /// # Errors
    /// As [`file`](Self::file).
    pub fn folder(output: &Path) -> Result<Self> {
        let created = (!output.exists()).then(|| output.to_owned());
        std::fs::create_dir_all(output).map_err(|error| Error::io(output, error))?;
        let mut lock = Self::acquire(output.join(IN_FOLDER), output)?;
        lock.created = created;
        Ok(lock)
    }

    fn acquire(path: PathBuf, output: &Path) -> Result<Self> {
        let locked = |file| Self {
            path: path.clone(),
            created: None,
            _file: file,
        };
        loop {
            let mut options = OpenOptions::new();
            let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(|error| Error::io(output, error))?;
            match file.try_lock() {
                Ok(()) if !is_at(&file, &path) => {} // the last owner removed it after it was opened here
                Ok(()) => {
                    // The owner is for messages only: a full disk does not matter here.
                    let _ = file.set_len(0).and_then(|()| write!(file, "{}", this_process()));
                    return Ok(locked(file));
                }
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(locked(file));
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path, error)),
                Err(TryLockError::WouldBlock) => return Err(Error::locked(output, &owner(&path))),
            }
        }
    }
}

impl Drop for OutputLock {
    fn drop(&mut self) {
        // While it is still locked. Should it stay, it locks nothing.
        let _ = std::fs::remove_file(&self.path);
        if let Some(folder) = &self.created {
            // Fails if something was written in it, as it should.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Returns true if `path` names the open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |data: std::fs::Metadata| (data.dev(), data.ino());
    let open = file.metadata().map(identity);
    std::fs::metadata(path).map(identity).ok() == open.ok()
}

/// Elsewhere a file that someone holds open keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Text of a lock file about its owner.
fn owner(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match text.trim() {
        "" => "another process".to_owned(),
        text => text.to_owned(),
    }
}

fn this_process() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| {
        ["HOSTNAME", "COMPUTERNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
    });
    let host = host.unwrap_or_else(|| "an unnamed host".to_owned());
    format!("process {} on {}", std::process::id(), host.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_holds_until_it_is_dropped_and_leaves_nothing() {
        let directory = tempfile::TempDir::new().unwrap();
        let output = directory.path().join("a.h5");
        let lock = OutputLock::file(&output).unwrap();
        let refused = OutputLock::file(&output).unwrap_err();
        assert_eq!((refused.kind(), refused.exit_code()), (crate::ErrorKind::Locked, 1));
        let message = refused.to_string();
        let owner = format!("process {} on ", std::process::id());
        assert!(message.contains(&owner) && message.contains("a.h5"), "{message}");
        assert!(OutputLock::file(&directory.path().join("b.h5")).is_ok());
        drop(lock);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        assert!(OutputLock::file(&output).is_ok());
    }

    #[test]
    fn what_a_killed_process_left_locks_nothing_and_is_removed() {
        let directory = tempfile::TempDir::new().unwrap();
        let output = directory.path().join("a.h5");
        std::fs::write(directory.path().join("a.h5.lock"), "process 1 on elsewhere").unwrap();
        std::fs::write(crate::files::temporary(&output), "half a file").unwrap();
        std::fs::write(directory.path().join("a.h5.notes.tmp"), "not ours").unwrap();
        drop(OutputLock::file(&output).unwrap());
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    /// Eight threads take one lock again and again, a thousand times together; no two ever have it.
    #[test]
    fn no_two_hold_one_lock() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

        let directory = tempfile::TempDir::new().unwrap();
        let (held, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while taken.load(SeqCst) < 1_000 {
                        let Ok(_lock) = OutputLock::folder(directory.path()) else {
                            continue;
                        };
                        assert_eq!(held.fetch_add(1, SeqCst), 0);
                        taken.fetch_add(1, SeqCst);
                        std::thread::yield_now();
                        held.fetch_sub(1, SeqCst);
                    }
                });
            }
        });
    }
}
