//! An analysis: samples of events, their observables, and the cuts that select them.
//!
//! A file of TOML says it all; see the page of the book on files of generators.

mod benchmark_plan;
mod config;
mod conversion;
mod conversion_warnings;
mod same_files;
mod sample_file;
mod sample_stream;
mod selection;
mod setup;
mod variations;
mod weights;

pub use benchmark_plan::BenchmarkPlan;
pub use conversion::{Analysis, Conversion, ConvertedSample};
pub use selection::{
    CutFlow, DefinedObservable, ObservableConfig, OptionalObservable, Selection, SelectionBuffers, UsualObservables,
};
