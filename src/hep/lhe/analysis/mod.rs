//! An analysis: samples of events, what is measured of them, and which of them are kept.
//!
//! A file of TOML says it all; see the page of the book on files of generators.

mod conversion;
mod misread;
mod plan;
mod sample;
mod selection;
mod setup;
mod weights;
mod words;

pub use conversion::{Analysis, Conversion, ConvertedSample};
pub use plan::BenchmarkPlan;
pub use selection::{
    CutFlow, DefinedObservable, ObservableWords, OptionalObservable, Selection, UsualObservables, Workspace,
};
