//! One binary, a module a promise.

mod bad_input;
mod certificates;
mod command_line;
mod counts;
mod densities;
mod designs;
mod ensembles;
mod estimators;
mod event_files;
mod exported;
mod failed_runs;
mod findings;
mod fisher;
mod generators;
mod held;
mod held_out;
mod hostile;
mod imported;
mod infer;
mod inputs;
mod interference;
mod likelihoods;
mod limits;
mod locks;
mod mined;
mod mining;
mod negative_weights;
mod networks;
mod posteriors;
mod recall;
mod report;
mod resuming;
mod sample;
mod score_anywhere;
mod score_density;
mod signals;
mod stored_rows;
mod streaming;
mod study;
mod summaries;
mod words;
mod workspaces;

#[path = "../tolerance.rs"]
mod tolerance;
