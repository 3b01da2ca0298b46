//! `motherlode calibrate`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::value_with_error;
use motherlode_nn::ModelFile;
use motherlode_stats::analysis::{Analysis, CalibrationResult, CalibrationSettings, PairComparison};
use motherlode_stats::calibration::Calibrator;
use motherlode_stats::diagnostics::{Mean, Reliability};
use motherlode_study::report::{self, CalibrationReport};
use serde_json::json as object;

use super::console::{Console, json, table};
use super::theta::{Point, written};
use super::{Registry, SimulatorName, simulator};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios, trained here.
    model: PathBuf,
    /// How log r is found from what the estimator says.
    #[arg(long, value_enum, default_value_t = MethodName::Histogram)]
    method: MethodName,
    /// Events that are drawn to calibrate, of all hypotheses together, and again to measure what it has brought.
    #[arg(long, value_name = "EVENTS", default_value_t = 100_000)]
    events: usize,
    /// The numerator, as comma-separated values or the name of a benchmark (default: the simulator's own θ0).
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// The denominator (default: the simulator's own θ1).
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Calibrate at this many hypotheses along each parameter of the box that the model was trained in, not at one pair only
    /// [default with --output: 7 for one parameter, 5 for two, 3 for three or four].
    #[arg(long, value_name = "N")]
    grid: Option<usize>,
    /// Write the calibrated model to this file: other commands take it as they take any model.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a report with figures to this folder: reliability before and after, and what became of log r.
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// The seed of the events.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodName {
    /// Shift log r, so that the mean weight is one.
    Expectation,
    /// The ratio of two histograms.
    Histogram,
    /// The closest monotone function.
    Isotonic,
    /// The ratio of two kernel density estimates.
    Kde,
}

impl MethodName {
    fn calibrator(self) -> Calibrator {
        match self {
            Self::Expectation => Calibrator::Expectation,
            Self::Histogram => Calibrator::Histogram,
            Self::Isotonic => Calibrator::Isotonic,
            Self::Kde => Calibrator::Kernel,
        }
    }
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    if let Some(path) = options.output.as_ref().filter(|path| path.exists() && !options.force) {
        return Err(Error::exists(path));
    }
    let file = ModelFile::read(&options.model)?;
    let ModelFile::Trained(model) = &file else {
        return Err(Error::usage(
            "a model that was trained elsewhere has no simulator to draw events from: calibrate it where it was trained",
        ));
    };
    let simulator = simulator(registry, &SimulatorName::from(&model.provenance().data))?;
    let given = |point: &Option<Point>| point.as_ref().map(|point| point.of(&*simulator)).transpose();
    let settings = CalibrationSettings {
        method: options.method.calibrator(),
        events: options.events,
        theta0: given(&options.theta0)?,
        theta1: given(&options.theta1)?,
        over_box: options.grid.is_some() || options.output.is_some(),
        nodes: options.grid,
        seed: options.seed,
    };
    let analysis = Analysis::new(&file).with_simulator(&*simulator);
    let result = analysis.calibrate(&settings, &console.progress("events"))?;
    let name = file.name();
    if let Some(folder) = &options.report {
        let PairComparison {
            before, after, events, ..
        } = &result.changed;
        let found = CalibrationReport {
            model: &name,
            before,
            after,
            events,
        };
        report::write_calibration(&found, folder)?;
    }
    let text = text(&name, &result) + &wrote(options.output.as_deref()) + &wrote(options.report.as_deref());
    let mut json = json(&result)?;
    json["output"] = object!(options.output);
    if let (Some(path), Some(calibration), ModelFile::Trained(model)) = (&options.output, result.calibration, file) {
        model.calibrated(calibration)?.write(path, options.force)?;
    }
    console.print(&text, json)
}

fn text(name: &str, result: &CalibrationResult) -> String {
    format!(
        "{name}, calibrated by {} {}\n\nlog r(x | {}, {}) on {} other events\n\n{}",
        result.method,
        match (result.nodes, result.effective) {
            (Some(nodes), Some(effective)) => format!(
                "at {nodes} hypotheses with {} events, worth {effective:.0} at least at each",
                result.n_events
            ),
            _ => format!("at one pair of hypotheses with {} events", result.n_events),
        },
        written(&result.theta0),
        written(&result.theta1),
        result.n_events,
        comparison_table(&result.changed),
    )
}

fn wrote(path: Option<&Path>) -> String {
    path.map_or(String::new(), |path| format!("\nwrote {}", path.display()))
}

fn lines(changed: &PairComparison) -> Vec<(&'static str, [f64; 2], [f64; 2], &'static str)> {
    let PairComparison { before, after, .. } = changed;
    let mean = |name, of: fn(&Reliability) -> Mean, expected| {
        let found = [of(before), of(after)];
        (
            name,
            found.map(|mean| mean.value),
            found.map(|mean| mean.standard_error),
            expected,
        )
    };
    let errors = [before.calibration_error, after.calibration_error];
    let mut lines = vec![
        ("calibration error of s", errors, [before.chance, after.chance], "0"),
        mean("Brier score", |found| found.brier, "lowest"),
        mean("cross-entropy", |found| found.cross_entropy, "lowest"),
        mean("mean weight E1[r]", |found| found.mean_ratio, "1"),
        mean("mean weight E0[1/r]", |found| found.mean_inverse, "1"),
    ];
    if let Some(error) = changed.mean_square_error {
        lines.push((
            "mean square error of log r",
            [error.before, error.after],
            [f64::NAN; 2],
            "0",
        ));
    }
    lines
}

fn comparison_table(changed: &PairComparison) -> String {
    let cell = |value: f64, error: f64| match error.is_finite() {
        true => value_with_error(value, error),
        false if value < 0.01 => format!("{value:.1e}"),
        false => format!("{value:.5}"),
    };
    let row = |(name, values, errors, expected): (&str, [f64; 2], [f64; 2], &str)| {
        vec![
            name.to_owned(),
            cell(values[0], errors[0]),
            cell(values[1], errors[1]),
            expected.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = lines(changed).into_iter().map(row).collect();
    let of_zero = changed.mean_square_error.map_or(String::new(), |error| {
        format!("\nthe answer log r = 0 has the mean square error {:.5}", error.of_zero)
    });
    table(&["", "before", "calibrated", "exact"], &rows) + &of_zero + "\n"
}
