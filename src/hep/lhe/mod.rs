//! Les Houches event files: events of generators, and the observables, cuts and smearing that turn them into data.

pub mod analysis;
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
mod weight_summary;

pub use detector::{Detector, Kinds, Resolution, Smearing, Spread};
pub use event::{Event, Particle};
pub use file_summary::FileSummary;
pub use language::Expression;
pub use momentum::Momentum;
pub use objects::{List, Object, Objects, Tags};
pub use reader::EventReader;
pub use run::{DeclaredWeight, Process, Run, WeightGroup};
pub use weight_summary::{Normalisation, WeightSummary};

/// Returns true if a file begins like a Les Houches file, compressed or not.
pub fn is_event_file(path: &std::path::Path) -> bool {
    let first = lines::Lines::open(path).and_then(|mut lines| Ok(lines.next()?.map(<[u8]>::to_vec)));
    matches!(first, Ok(Some(line)) if line.starts_with(b"<LesHouchesEvents"))
}
