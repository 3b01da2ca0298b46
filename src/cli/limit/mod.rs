//! `motherlode limit`: which hypotheses are excluded, without any network.

mod events;
mod options;
mod workspace;

use clap::Args;

use super::say::Say;
use super::{Registry, SimulatorName};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::number;
use motherlode_hep::madminer::is_event_file;
use options::EventOptions;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A workspace, a JSON file as `export --pyhf` or pyhf write it; or an event file of MadMiner, with the limits that follow from
    /// what was --observed, or that one would expect if --at were true.
    #[arg(value_name = "WORKSPACE_OR_EVENTS")]
    file: SimulatorName,
    /// The measurement of a workspace, by name [default: the first].
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    measurement: Option<String>,
    /// The confidence level of the upper limit [default: 0.95]; of an event file, those of the intervals, separated by commas
    /// [default: 0.68,0.95].
    #[arg(long, value_name = "LEVEL", value_delimiter = ',')]
    level: Vec<f64>,
    /// Test these values of the parameter of interest of a workspace, too, separated by commas.
    #[arg(
        long,
        value_name = "VALUES",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "data"
    )]
    test: Vec<f64>,
    #[command(flatten)]
    events: EventOptions,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    let of_events = is_event_file(options.file.path());
    match (of_events, options.events.is_given()) {
        (true, _) => events::run(registry, &options, say),
        (false, false) => workspace::run(&options, say),
        (false, true) => Err(Error::usage(format!(
            "`{}` is no event file of MadMiner, and --at and --observed are about one: leave them out for a workspace",
            options.file
        ))),
    }
}

/// Four digits.
fn short(value: f64) -> String {
    number(value, 4)
}
