//! Les Houches event files: events of generators, and the observables, cuts and smearing that turn them into data.

pub mod analysis;
mod declared_weights;
mod detector;
mod event;
mod event_weights;
mod file_summary;
mod language;
mod lines;
mod momentum;
mod objects;
mod reader;
mod run;
mod run_reader;
mod tags;
mod weight_summary;

use std::path::Path;

use motherlode_core::error::Error;
use motherlode_core::file_kind;

pub use declared_weights::{DeclaredWeight, WeightGroup};
pub use detector::{Detector, Kinds, Resolution, Smearing, Spread};
pub use event::{Event, Particle};
pub use file_summary::FileSummary;
pub use language::Expression;
pub use momentum::Momentum;
pub use objects::{List, Object, Objects, Tags};
pub use reader::EventReader;
pub use run::{Process, Run};
pub use weight_summary::{Normalisation, WeightSummary};

/// Lines that may precede the first tag of a file, of comments and declarations.
const MOST_FIRST_LINES: usize = 100;

/// Returns true if a file begins like a Les Houches file, compressed or not.
pub fn is_event_file(path: &Path) -> bool {
    first_line(path).is_some_and(|line| tags::opens(&line, b"LesHouchesEvents"))
}

/// The error of a file that is of another kind than was `needed`, by its first line if it is compressed by gzip, or `otherwise` if its kind is
/// not known.
pub fn other_kind(path: &Path, needed: &str, otherwise: Error) -> Error {
    match first_line(path).and_then(|line| file_kind::kind_of(&line)) {
        Some(what) => Error::file(path, format!("{what}; here {needed} is needed")),
        None => file_kind::other_kind(path, needed, otherwise),
    }
}

/// The first line that says something, of a file that is compressed by gzip or not.
fn first_line(path: &Path) -> Option<Vec<u8>> {
    let mut lines = lines::Lines::open(path).ok()?;
    for _ in 0..MOST_FIRST_LINES {
        match lines.next() {
            Ok(Some(line)) if run::is_ignored(line) => (),
            Ok(Some(line)) => return Some(line.to_vec()),
            _ => return None,
        }
    }
    None
}
