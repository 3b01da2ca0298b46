//! `motherlode compare`, the main job.

use std::path::{Path, PathBuf};

use clap::Args;

use super::console::Console;
use super::training_options::TrainingOptions;
use super::{Registry, SimulatorName, simulator};
use motherlode_core::error::{Error, Result};
use motherlode_nn::Method;
use motherlode_study::report;
use motherlode_study::{Evaluation, StudyPlan, compare};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The simulator; `motherlode list` shows which have an exact truth. Those without are compared on held-out events.
    simulator: SimulatorName,
    /// The methods, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = StudyPlan::default().methods)]
    methods: Vec<Method>,
    /// Numbers of simulated events, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = StudyPlan::default().budgets)]
    budgets: Vec<usize>,
    /// Number of seeds.
    #[arg(long, default_value_t = StudyPlan::default().seeds)]
    seeds: u64,
    /// Learn ratios against a mixture of this many points drawn from the prior; 0 for the θ1 of the simulator alone. Errors
    /// are of the ratio to θ1 either way.
    #[arg(long, value_name = "POINTS", default_value_t = StudyPlan::default().mixture.unwrap_or(0))]
    mixture: usize,
    /// What estimates are measured against: `exact`, or `held-out` for the joint labels of events that no training has seen
    /// [default: exact where the simulator has an exact truth, else held-out].
    #[arg(long, value_name = "YARDSTICK")]
    measure: Option<Evaluation>,
    /// Number of events held out to measure with, where no exact truth is used [default: 80000, fewer of large observations].
    #[arg(long, value_name = "EVENTS")]
    held_out: Option<usize>,
    /// The folder for the results; an interrupted study goes on where it stopped [default: compare-SIMULATOR].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Replace the results in the folder, once the new ones are whole.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: TrainingOptions,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let source = simulator(registry, &options.simulator)?;
    let simulator = &*source;
    let plan = StudyPlan {
        methods: options.methods,
        budgets: options.budgets,
        seeds: options.seeds,
        mixture: (options.mixture > 0).then_some(options.mixture),
        evaluation: options.measure,
        held_out: options.held_out,
        settings: options.settings.settings(0),
    };
    plan.check()?;
    let dir = options.output.unwrap_or_else(|| folder(&simulator.label()));
    let progress = console.progress("training");
    let results = compare(simulator, &plan, &dir, options.force, &progress)?;
    drop(progress);
    report::write(&results, &dir)?;
    let text = format!(
        "{}\n\n{:.0} s; wrote {} and {}",
        report::table(&results),
        results.seconds,
        dir.join("report.html").display(),
        dir.join("results.json").display()
    );
    let json = serde_json::to_value(&results).map_err(|error| Error::usage(error.to_string()))?;
    console.print(&text, json)
}

/// A folder in this one, also for the events of a file in another.
fn folder(simulator: &str) -> PathBuf {
    let file = Path::new(simulator).file_name().unwrap_or_default();
    format!("compare-{}", file.to_string_lossy()).into()
}
