//! MadMiner's files: events with the weight of each at several parameter points, and the estimators that were trained on them.
//!
//! [`EventFile`] is what a file holds, [`Morphing`] how weights at a few points give weights at all of them,
//! [`Systematics`](SystematicFactors) how nuisance parameters change them. [`WeightedEvents`] are events of which all weights are
//! known everywhere; [`EventSimulator`] draws from them, as a [`Simulator`](motherlode_core::trace::Simulator).
//! [`EventFileWriter`] makes such files, [`merge`] one of several.
//!
//! # Source
//! MadMiner 0.1 to 0.9.6 (Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621).

mod basis;
mod binned;
mod chooser;
mod describe;
mod difference;
mod event_file;
mod events;
mod expansion;
mod finite_differences;
mod gather;
mod marks;
mod merge;
mod morphing;
mod one_event;
mod parameters;
mod proposal;
mod reader;
mod rows;
mod samples;
mod selection;
mod setup;
mod simulator;
mod skeleton;
mod sources;
mod spilled;
mod spool;
mod stride;
mod sums;
mod systematics;
mod tables;
mod writer;

pub use basis::BasisSearch;
pub use binned::BinnedWeights;
pub use event_file::EventFile;
pub use events::WeightedEvents;
pub use finite_differences::{BenchmarkEvents, FiniteDifferences};
pub use merge::{MergeOptions, merge};
pub use morphing::Morphing;
pub use motherlode_core::dataset::Portion;
pub use reader::EventReader;
pub use samples::Samples;
pub use selection::Selection;
pub use setup::{Benchmark, MorphedParameter, NuisanceParameter, Setup};
pub use simulator::EventSimulator;
pub use sources::Systematic;
pub use systematics::SystematicFactors;
pub use tables::is_event_file;
pub use writer::EventFileWriter;
