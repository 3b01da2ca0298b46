//! `motherlode merge`: joins shards, or event files of MadMiner.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::console::{Console, warning_lines};
use motherlode_core::dataset::{self, Header};
use motherlode_core::error::{Error, Result};
use motherlode_hep::madminer::is_event_file;
use motherlode_hep::madminer::{self, EventReader};

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
        json!({ "file": options.output, "header": Header::read(&options.output)? }),
    )
}

fn events(options: Options, console: &Console) -> Result<()> {
    let shared_benchmark = match options.k_factors.is_empty() {
        true => shared_benchmark(&options.files)?,
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
        + &warning_lines(&shared_benchmark)
            .iter()
            .map(|line| format!("\n{line}"))
            .collect::<String>();
    console.print(
        &text,
        json!({ "file": options.output, "n_events": n, "warning": shared_benchmark }),
    )
}

/// A warning if several files have events of one benchmark, whose cross sections add up.
fn shared_benchmark(files: &[PathBuf]) -> Result<Option<String>> {
    let mut files_at = HashMap::new();
    for file in files {
        for name in EventReader::open(file)?.sampled_at() {
            files_at
                .entry(name)
                .or_insert_with(Vec::new)
                .push(file.display().to_string());
        }
    }
    let mut shared_benchmark: Vec<_> = files_at.into_iter().filter(|(_, files)| files.len() > 1).collect();
    shared_benchmark.sort();
    Ok(shared_benchmark.first().map(|(name, files)| {
        format!(
            "{} were all generated at {name}, so their cross sections add up to {} times that of one file: if they are parts of one sample, \
             give --k-factors that add up to 1",
            files.join(", "),
            files.len()
        )
    }))
}
