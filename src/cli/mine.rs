//! `motherlode mine`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::json;

use super::console::Console;
use super::design::DesignOptions;
use super::{Registry, SimulatorName, SimulatorSource, simulator};
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::{Header, MineOptions, mine_to_file};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::Parameter;

/// So many looks at a row take some ten seconds.
const MANY_ROW_READS: u64 = 1_000_000_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The simulator; `motherlode list` shows them. Or an event file of MadMiner, from which events are drawn.
    simulator: SimulatorName,
    /// Number of events.
    #[arg(short, long = "events", value_name = "N")]
    n_events: u64,
    /// The HDF5 file to write; an interrupted run goes on where it stopped.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Rows of an event file of MadMiner to draw events from: all, train, validation or test (the first 60 %, the next 20 %, the last 20 %).
    /// FILE:PORTION in place of FILE means the same.
    #[arg(long, value_name = "PORTION", default_value_t = Portion::All)]
    portion: Portion,
    /// The seed: same seed, same file, on any number of threads and shards.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Mine only portion I of N, counting from 1; `motherlode merge` joins the portions.
    #[arg(long, value_name = "I/N")]
    shard: Option<ShardArgument>,
    /// Do not keep what events remember of their paths: smaller files, but no labels at other hypotheses later.
    #[arg(long)]
    forget: bool,
    /// Replace the output if it exists, and give up what an interrupted run of another command has left beside it.
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
            Some((portion, count)) if (1..=count).contains(&portion) => Ok(Self(portion, count)),
            _ => Err(format!("`{text}` is not of the form I/N with 1 ≤ I ≤ N")),
        }
    }
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    if options.n_events == 0 {
        return Err(Error::usage("0 events were asked for; ask for at least 1"));
    }
    let named = options.simulator.with_portion(registry, options.portion)?;
    let source = simulator(registry, &named)?;
    let simulator = &*source;
    let design = options.design.design(simulator, options.seed)?;
    if let Some(advice) = slow_design_note(&source, &design, options.n_events) {
        console.note(&advice);
    }
    let miner = Miner::new(simulator, design, options.seed)?.with_memories(!options.forget);
    let shard = options.shard.map(|ShardArgument(portion, count)| (portion, count));
    let progress = console.progress("mining");
    let to_file = MineOptions::new().with_force(options.force).with_progress(&progress);
    mine_to_file(&miner, options.n_events, shard, &options.output, to_file)?;
    drop(progress);
    let mut text = format!("mined {} into {}", simulator.label(), options.output.display());
    let n_rows = source.n_rows();
    if let Some(rows) = n_rows.filter(|rows| options.n_events > *rows) {
        text += &format!(
            "\nnote: {} events were drawn with replacement from {rows} rows of the file: they tell no more than these, and as observations they \
             are not independent",
            options.n_events
        );
    }
    console.print(
        &text,
        json!({ "file": options.output, "header": Header::read(&options.output)?, "n_rows": n_rows }),
    )
}

/// What to do where hypotheses cost much: nuisance parameters of its own cost each event a look at all rows.
fn slow_design_note(source: &SimulatorSource<'_>, design: &Design, n_events: u64) -> Option<String> {
    let rows = source.n_rows().filter(|_| source.has_slow_hypotheses())?;
    let prior = design.prior().filter(|prior| prior.is_independent())?;
    let parameters = source.parameters();
    let ranges = prior.bulk(parameters.len());
    let varies = |(parameter, (low, high)): (&Parameter, &(f64, f64))| parameter.constraint.is_some() && low < high;
    let fresh = parameters.iter().zip(&ranges).any(varies);
    (fresh && rows.saturating_mul(n_events) > MANY_ROW_READS).then(|| {
        format!(
            "every event has nuisance parameters of its own here, and each costs a look at {rows} rows: --points 1000 draws hypotheses once, \
             --nuisance nominal keeps them fixed"
        )
    })
}
