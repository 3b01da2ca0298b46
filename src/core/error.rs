//! The one error of the public interface.

use std::path::{Path, PathBuf};

/// What can go wrong, in words: what was found, what was needed, what to do.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the request itself was malformed (an unknown name, a value out of range), so that the remedy is to ask
    /// differently.
    pub fn is_usage(&self) -> bool {
        matches!(self.0, Kind::Usage(_) | Kind::Theta(_) | Kind::Exists(_))
    }

    /// A malformed request, in words.
    pub fn usage(message: impl Into<String>) -> Self {
        Kind::Usage(message.into()).into()
    }

    pub fn theta(message: impl Into<String>) -> Self {
        Kind::Theta(message.into()).into()
    }

    pub fn simulation(message: impl Into<String>) -> Self {
        Kind::Simulation(message.into()).into()
    }

    pub fn training(message: impl Into<String>) -> Self {
        Kind::Training(message.into()).into()
    }

    pub fn exists(path: &Path) -> Self {
        Kind::Exists(path.to_owned()).into()
    }

    pub fn file(path: &Path, what: impl Into<String>) -> Self {
        Kind::File {
            path: path.to_owned(),
            what: what.into(),
        }
        .into()
    }

    pub fn missing_gold(method: &str, needs: &str, remedy: &str) -> Self {
        Kind::MissingGold {
            method: method.into(),
            needs: needs.into(),
            remedy: remedy.into(),
        }
        .into()
    }

    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Kind::Io {
            path: path.to_owned(),
            source,
        }
        .into()
    }
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Theta(String),
    #[error("{0}")]
    Simulation(String),
    #[error("{0}")]
    Training(String),
    #[error("`{}` already exists: choose another path, or add --force to replace it", .0.display())]
    Exists(PathBuf),
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

/// What the system says, in words for what happens most.
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
