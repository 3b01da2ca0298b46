//! `motherlode calibrate`: calibrates the ratios of a model.

use std::path::{Path, PathBuf};

use clap::Args;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{comma_separated, value_with_error};
use motherlode_core::{Certificate, Estimator};
use motherlode_nn::Model;
use motherlode_stats::analysis::{
    Analysis, CalibrationResult, CalibrationSettings, PairComparison, header_of_simulator,
};
use motherlode_stats::calibration::Calibrator;
use motherlode_stats::diagnostics::{Mean, Reliability};
use motherlode_study::report;
use serde_json::json as object;

use super::console::{Console, json, lock_folder, lock_new, table, warning_text};
use super::one_of::one_of;
use super::theta::Point;
use super::{Registry, SimulatorName, open_simulator};
use crate::count::count;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file of an estimator of ratios.
    model: PathBuf,
    /// Simulator or event file to draw events from [default: that of the training; of an event file, rows that the model was not trained on].
    #[arg(long, value_name = "NAME")]
    simulator: Option<SimulatorName>,
    /// Calibration method.
    #[arg(long, default_value = "histogram", value_parser = one_of([
        ("expectation", "Shift of log r to a mean weight of one", Calibrator::Expectation),
        ("histogram", "Ratio of two histograms", Calibrator::Histogram),
        ("isotonic", "Closest monotone function", Calibrator::Isotonic),
        ("kde", "Ratio of two kernel density estimates", Calibrator::Kernel),
    ]))]
    method: Calibrator,
    /// Number of events to draw for the calibration, over all hypotheses, and again to evaluate it.
    #[arg(long, value_name = "EVENTS", default_value_t = 100_000, value_parser = count::<usize>)]
    events: usize,
    /// Numerator hypothesis, as comma-separated values or the name of a benchmark [default: the simulator's θ0].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// Denominator hypothesis [default: the simulator's θ1].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Number of hypotheses along each parameter of the training box to calibrate at, instead of one pair [default with --output: 7 for
    /// one parameter, 5 for two, 3 for three or four].
    #[arg(long, value_name = "N", value_parser = count::<usize>)]
    grid: Option<usize>,
    /// Write the calibrated model to this file, for use as any other model.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a report to this folder, with figures of the reliability and of log r before and after.
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// Seed of the events.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let _lock = lock_new(options.output.as_deref(), options.force)?;
    let _report_lock = lock_folder(options.report.as_deref())?;
    let model = Model::read(&options.model)?;
    let named = options.simulator.clone();
    let trained_on = || {
        model
            .provenance()
            .map(|provenance| SimulatorName::to_calibrate(&provenance.data))
    };
    let simulator_name = named.or_else(trained_on).ok_or_else(|| {
        Error::file(
            &options.model,
            "was trained by another program and names no simulator to draw events from: name one with --simulator",
        )
    })?;
    let simulator = open_simulator(registry, &simulator_name)?;
    model.accepts(&header_of_simulator(&*simulator).with_simulator(simulator_name.name))?;
    let given = |point: &Option<Point>| point.as_ref().map(|point| point.values(&*simulator)).transpose();
    let settings = CalibrationSettings {
        method: options.method,
        events: options.events,
        theta0: given(&options.theta0)?,
        theta1: given(&options.theta1)?,
        over_box: options.grid.is_some() || options.output.is_some(),
        nodes: options.grid,
        seed: options.seed,
    };
    let analysis = Analysis::new(&model).with_simulator(&*simulator);
    let result = analysis.calibrate(&settings, &console.progress("events"))?;
    let name = model.name();
    if let Some(folder) = &options.report {
        report::write_calibration(&name, &result.changed, folder)?;
    }
    let text = text(&name, &result)
        + &warning_text(&result.warnings)
        + &wrote_line(options.output.as_deref())
        + &wrote_line(options.report.as_deref());
    let mut json = json(&result)?;
    json["output"] = object!(options.output);
    if let (Some(path), Some(calibration)) = (&options.output, result.calibration) {
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
                "at {nodes} hypotheses with {} events, at least {effective:.0} effective events at each",
                result.n_events
            ),
            _ => format!("at one pair of hypotheses with {} events", result.n_events),
        },
        comma_separated(&result.theta0),
        comma_separated(&result.theta1),
        result.n_events,
        comparison_table(&result.changed),
    ) + &certificate_text(result.certificate.as_ref())
}

fn certificate_text(certificate: Option<&Certificate>) -> String {
    certificate.map_or(String::new(), |certificate| format!("\n{certificate}\n"))
}

fn wrote_line(path: Option<&Path>) -> String {
    path.map_or(String::new(), |path| format!("\nwrote {}", path.display()))
}

fn comparison_rows(changed: &PairComparison) -> Vec<(&'static str, [f64; 2], [f64; 2], &'static str)> {
    let PairComparison { before, after, .. } = changed;
    let mean = |name, of: fn(&Reliability) -> Mean, expected| {
        let means = [of(before), of(after)];
        (
            name,
            means.map(|mean| mean.value),
            means.map(|mean| mean.standard_error),
            expected,
        )
    };
    let errors = [before.calibration_error, after.calibration_error];
    let mut rows = vec![
        ("calibration error of s", errors, [before.chance, after.chance], "0"),
        mean("Brier score", |reliability| reliability.brier, "lowest"),
        mean("cross-entropy", |reliability| reliability.cross_entropy, "lowest"),
        mean("mean weight E1[r]", |reliability| reliability.mean_ratio, "1"),
        mean("mean weight E0[1/r]", |reliability| reliability.mean_inverse, "1"),
    ];
    if let Some(error) = changed.mean_square_error {
        rows.push((
            "mean square error of log r",
            [error.before, error.after],
            [f64::NAN; 2],
            "0",
        ));
    }
    rows
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
    let rows: Vec<Vec<String>> = comparison_rows(changed).into_iter().map(row).collect();
    let of_zero = changed.mean_square_error.map_or(String::new(), |error| {
        format!("\nthe answer log r = 0 has the mean square error {:.5}", error.of_zero)
    });
    table(&["", "before", "calibrated", "exact"], &rows) + &of_zero + "\n"
}
