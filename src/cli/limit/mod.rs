//! `motherlode limit`: excluded hypotheses, without any network.

mod events;
mod options;
mod patches;
mod workspace;

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::{Registry, SimulatorName};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::number;
use motherlode_hep::madminer::is_event_file;
use options::EventOptions;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Workspace of pyhf (JSON), or an event file of MadMiner together with --at (expected limits) or --observed.
    #[arg(value_name = "WORKSPACE_OR_EVENTS")]
    file: SimulatorName,
    /// Name of the measurement of a workspace [default: the first].
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    measurement: Option<String>,
    /// Confidence level of the upper limit [default: 0.95], or levels of the intervals from an event file, separated by commas
    /// [default: 0.68,0.95].
    #[arg(long, value_name = "LEVEL", value_delimiter = ',')]
    level: Vec<f64>,
    /// Test these values of the parameter of interest of a workspace, separated by commas [default: none].
    #[arg(
        long,
        value_name = "VALUES",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "data"
    )]
    test: Vec<f64>,
    /// Apply this file to the workspace: a patch set of pyhf, of which FILE:NAME takes one patch, or a JSON patch [default: none].
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    patch: Option<PathBuf>,
    #[command(flatten)]
    events: EventOptions,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let is_events = is_event_file(options.file.path());
    match (is_events, options.events.is_given()) {
        (true, _) if options.patch.is_some() => Err(Error::usage(format!(
            "`{}` is an event file, and --patch is for workspaces of pyhf: omit it",
            options.file
        ))),
        (true, _) => events::run(registry, &options, console),
        (false, false) => workspace::run(&options, console),
        (false, true) => Err(Error::usage(format!(
            "`{}` is not an event file of MadMiner, which --at and --observed need: omit them for a workspace",
            options.file
        ))),
    }
}

/// A number with four digits.
fn short(value: f64) -> String {
    number(value, 4)
}
