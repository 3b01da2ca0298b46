//! `motherlode diagnose`.

use std::path::{Path, PathBuf};

use clap::Args;
use motherlode_core::dataset::{AugmentedData, Portion};
use motherlode_core::error::{Error, Result};
use motherlode_core::{Check, Estimator, Outcome};
use motherlode_nn::ModelFile;
use motherlode_stats::analysis::{Analysis, DiagnosisResult, DiagnosisSettings, Observations};
use motherlode_stats::diagnostics::THRESHOLDS;
use motherlode_study::report::{self, DiagnosisReport};
use serde_json::json as object;

use super::console::{Console, json, table};
use super::{Registry, SimulatorName, simulator};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios, trained here.
    model: PathBuf,
    /// Data sets that are drawn for coverage and ranks.
    #[arg(long, value_name = "DATA_SETS", default_value_t = 1_000)]
    pairs: usize,
    /// Events in a data set, as many as will be observed: what an estimate gets wrong shows the more, the more there are.
    #[arg(long, value_name = "EVENTS", default_value_t = 10)]
    events: usize,
    /// Events held out to reweight [default: 80000, fewer of large observations].
    #[arg(long, value_name = "EVENTS")]
    held_out: Option<usize>,
    /// Follow the best fit up to this many events; 0 to leave that out [default: 10000 for one parameter, 1000 for two].
    #[arg(long, value_name = "EVENTS")]
    converge: Option<usize>,
    /// Ask whether the posterior of this data set is right; pairs are drawn with as many events as it has.
    #[arg(long, value_name = "OBSERVED", conflicts_with = "events")]
    local: Option<PathBuf>,
    /// The folder for the report with its figures, which replaces an older one [default: MODEL.diagnosis].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Of a model that was trained on a portion of an event file of MadMiner, the rows that data sets are drawn from (default: those of
    /// training): all, train, validation or test.
    #[arg(long, value_name = "PORTION")]
    portion: Option<Portion>,
    /// The seed of the data sets.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let model = ModelFile::read(&options.model)?;
    let ModelFile::Trained(trained) = &model else {
        return Err(Error::usage(
            "a model that was trained elsewhere has no simulator to draw data from: evaluate it on events of your own",
        ));
    };
    let data = &trained.provenance().data;
    let named = match options.portion {
        Some(portion) => {
            let name = data.simulator.clone();
            let all = SimulatorName {
                name,
                portion: Portion::All,
            };
            all.with_portion(registry, portion)?
        }
        None => SimulatorName::from(data),
    };
    let simulator = simulator(registry, &named)?;
    let observed = options
        .local
        .as_deref()
        .map(|path| observed(&model, path))
        .transpose()?;
    let mut analysis = Analysis::new(&model).with_simulator(&*simulator);
    if let Some(observed) = &observed {
        analysis = analysis.with_observations(observed);
    }
    let result = analysis.diagnose(&options.settings(), &console.progress("checks"))?;
    let folder = options.output.unwrap_or_else(|| beside(&options.model));
    let diagnosis = DiagnosisReport {
        model: &result.method,
        simulator: &result.simulator,
        parameters: &result.parameters,
        checks: &result.checks,
        posteriors: result.posteriors.as_ref(),
        convergence: result.convergence.as_ref(),
        reliability: &result.reliability,
    };
    report::write_diagnosis(&diagnosis, &folder)?;
    let text = format!(
        "{} of {}: {}{}\n\n{THRESHOLDS}\nwrote {}",
        result.method,
        result.simulator,
        about(&result),
        check_table(&result.checks),
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

fn about(result: &DiagnosisResult) -> String {
    match &result.posteriors {
        Some(checks) => format!(
            "{} data sets of {} events (--events, for those of other sizes); one tells {:.2} nats of θ on average\n\n",
            checks.coverage.pairs(),
            result.events,
            checks.learned
        ),
        None => "no posteriors: these are examined for one or two parameters, of models that have seen the others held fixed (as after \
                 --nuisance nominal)\n\n"
            .into(),
    }
}

/// `alices.model` to `alices.model.diagnosis`.
fn beside(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".diagnosis");
    name.into()
}

/// The observations of a data set, which the model can be evaluated on.
fn observed(model: &ModelFile, path: &Path) -> Result<Observations> {
    let data = AugmentedData::read(path)?;
    model.accepts(&data.header)?;
    Observations::from_data_set(data)
}

fn check_table(found: &[Check]) -> String {
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
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table(
        &["check", "found", "std. error", "expected", "verdict", "what to do"],
        &rows,
    )
}
