//! The command line: a module for each command, from arguments to one call of the library to rendered results.
//!
//! A crate with its own simulators gets the whole command line from a three-line `main`:
//!
//! ```no_run
//! # struct Coin;
//! # fn registry() -> Vec<Box<dyn motherlode_core::trace::Instrumented>> { vec![] }
//! fn main() -> std::process::ExitCode {
//!     motherlode_cli::main(registry())
//! }
//! ```
//! # Exit codes
//!
//! | code | meaning | [kinds of error](motherlode_core::ErrorKind) |
//! | --- | --- | --- |
//! | 0 | success, with the result on standard output | |
//! | 1 | failure: a file, the data, the simulator, the training or the computation | all kinds except `Usage` |
//! | 2 | malformed request: an unknown name, a value out of range, an output that exists | `Usage` |
//!
//! Errors, notes and progress go to standard error, an error as JSON with `--json`.
#![forbid(unsafe_code)]

mod abc;
mod calibrate;
mod compare;
mod console;
mod convert;
mod design;
mod diagnose;
mod evaluate;
mod event_file;
mod export;
mod fisher;
mod generator_file;
mod import;
mod infer;
mod inspect;
mod limit;
mod list;
mod merge;
mod mine;
mod observed;
mod one_of;
mod sample;
mod simulator_source;
mod theta;
mod train;
mod training_options;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::Console;
use motherlode_core::error::Result;
use motherlode_core::trace::Instrumented;
use simulator_source::{SimulatorName, SimulatorSource, open_simulator};

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 2 malformed request.";

/// Trains inference networks on what a simulator already knows.
#[derive(Debug, Parser)]
#[command(name = "motherlode", version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the simulators, or describe some in full: parameters, observables and exact truths.
    List(list::Options),
    /// Compare methods in a sample-efficiency study: mine, train each method, and measure its error.
    ///
    /// Errors refer to the exact truth of the simulator or, without one, to held-out events. The results are tables, figures and JSON.
    Compare(compare::Options),
    /// Simulate events with joint likelihood ratios and scores, and write them to an HDF5 file.
    Mine(mine::Options),
    /// Join the shards of one mining run, or join and shuffle event files of MadMiner.
    Merge(merge::Options),
    /// Describe a data set with checks of its joint ratios and scores, an event file, or a model and its training.
    Inspect(inspect::Options),
    /// Train an estimator on a data set.
    Train(train::Options),
    /// Import an estimator of MadMiner, a training sample of arrays, or events of a generator.
    ///
    /// An estimator becomes a model file, a training sample a data set, and events of a generator, converted by an analysis, an event
    /// file.
    Import(import::Options),
    /// Export a model as ONNX, a data set as NumPy arrays, or histograms of a model's estimate as a workspace of pyhf.
    Export(Box<export::Options>),
    /// Evaluate an estimator on the events of a data set, and compare it with the exact truth if there is one.
    Evaluate(evaluate::Options),
    /// Infer parameters from observed events: best fit, errors and confidence intervals.
    ///
    /// Results are given for an estimator and, if there is one, for the exact truth of the simulator.
    Infer(infer::Options),
    /// Compute upper limits (CLs) from a workspace of pyhf, or intervals from a histogram of an event file.
    ///
    /// For any workspace of pyhf: observed and expected upper limits on the signal strength. For an event file of MadMiner: intervals and
    /// tests of hypotheses from a histogram and the number of events.
    Limit(Box<limit::Options>),
    /// Sample the posterior of observed events by Markov chains: means, standard deviations, quantiles and convergence.
    ///
    /// Works for any number of parameters. Results are given for an estimator and, if there is one, for the exact truth of the simulator.
    Sample(sample::Options),
    /// Approximate the posterior without an estimator, by approximate Bayesian computation (ABC).
    ///
    /// ABC keeps hypotheses whose simulated data sets are close to the observed one, as a classical baseline.
    Abc(abc::Options),
    /// Compute the Fisher information, and with it the smallest possible errors of the parameters.
    ///
    /// Compares the information in the simulated latent paths, the exact truth, trained models, histograms of observables and the rate.
    Fisher(fisher::Options),
    /// Calibrate the ratios of an estimator with simulated events, evaluate them before and after, and write the calibrated model.
    Calibrate(calibrate::Options),
    /// Check the inference of an estimator: coverage, ranks, convergence and reweighting, with remedies and a report.
    ///
    /// A deviation of more than three standard errors, or with a probability below 0.001, gives a warning. The check fails if the
    /// deviation is also large; the thresholds are printed below the table.
    Diagnose(diagnose::Options),
}

/// The simulators that a program offers.
pub type Registry = Vec<Box<dyn Instrumented>>;

/// Runs the command line with these simulators and returns its [exit code](crate#exit-codes).
pub fn main(registry: Registry) -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::new(arguments.json);
    match run(&registry, arguments.command, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(registry: &Registry, command: Command, console: &Console) -> Result<()> {
    match command {
        Command::List(options) => list::run(registry, options, console),
        Command::Compare(options) => compare::run(registry, options, console),
        Command::Mine(options) => mine::run(registry, options, console),
        Command::Merge(options) => merge::run(options, console),
        Command::Inspect(options) => inspect::run(options, console),
        Command::Train(options) => train::run(registry, options, console),
        Command::Import(options) => import::run(options, console),
        Command::Export(options) => export::run(registry, *options, console),
        Command::Evaluate(options) => evaluate::run(registry, options, console),
        Command::Infer(options) => infer::run(registry, options, console),
        Command::Limit(options) => limit::run(registry, *options, console),
        Command::Sample(options) => sample::run(registry, options, console),
        Command::Abc(options) => abc::run(registry, options, console),
        Command::Fisher(options) => fisher::run(registry, options, console),
        Command::Calibrate(options) => calibrate::run(registry, options, console),
        Command::Diagnose(options) => diagnose::run(registry, options, console),
    }
}
