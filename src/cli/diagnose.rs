//! `motherlode diagnose`: checks the inference of a model.

use std::path::{Path, PathBuf};

use clap::Args;
use motherlode_core::dataset::{AugmentedData, Portion};
use motherlode_core::error::{Error, Result};
use motherlode_core::{Check, Estimator, Outcome, OutputLock};
use motherlode_nn::Model;
use motherlode_stats::analysis::{Analysis, DiagnosisResult, DiagnosisSettings, Observations};
use motherlode_stats::diagnostics::THRESHOLDS;
use motherlode_study::report;
use serde_json::json as object;

use super::console::{Console, json, table, warning_text};
use super::{Registry, SimulatorName, open_simulator};
use crate::count::count;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file of an estimator of ratios that this program trained.
    model: PathBuf,
    /// Number of data sets to draw for coverage and ranks.
    #[arg(long, value_name = "DATA_SETS", default_value_t = 1_000, value_parser = count::<usize>)]
    pairs: usize,
    /// Number of events in a data set; choose the number that will be observed: errors of single events add up, and are judged by what they do
    /// to so many.
    #[arg(long, value_name = "EVENTS", default_value_t = 10, value_parser = count::<usize>)]
    events: usize,
    /// Number of held-out events for the reweighting check [default: 80000, fewer for large observations].
    #[arg(long, value_name = "EVENTS", value_parser = count::<usize>)]
    held_out: Option<usize>,
    /// Largest number of events in the convergence check of the best fit; 0 skips it [default: 10000 for one parameter, 1000 for more].
    #[arg(long, value_name = "EVENTS", value_parser = count::<usize>)]
    converge: Option<usize>,
    /// Check the posterior of this data set locally (L-C2ST); the drawn data sets have as many events [default: no local check].
    #[arg(long, value_name = "OBSERVED", conflicts_with = "events")]
    local: Option<PathBuf>,
    /// Folder for the report with its figures; an older report is replaced [default: MODEL.diagnosis].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Rows of an event file to draw data sets from: all, train, validation or test [default: rows that the model was not
    /// trained on, if it was trained on a portion].
    #[arg(long, value_name = "PORTION")]
    portion: Option<Portion>,
    /// Seed of the data sets.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let model = Model::read(&options.model)?;
    let Some(provenance) = model.provenance() else {
        return Err(Error::file(
            &options.model,
            "was trained by another program and names no simulator to draw data from: use `motherlode evaluate` with your own events",
        ));
    };
    let data = &provenance.data;
    let simulator_name = match options.portion {
        Some(portion) => {
            let name = data.simulator.clone();
            let all = SimulatorName {
                name,
                portion: Portion::All,
            };
            all.with_portion(registry, portion)?
        }
        None => SimulatorName::to_examine(data),
    };
    let simulator = open_simulator(registry, &simulator_name)?;
    let observed = options
        .local
        .as_deref()
        .map(|path| local_observations(&model, path))
        .transpose()?;
    let folder = options.output.clone().unwrap_or_else(|| report_folder(&options.model));
    let _lock = OutputLock::folder(&folder)?;
    let mut analysis = Analysis::new(&model).with_simulator(&*simulator);
    if let Some(observed) = &observed {
        analysis = analysis.with_observations(observed);
    }
    let result = analysis.diagnose(&options.settings(), &console.progress("checks"))?;
    report::write_diagnosis(&result, &folder)?;
    let text = format!(
        "{} of {}: {}{}\n\n{THRESHOLDS}{}\nwrote {}",
        result.method,
        result.simulator,
        posterior_line(&result),
        check_table(&result.checks),
        warning_text(&result.warnings),
        folder.display()
    );
    let mut json = json(&result)?;
    json["report"] = object!(folder);
    console.print(&text, json)
}

impl Options {
    fn settings(&self) -> DiagnosisSettings {
        DiagnosisSettings {
            pairs: self.pairs,
            events: self.events,
            held_out: self.held_out,
            converge: self.converge,
            seed: self.seed,
        }
    }
}

fn posterior_line(result: &DiagnosisResult) -> String {
    match &result.posteriors {
        Some(checks) => format!(
            "{} data sets of {} events (--events changes the size); mean information gain about θ: {:.2} nats per data set\n\n",
            checks.coverage.pairs(),
            result.events,
            checks.learned
        ),
        None => "posteriors are not checked: they could not be drawn, for the reason that the table gives\n\n".into(),
    }
}

/// Default folder of the report: `alices.model.diagnosis` for `alices.model`.
fn report_folder(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".diagnosis");
    name.into()
}

/// Reads the observations of a data set that the model accepts.
fn local_observations(model: &Model, path: &Path) -> Result<Observations> {
    let data = AugmentedData::read(path)?;
    model.accepts(&data.header)?;
    Observations::from_data_set(data)
}

fn check_table(checks: &[Check]) -> String {
    let number = |value: Option<f64>| {
        let value = value.filter(|value| value.is_finite());
        value.map_or_else(String::new, |value| format!("{value:.4}"))
    };
    let row = |check: &Check| {
        let outcome = match check.outcome {
            Outcome::Pass => "pass",
            Outcome::Warn => "WARN",
            Outcome::Fail => "FAIL",
        };
        vec![
            check.name.clone(),
            number(Some(check.value)),
            number(check.standard_error),
            number(check.expected),
            outcome.into(),
            check.remedy.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
    table(
        &["check", "found", "std. error", "expected", "verdict", "what to do"],
        &rows,
    )
}
