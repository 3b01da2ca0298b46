//! The command line: words to checked options, options to rooms, results to words.
//!
//! A simulator of one's own gets all of it from a three-line `main`:
//!
//! ```no_run
//! # struct Coin;
//! # fn registry() -> Vec<Box<dyn motherlode::trace::Instrumented>> { vec![] }
//! fn main() -> std::process::ExitCode {
//!     motherlode::cli::main(registry())
//! }
//! ```
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
use simulator_source::{SimulatorName, SimulatorSource, simulator};

/// Trains inference networks on what a simulator already knows.
#[derive(Debug, Parser)]
#[command(name = "motherlode", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the simulators, or say all of some: parameters, observables, and which exact truths exist.
    List(list::Options),
    /// The main job: mine, train every method and the plain classifier, and compare them with the exact answer, or on
    /// held-out events where there is none.
    Compare(compare::Options),
    /// Simulate events with their gold and write them to an HDF5 file.
    Mine(mine::Options),
    /// Join the shards of one mining run into one file, or event files of MadMiner with their events shuffled.
    Merge(merge::Options),
    /// Show what a data set holds and whether its gold obeys the identities that all gold obeys, or how a model was
    /// trained.
    Inspect(inspect::Options),
    /// Train an estimator on a data set.
    Train(train::Options),
    /// Read an estimator that MadMiner has trained, and write it as a model file; or read a training sample of arrays, from
    /// MadMiner or anyone, and write it as a data set; or read events of a generator as an analysis says, and write an event file.
    Import(import::Options),
    /// Write a model as a network that other programs evaluate (ONNX), a data set as arrays of NumPy, or histograms of what a model has
    /// learned as a workspace of pyhf.
    Export(Box<export::Options>),
    /// Evaluate an estimator on the events of a data set, and against the exact answer where there is one.
    Evaluate(evaluate::Options),
    /// Say what observed events tell of the parameters: best fit, errors, confidence intervals, by an estimator and by the exact
    /// answer where there is one.
    Infer(infer::Options),
    /// Say which signal strengths a workspace of pyhf excludes (CLs), by its data and as expected without signal; any workspace will do. Or
    /// say which parameters a histogram of an event file, and the number of its events, would exclude.
    Limit(Box<limit::Options>),
    /// Sample the posterior of observed events by Markov chains, for any number of parameters: means, deviations, quantiles, and whether
    /// the chains have converged; by an estimator and by the exact answer where there is one.
    Sample(sample::Options),
    /// The classical baseline without any estimator: approximate Bayesian computation, which keeps hypotheses whose simulated data sets
    /// resemble the observed one.
    Abc(abc::Options),
    /// Say how well the parameters can be measured at best: the Fisher information of the simulated truth, of the observation, of
    /// trained models, of histograms of observables and of the rate, side by side.
    Fisher(fisher::Options),
    /// Learn from events of the simulator what an estimator's ratios mean, and say how much better they are then; write the calibrated
    /// model.
    Calibrate(calibrate::Options),
    /// Examine whether what an estimator infers is right: coverage, ranks, convergence and reweighting, with a verdict, what to do,
    /// and a report with figures.
    ///
    /// What is seen beyond three standard errors, or has a chance of less than one in a thousand, is a warning. It fails if it also
    /// matters; the thresholds are printed below the table.
    Diagnose(diagnose::Options),
}

/// The simulators that a program offers.
pub type Registry = Vec<Box<dyn Instrumented>>;

/// Runs the command line with these simulators; the exit code is 0 for success, 1 for failure, 2 for a malformed request.
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
