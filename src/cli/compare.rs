//! `motherlode compare`: the sample efficiency of methods.

use std::path::{Path, PathBuf};

use clap::Args;

use super::console::{Console, json};
use super::training_options::TrainingOptions;
use super::{Registry, SimulatorName, open_simulator};
use crate::count::count;
use motherlode_core::error::Result;
use motherlode_nn::Method;
use motherlode_study::report;
use motherlode_study::{Evaluation, StudyPlan, StudySimulators, compare_and_report};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Simulator (`motherlode list` shows them), or an event file, whose first 60 % of rows are trained on and whose last 20 % are evaluated on. Methods
    /// are compared with the exact truth or, without one, on held-out events.
    simulator: SimulatorName,
    /// Methods to compare, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = StudyPlan::default().methods)]
    methods: Vec<Method>,
    /// Numbers of training events, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = StudyPlan::default().budgets, value_parser = count::<usize>)]
    budgets: Vec<usize>,
    /// Number of seeds, each with its own training.
    #[arg(long, default_value_t = StudyPlan::default().seeds, value_parser = count::<u64>)]
    seeds: u64,
    /// Number of prior points whose mixture is the denominator in training; 0 trains against the simulator's θ1 alone. Errors refer to the
    /// ratio to θ1 in both cases.
    #[arg(long, value_name = "POINTS", default_value_t = StudyPlan::default().mixture.unwrap_or(0), value_parser = count::<usize>)]
    mixture: usize,
    /// Reference for the errors: `exact` for the exact truth, or `held-out` for the joint labels of events outside of training [default:
    /// exact if the simulator has an exact truth, otherwise held-out].
    #[arg(long, value_name = "REFERENCE")]
    measure: Option<Evaluation>,
    /// Number of held-out events, where no exact truth is used [default: 80000, fewer for large observations].
    #[arg(long, value_name = "EVENTS", value_parser = count::<usize>)]
    held_out: Option<usize>,
    /// Folder for the results; an interrupted study resumes where it stopped [default: compare-SIMULATOR].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Replace the results in the folder when the new study is complete.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: TrainingOptions,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let dir = options.output.unwrap_or_else(|| folder(&options.simulator.to_string()));
    let [trained_on, evaluated_on] = options.simulator.to_train_and_examine(registry);
    let trained_on = open_simulator(registry, &trained_on)?;
    let evaluated_on = open_simulator(registry, &evaluated_on)?;
    let simulators = StudySimulators {
        trained_on: &*trained_on,
        evaluated_on: &*evaluated_on,
    };
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
    let progress = console.progress("training");
    let results = compare_and_report(simulators, &plan, &dir, options.force, &progress)?;
    drop(progress);
    let drawn = results.settings.get("held-out events");
    let drawn = drawn.filter(|_| !simulators.rows_in_words().is_empty());
    let note = drawn.map_or_else(String::new, |words| format!("\nnote: held-out events: {words}\n"));
    let text = format!(
        "{}\n{note}\n{:.0} s; wrote {} and {}",
        report::table(&results),
        results.seconds,
        dir.join("report.html").display(),
        dir.join("results.json").display()
    );
    console.print(&text, json(&results)?)
}

/// Default folder of the results, in the working directory even if an event file is in another.
fn folder(simulator: &str) -> PathBuf {
    let file = Path::new(simulator).file_name().unwrap_or_default();
    format!("compare-{}", file.to_string_lossy()).into()
}
