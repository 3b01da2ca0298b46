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
pub fn is_event_file(path: &std::path::Path) -> bool {
    let Ok(mut lines) = lines::Lines::open(path) else {
        return false;
    };
    for _ in 0..MOST_FIRST_LINES {
        match lines.next() {
            Ok(Some(line)) if run::is_ignored(line) => (),
            Ok(Some(line)) => return tags::opens(line, b"LesHouchesEvents"),
            _ => return false,
        }
    }
    false
}
