//! `motherlode merge`.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::console::Console;
use motherlode_core::dataset::{self, Header};
use motherlode_core::error::{Error, Result};
use motherlode_hep::madminer::is_event_file;
use motherlode_hep::madminer::{self, EventReader};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The shards of one mining run, in any order; or event files of MadMiner that were made with the same setup, whose events are shuffled.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The HDF5 file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Of event files: what the weights of each are multiplied by, one number for each file. The default is 1, as for files that were
    /// generated at different benchmarks. Weights of one benchmark add up: for two runs at the same one, give the share of each.
    #[arg(long, value_name = "K,...", value_delimiter = ',')]
    k_factors: Vec<f64>,
    /// Of event files: the seed of the new order of events. The default is 0.
    #[arg(long)]
    seed: Option<u64>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: Options, console: &Console) -> Result<()> {
    match options.files.iter().find(|path| !is_event_file(path)) {
        None => events(options, console),
        Some(shard) => match options.files.iter().find(|path| is_event_file(path)) {
            None => shards(options, console),
            Some(events) => Err(Error::usage(format!(
                "`{}` is an event file of MadMiner, and `{}` is none: merge files of one kind",
                events.display(),
                shard.display()
            ))),
        },
    }
}

fn shards(options: Options, console: &Console) -> Result<()> {
    if !options.k_factors.is_empty() || options.seed.is_some() {
        return Err(Error::usage(
            "shards are joined as they are: --k-factors and --seed are for event files of MadMiner",
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
        json!({ "file": options.output, "header": Header::read(&options.output)? }),
    )
}

fn events(options: Options, console: &Console) -> Result<()> {
    let doubled = match options.k_factors.is_empty() {
        true => doubled(&options.files)?,
        false => None,
    };
    let progress = console.progress("merging");
    let merge_options = madminer::MergeOptions::new(&progress)
        .with_k_factors(options.k_factors)
        .with_seed(options.seed.unwrap_or(0))
        .with_force(options.force);
    madminer::merge(&options.files, &options.output, merge_options)?;
    drop(progress);
    let n = EventReader::open(&options.output)?.n_events();
    let text = format!(
        "merged {n} events of {} into {}, in random order",
        match options.files.len() {
            1 => "1 file".into(),
            many => format!("{many} files"),
        },
        options.output.display()
    );
    let text = text
        + &doubled
            .iter()
            .map(|warning| format!("\nwarning: {warning}"))
            .collect::<String>();
    console.print(
        &text,
        json!({ "file": options.output, "n_events": n, "warning": doubled }),
    )
}

/// Says so where several files have events of one benchmark, whose cross sections add up.
fn doubled(files: &[PathBuf]) -> Result<Option<String>> {
    let mut at = HashMap::new();
    for file in files {
        for name in EventReader::open(file)?.sampled_at() {
            at.entry(name).or_insert_with(Vec::new).push(file.display().to_string());
        }
    }
    let mut doubled: Vec<_> = at.into_iter().filter(|(_, files)| files.len() > 1).collect();
    doubled.sort();
    Ok(doubled.first().map(|(name, files)| {
        format!(
            "{} were all generated at {name}, and each has all of the cross section, which is now {} times as large: if they are parts of one \
             sample, give --k-factors that add up to 1",
            files.join(", "),
            files.len()
        )
    }))
}
