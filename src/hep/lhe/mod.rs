//! Les Houches event files: what generators write, and the observables, cuts and smearing that make data of it.

pub mod analysis;
mod detector;
mod event;
mod event_weights;
mod language;
mod lines;
mod momentum;
mod objects;
mod reader;
mod run;
mod weight_summary;

pub use detector::{Detector, Kinds, Resolution, Smearing, Spread};
pub use event::{Event, Particle};
pub use language::Expression;
pub use momentum::Momentum;
pub use objects::{List, Object, Objects, Tags};
pub use reader::EventReader;
pub use run::{DeclaredWeight, Process, Run, WeightGroup};
pub use weight_summary::{Normalisation, WeightSummary};

/// Whether a file begins as a Les Houches file does, compressed or not.
pub fn is_event_file(path: &std::path::Path) -> bool {
    let first = lines::Lines::open(path).and_then(|mut lines| Ok(lines.next()?.map(<[u8]>::to_vec)));
    matches!(first, Ok(Some(line)) if line.starts_with(b"<LesHouchesEvents"))
}
