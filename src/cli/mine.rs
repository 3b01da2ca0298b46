//! `motherlode mine`: simulates events with their gold.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::json;

use super::console::{Console, warning_text};
use super::design::DesignOptions;
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use crate::count::count;
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::{Constancy, Header, MineOptions, mine_to_file};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};

/// Number of row reads above which mining takes more than about ten seconds.
const MANY_ROW_READS: u64 = 1_000_000_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Simulator (`motherlode list` shows them), or an event file of MadMiner to draw events from.
    simulator: SimulatorName,
    /// Number of events to simulate.
    #[arg(short, long = "events", value_name = "N", value_parser = count::<u64>)]
    n_events: u64,
    /// HDF5 file to write; an interrupted run resumes where it stopped.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Rows of an event file to draw events from: all, train (the first 60 %), validation (the next 20 %) or test (the last 20 %).
    /// FILE:PORTION is short for FILE --portion PORTION.
    #[arg(long, value_name = "PORTION", default_value_t = Portion::All)]
    portion: Portion,
    /// Seed of the events; the same seed gives the same file on any number of threads and shards.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Mine only shard I of N, counted from 1; `motherlode merge` joins the shards [default: all events].
    #[arg(long, value_name = "I/N")]
    shard: Option<ShardArgument>,
    /// Do not store the latent paths: files are smaller, but labels at other hypotheses cannot be computed later.
    #[arg(long)]
    forget: bool,
    /// Replace the output if it exists, and discard the partial results of another interrupted run.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    design: DesignOptions,
}

#[derive(Debug, Clone, Copy)]
struct ShardArgument(u64, u64);

impl FromStr for ShardArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self(index, count)),
            _ => Err(format!("`{text}` is not of the form I/N with 1 ≤ I ≤ N")),
        }
    }
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    if options.n_events == 0 {
        return Err(Error::usage("--events 0: give at least 1"));
    }
    let simulator_name = options.simulator.with_portion(registry, options.portion)?;
    let source = open_simulator(registry, &simulator_name)?;
    let simulator = &*source;
    let design = options.design.design(simulator, options.seed)?;
    if let Some(advice) = slow_design_note(&source, &design, options.n_events) {
        console.note(&advice);
    }
    let miner = Miner::new(simulator, design, options.seed)?.with_memories(!options.forget);
    let shard = options.shard.map(|ShardArgument(index, count)| (index, count));
    let progress = console.progress("mining");
    let to_file = MineOptions::new().with_force(options.force).with_progress(&progress);
    mine_to_file(&miner, options.n_events, shard, &options.output, to_file)?;
    drop(progress);
    let mut text = format!("mined {} into {}", simulator.label(), options.output.display());
    let n_rows = source.n_rows();
    if let Some(rows) = n_rows.filter(|rows| options.n_events > *rows) {
        text += &format!(
            "\nnote: {} events were drawn with replacement from {rows} rows of the file: they contain no more information than these rows, and \
             are not independent observations",
            options.n_events
        );
    }
    let warnings: Vec<String> = Constancy::of_file(&options.output)?
        .iter()
        .map(ToString::to_string)
        .collect();
    text += &warning_text(&warnings);
    console.print(
        &text,
        json!({
            "file": options.output, "header": Header::read(&options.output)?, "n_rows": n_rows, "warnings": warnings,
        }),
    )
}

/// Advice for slow designs: an event with nuisance parameters of its own reads all rows of the file.
fn slow_design_note(source: &SimulatorSource<'_>, design: &Design, n_events: u64) -> Option<String> {
    let rows = source.n_rows().filter(|_| source.has_slow_hypotheses())?;
    let prior = design.prior().filter(|prior| prior.is_independent())?;
    let parameters = source.parameters();
    let bulk = prior.bulk(parameters.len())?;
    let varies = bulk.free().iter().any(|&k| parameters[k].constraint.is_some());
    (varies && rows.saturating_mul(n_events) > MANY_ROW_READS).then(|| {
        format!(
            "every event has its own nuisance parameters here and reads {rows} rows: --points 1000 draws the hypotheses only once, \
             --nuisance nominal fixes the nuisance parameters"
        )
    })
}
