//! The error type of the public interface.

use std::path::{Path, PathBuf};

/// A failure: what was found, what was needed, what to do.
///
/// ```
/// use motherlode_core::{Error, ErrorKind};
///
/// let error = Error::usage("no events: give at least one");
/// assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Usage, 2));
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Cause);

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Kinds of failure, by their remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is malformed: an unknown name, a value out of range, an output that exists. Ask differently.
    Usage,
    /// A file or an array does not hold the data that are needed. Give other data.
    Data,
    /// A simulator fails: it rejects too many runs, or a density has impossible parameters. Correct the simulator.
    Simulation,
    /// A training fails: the loss diverges, or there is nothing to learn. Train in another way.
    Training,
    /// A computation fails: a fit does not converge, or a matrix is singular. Choose other settings or more data.
    Numerical,
    /// The operating system refuses to read or write.
    Io,
    /// Another process writes the same output. Wait for it, or choose another path.
    Locked,
    /// The user or the caller stopped the work; finished work is kept where the documentation says so.
    Interrupted,
}

impl ErrorKind {
    /// The name of the kind, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Data => "data",
            Self::Simulation => "simulation",
            Self::Training => "training",
            Self::Numerical => "numerical",
            Self::Io => "io",
            Self::Locked => "locked",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Error {
    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Cause::Words(kind, _) => *kind,
            Cause::Exists(_) => ErrorKind::Usage,
            Cause::File { .. } | Cause::MissingGold { .. } => ErrorKind::Data,
            Cause::Io { .. } => ErrorKind::Io,
            Cause::Locked { .. } => ErrorKind::Locked,
        }
    }

    /// Returns true if the request was malformed, so that the remedy is another request.
    pub fn is_usage(&self) -> bool {
        self.kind() == ErrorKind::Usage
    }

    /// The exit code of a program that ends with this error: 2 for a malformed request, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        match self.kind() {
            ErrorKind::Usage => 2,
            _ => 1,
        }
    }

    /// A malformed request.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Usage, message)
    }

    /// Data that do not hold what is needed, where no file is to be named; see [`file`](Self::file).
    pub fn data(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Data, message)
    }

    /// A simulator that fails.
    pub fn simulation(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Simulation, message)
    }

    /// A training that fails.
    pub fn training(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Training, message)
    }

    /// A computation that fails.
    pub fn numerical(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Numerical, message)
    }

    /// Work that was stopped on request.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::words(ErrorKind::Interrupted, message)
    }

    /// An output that exists and is not to be replaced.
    pub fn exists(path: &Path) -> Self {
        Cause::Exists(path.to_owned()).into()
    }

    /// An output that is being written by `owner`.
    pub fn locked(path: &Path, owner: &str) -> Self {
        Cause::Locked {
            path: path.to_owned(),
            owner: owner.into(),
        }
        .into()
    }

    /// A file with the wrong contents; `what` continues the sentence that begins with its name.
    pub fn file(path: &Path, what: impl Into<String>) -> Self {
        Cause::File {
            path: path.to_owned(),
            what: what.into(),
        }
        .into()
    }

    /// A data set without the gold that a method needs.
    pub fn missing_gold(method: &str, needs: &str, remedy: &str) -> Self {
        Cause::MissingGold {
            method: method.into(),
            needs: needs.into(),
            remedy: remedy.into(),
        }
        .into()
    }

    /// A file that the operating system does not let read or write.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Cause::Io {
            path: path.to_owned(),
            source,
        }
        .into()
    }

    /// Puts the place of the failure before its message; the kind stays.
    pub fn within(self, place: &str) -> Self {
        Self::words(self.kind(), format!("{place}: {self}"))
    }

    fn words(kind: ErrorKind, message: impl Into<String>) -> Self {
        Cause::Words(kind, message.into()).into()
    }
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("{1}")]
    Words(ErrorKind, String),
    #[error("`{}` already exists: choose another path, or add --force to replace it", .0.display())]
    Exists(PathBuf),
    #[error("`{}` is being written by {owner}: wait until it has ended, or choose another path", .path.display())]
    Locked { path: PathBuf, owner: String },
    #[error("`{}` {what}", .path.display())]
    File { path: PathBuf, what: String },
    #[error("{method} needs {needs}, which this data set does not have: {remedy}")]
    MissingGold {
        method: String,
        needs: String,
        remedy: String,
    },
    #[error("`{}` {}", .path.display(), reason(.source))]
    Io { path: PathBuf, source: std::io::Error },
}

/// The message of the operating system, reworded for the most common failures.
fn reason(source: &std::io::Error) -> String {
    match source.kind() {
        std::io::ErrorKind::NotFound => "is not there: check the name and the folder".into(),
        std::io::ErrorKind::PermissionDenied => {
            format!("may not be used ({source}): choose another path, or change its permissions")
        }
        _ => format!("cannot be used: {source}"),
    }
}

/// Names for a message: all, or the ends of a long list.
pub fn listed(names: &[String]) -> String {
    const MOST: usize = 60;
    match names {
        [first, second, .., last] if names.len() > MOST => {
            format!("{first}, {second}, … {last} ({} in all)", names.len())
        }
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constructor_has_its_kind() {
        let path = Path::new("events.h5");
        let lost = || std::io::Error::from(std::io::ErrorKind::NotFound);
        for (error, kind, code) in [
            (Error::usage("x"), ErrorKind::Usage, 2),
            (Error::exists(path), ErrorKind::Usage, 2),
            (Error::data("x"), ErrorKind::Data, 1),
            (Error::file(path, "x"), ErrorKind::Data, 1),
            (Error::missing_gold("SALLY", "x", "x"), ErrorKind::Data, 1),
            (Error::simulation("x"), ErrorKind::Simulation, 1),
            (Error::training("x"), ErrorKind::Training, 1),
            (Error::numerical("x"), ErrorKind::Numerical, 1),
            (Error::io(path, lost()), ErrorKind::Io, 1),
            (Error::interrupted("x"), ErrorKind::Interrupted, 1),
            (Error::locked(path, "process 7 on host"), ErrorKind::Locked, 1),
        ] {
            assert_eq!((error.kind(), error.exit_code()), (kind, code), "{error}");
            let message = format!("here: {error}");
            let within = error.within("here");
            assert_eq!((within.kind(), within.to_string()), (kind, message));
        }
    }
}
