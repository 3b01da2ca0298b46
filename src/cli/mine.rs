//! `motherlode mine`: simulates events with their gold.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::console::{Console, warning_text};
use super::design::DesignOptions;
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use crate::count::count;
use motherlode_core::dataset::Portion;
use motherlode_core::dataset::{Constancy, DatasetSummary, Fields, Header, MineOptions, Reader, mine_to_file};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{DEFAULT_RETRIES, Design, Failures, Miner};

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
    /// Number of times that a discarded run is simulated again, before the event is given up (up to 65535).
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES, value_parser = count::<u16>)]
    retries: u16,
    /// Seconds that an event may take, with its retries; one that takes longer is an error that says how to run it alone [default: any].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
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
    let miner = Miner::new(simulator, design, options.seed)?
        .with_memories(!options.forget)
        .with_retries(options.retries)
        .with_time_limit(options.time_limit);
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
    let header = Header::read(&options.output)?;
    let discarded = discarded(&options.output, &header)?;
    text += &discarded.as_ref().map_or(String::new(), acceptance_line);
    let mut warnings: Vec<String> = simulator.caveats().iter().map(ToString::to_string).collect();
    warnings.extend(header.faults.iter().map(ToString::to_string));
    warnings.extend(Constancy::of_file(&options.output)?.iter().map(ToString::to_string));
    warnings.extend(discarded.as_ref().and_then(selection_warning));
    text += &warning_text(&warnings);
    console.print(
        &text,
        json!({
            "file": options.output, "header": header, "discarded": discarded, "n_rows": n_rows, "warnings": warnings,
        }),
    )
}

/// Advice for slow designs: an event with nuisance parameters of its own reads all rows of the file.
fn slow_design_note(source: &SimulatorSource<'_>, design: &Design, n_events: u64) -> Option<String> {
    let rows = source.n_rows().filter(|_| source.has_slow_hypotheses())?;
    let prior = design.prior().filter(|prior| prior.has_quantiles())?;
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

/// Events read at a time, so that memory does not grow with the file.
const EVENTS_AT_ONCE: u64 = 4_096;

/// Shares of discarded runs by hypothesis; `None` where no run was discarded.
fn discarded(path: &Path, header: &Header) -> Result<Option<Failures>> {
    if header.n_discarded == 0 {
        return Ok(None);
    }
    let reader = Reader::open(path)?;
    let mut summary = DatasetSummary::default();
    let n = reader.n_events();
    for start in (0..n).step_by(EVENTS_AT_ONCE as usize) {
        let events = start..(start + EVENTS_AT_ONCE).min(n);
        summary.take(&reader.portion(events, Fields::NONE)?);
    }
    Ok(summary.discarded(header))
}

fn acceptance_line(discarded: &Failures) -> String {
    // Shares that do not differ need no list.
    let shares = discarded.significant_bias().map(|_| format!(": {discarded}"));
    format!(
        "\n{} of {} runs were discarded ({:.3} % kept){}",
        discarded.n_failed,
        discarded.n_runs,
        100.0 * (1.0 - discarded.share()),
        shares.unwrap_or_default()
    )
}

/// The warning about labels of all runs on the events of some.
fn selection_warning(discarded: &Failures) -> Option<String> {
    let bias = discarded.significant_bias()?;
    Some(format!(
        "whether a run is discarded depends on θ: {bias}. Labels are those of all runs, so that by this number each event that is kept \
         shifts ln r: return an observation that says `failed` instead of discarding the run (a number outside of the range of an observable), \
         and train with --missing NAME=NUMBER"
    ))
}

/// Parses a time limit.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit.ok_or_else(|| "give a number of seconds above 0, such as 30 or 0.5".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use motherlode_core::dataset::AugmentedData;
    use ndarray::{Array1, Array2};

    /// 1000 events of each hypothesis; 50 % and another share of the runs were discarded.
    fn discarded(n_denominator: u64) -> Failures {
        let n = 2_000;
        let (theta0, theta1) = (vec![1.0], vec![0.0]);
        let mut header = Header::imported(vec!["a".into()], vec!["x".into()], Design::Pair { theta0, theta1 });
        header.n_discarded = 1_000 + n_denominator;
        header.discarded = vec![1_000, n_denominator];
        let data = AugmentedData {
            header,
            x: Array2::zeros((n, 1)),
            theta0: Array2::ones((n, 1)),
            theta1: Some(Array2::zeros((n, 1))),
            y: Array1::from_shape_fn(n, |event| (event % 2) as f64),
            joint_log_ratio: None,
            joint_score0: None,
            weights: None,
            memories: None,
        };
        let mut summary = DatasetSummary::default();
        summary.take(&data);
        summary.discarded(&data.header).unwrap()
    }

    /// ln(0.5/0.75) = −0.405 with the error √(0.5/1000 + 0.25/1000) = 0.027.
    #[test]
    fn discarding_that_depends_on_theta_is_a_warning_with_its_size() {
        let uneven = discarded(333);
        let warning = selection_warning(&uneven).unwrap();
        for words in ["θ0 = 1", "θ1 = 0", "-0.406 ± 0.027", "--missing"] {
            assert!(warning.contains(words), "{warning}");
        }
        let line = acceptance_line(&uneven);
        assert!(
            line.contains("1333 of 3333 runs were discarded (60.006 % kept): 50.000 % for θ0 = 1"),
            "{line}"
        );
        assert_eq!(selection_warning(&discarded(1_010)), None);
    }

    #[test]
    fn time_limits_are_positive() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "nan", "inf", "x", "1e30"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
