//! `motherlode merge`: joins shards, or event files of MadMiner.

use std::path::PathBuf;

use clap::Args;
use serde_json::json as object;

use super::console::{Console, check_no_input, counted, json, warning_lines};
use motherlode_core::dataset::{self, Header};
use motherlode_core::error::{Error, Result};
use motherlode_hep::madminer::{self, is_event_file};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Shards of one mining run, in any order, or event files of MadMiner with the same setup, whose events are shuffled.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// HDF5 file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Factors on the weights of event files, one for each file [default: 1, for files generated at different benchmarks]. Weights at one
    /// benchmark add up: for two runs at the same benchmark, give the share of each.
    #[arg(long, value_name = "K,...", value_delimiter = ',')]
    k_factors: Vec<f64>,
    /// Seed of the random order of events in event files [default: 0].
    #[arg(long)]
    seed: Option<u64>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    check_no_input(Some(&options.output), options.files.iter().map(|file| &**file))?;
    match options.files.iter().find(|path| !is_event_file(path)) {
        None => events(options, console),
        Some(shard) => match options.files.iter().find(|path| is_event_file(path)) {
            None => shards(options, console),
            Some(events) => Err(Error::usage(format!(
                "`{}` is an event file of MadMiner, and `{}` is not: merge files of one kind",
                events.display(),
                shard.display()
            ))),
        },
    }
}

fn shards(options: Options, console: &Console) -> Result<()> {
    if !options.k_factors.is_empty() || options.seed.is_some() {
        return Err(Error::usage(
            "--k-factors and --seed are for event files of MadMiner: omit them for shards",
        ));
    }
    dataset::merge(&options.files, &options.output, options.force)?;
    let text = format!(
        "merged {} shards into {}",
        options.files.len(),
        options.output.display()
    );
    console.print(
        &text,
        object!({ "file": options.output, "header": Header::read(&options.output)? }),
    )
}

fn events(options: Options, console: &Console) -> Result<()> {
    let progress = console.progress("merging");
    let merge_options = madminer::MergeOptions::new(&progress)
        .with_k_factors(options.k_factors)
        .with_seed(options.seed.unwrap_or(0))
        .with_force(options.force);
    let result = madminer::merge(&options.files, &options.output, merge_options)?;
    drop(progress);
    let merged = format!(
        "merged {} events of {} into {}, in random order",
        result.n_events,
        counted(options.files.len(), "file"),
        options.output.display()
    );
    let lines = [vec![merged], warning_lines(&result.warning)].concat();
    let mut json = json(&result)?;
    json["file"] = object!(options.output);
    console.print(&lines.join("\n"), json)
}
