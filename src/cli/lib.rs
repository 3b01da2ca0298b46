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
//! | 130, 143 | stopped by SIGINT or SIGTERM | `Interrupted` |
//!
//! Errors, notes and progress go to standard error. With `--json` an error is its last line: an object with the message (`error`), its
//! `kind` (the [name](motherlode_core::ErrorKind::name) of a kind of error) and the `exit_code`.
#![forbid(unsafe_code)]

mod abc;
mod calibrate;
mod check;
mod compare;
mod console;
mod convert;
mod count;
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
mod prior;
mod sample;
mod signals;
mod simulator_source;
mod theta;
mod threads;
mod train;
mod training_options;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::Console;
use motherlode_core::error::{Error, ErrorKind, Result};
use motherlode_core::trace::Instrumented;
use simulator_source::{SimulatorName, SimulatorSource, open_simulator};

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 2 malformed request. 130 and 143: stopped by SIGINT or SIGTERM.

With --json, the last line on standard error of a command that fails is an object with error (the message), kind and exit_code.
Numbers of things may be written as 20000, 20k, 2e4 or 1.5M.";

/// Trains inference networks on what a simulator already knows.
#[derive(Debug, Parser)]
#[command(name = "motherlode", version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// Number of threads [default: the value of the environment variable RAYON_NUM_THREADS, or one for each core].
    #[arg(long, global = true, value_name = "N", value_parser = count::count::<usize>)]
    threads: Option<usize>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the simulators, or describe some in full: parameters, observables and exact truths.
    List(list::Options),
    /// Compare methods in a sample-efficiency study: mine, train each method, and measure its error.
    ///
    /// Errors refer to the exact truth of the simulator or, without one, to held-out events. The results are tables, figures and JSON.
    Compare(compare::Options),
    /// Check the instrumentation of a simulator: noise, branches and shifts that depend on θ, scores, and the identities of its gold.
    ///
    /// Runs are made again with the same choices at other hypotheses, and events are compared with reweighted ones. Faults are printed with
    /// their remedies, and the command fails if there is one.
    Check(check::Options),
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
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let json = arguments.json;
    let how_to_go_on = arguments.command.how_to_go_on();
    signals::watch(move || {
        fail(&Console::new(json), &Error::interrupted("stopped"), how_to_go_on);
    });
    let console = Console::new(json);
    match threads::set(arguments.threads).and_then(|()| run(&registry, arguments.command, &console)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(fail(&console, &error, how_to_go_on)),
    }
}

/// Prints the error that the program ends with, and returns the exit code.
fn fail(console: &Console, error: &Error, how_to_go_on: &str) -> u8 {
    match signals::exit_code().filter(|_| error.kind() == ErrorKind::Interrupted) {
        Some(code) => {
            let name = signals::name();
            console.error(&Error::interrupted(format!("stopped by {name}: {how_to_go_on}")), code);
            code
        }
        None => {
            console.error(error, error.exit_code());
            error.exit_code()
        }
    }
}

/// Prints help, the version or what is wrong with the arguments; the latter as JSON, if one of them is `--json`.
fn refuse(error: &clap::Error) -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).take_while(|argument| argument != "--");
    if error.use_stderr() && arguments.any(|argument| argument == "--json") {
        let text = error.to_string();
        let error = Error::usage(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
        Console::new(true).error(&error, error.exit_code());
        return ExitCode::from(error.exit_code());
    }
    // A closed output leaves no place to report the failure.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

impl Command {
    /// Advice after the command was stopped by a signal.
    fn how_to_go_on(&self) -> &'static str {
        match self {
            Self::Mine(_) => "the same command goes on after the events in OUTPUT.partial, if that is there yet",
            Self::Train(_) => "the same command goes on from OUTPUT.training, if that is there yet",
            Self::Compare(_) => "the same command goes on with the trainings that are missing",
            Self::Infer(_) => "the same command goes on with the toys in its output folder, or starts anew without one",
            _ => "nothing was written; the same command starts anew",
        }
    }
}

fn run(registry: &Registry, command: Command, console: &Console) -> Result<()> {
    match command {
        Command::List(options) => list::run(registry, options, console),
        Command::Compare(options) => compare::run(registry, options, console),
        Command::Check(options) => check::run(registry, options, console),
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
