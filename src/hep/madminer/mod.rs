//! MadMiner's files: events with the weight of each at several parameter points, and the estimators that were trained on them.
//!
//! [`EventFile`] is what a file holds, [`Morphing`] how weights at a few points give weights at all of them, [`MorphingCheck`]
//! whether those at further points agree,
//! [`Systematics`](SystematicFactors) how nuisance parameters change them. [`WeightedEvents`] are events of which all weights are
//! known everywhere; [`EventSimulator`] draws from them, as a [`Simulator`](motherlode_core::trace::Simulator).
//! [`EventFileWriter`] makes such files, [`merge`] one of several.
//!
//! # Source
//! MadMiner 0.1 to 0.9.6 (Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621).

mod basis;
mod binned;
mod bit_set;
mod block;
mod cells;
mod column;
mod column_file;
mod describe;
mod difference;
mod drawn_event;
mod event_choice;
mod event_collector;
mod event_file;
mod event_table;
mod events;
mod expansion;
mod file_summary;
mod finite_differences;
mod generation_counts;
mod merge;
mod misfit_cause;
mod morphing;
mod morphing_check;
mod morphing_checker;
mod parameters;
mod proposal;
mod reader;
mod redundancy;
mod repeated_rows;
mod rows;
mod same_events;
mod sampler;
mod selection;
mod setup;
mod setup_check;
mod simulator;
mod skeleton;
mod spill_file;
mod sums;
mod systematic;
mod systematics;
mod tables;
mod variation_checker;
mod weight_sign;
mod writer;

pub use basis::BasisSearch;
pub use binned::BinnedWeights;
pub use event_file::EventFile;
pub use event_table::EventTable;
pub use events::WeightedEvents;
pub use file_summary::{BenchmarkInformation, EventSums};
pub use finite_differences::{BenchmarkEvents, FiniteDifferences};
pub use merge::{MergeOptions, MergeResult, merge};
pub use misfit_cause::{MisfitCause, Powers};
pub use morphing::Morphing;
pub use morphing_check::{MorphingCheck, PredictedBenchmark};
pub use morphing_checker::MorphingChecker;
pub use motherlode_core::dataset::Portion;
pub use reader::EventReader;
pub use selection::Selection;
pub use setup::{Benchmark, MorphedParameter, NuisanceParameter, Setup};
pub use simulator::EventSimulator;
pub use systematic::Systematic;
pub use systematics::SystematicFactors;
pub use tables::is_event_file;
pub use writer::EventFileWriter;
