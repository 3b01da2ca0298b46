//! `motherlode evaluate`: estimates for the events of a data set.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use motherlode_core::error::Result;
use motherlode_core::files::write_atomically;
use motherlode_nn::Model;
use motherlode_stats::analysis::{Analysis, EvaluationResult, EvaluationSettings, Observations, QuantitySummary};
use ndarray::ArrayView1;

use super::console::{Console, check_no_input, json, lock_new, table, warning_lines};
use super::observed::{known_simulator, simulator_header};
use super::theta::Point;
use super::{Registry, SimulatorName};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model file.
    model: PathBuf,
    /// Data set to evaluate, or a NumPy array with one event per row (.npy, or `x` of an .npz).
    file: PathBuf,
    /// Simulator or event file that the events of an array come from [default: the training simulator of the model].
    #[arg(long, value_name = "NAME")]
    simulator: Option<SimulatorName>,
    /// Numerator hypothesis, as comma-separated values or the name of a benchmark [default: the simulator's θ0].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta0: Option<Point>,
    /// Denominator hypothesis [default: the simulator's θ1].
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    theta1: Option<Point>,
    /// Write the estimates of every event to this file of comma-separated values.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let inputs = [&*options.model, &*options.file];
    check_no_input(options.output.as_deref(), inputs)?;
    let _lock = lock_new(options.output.as_deref(), options.force)?;
    let model = Model::read(&options.model)?;
    let header = options.simulator.as_ref().map(|name| simulator_header(registry, name));
    let data = Observations::read(&options.file, Some(&model), header.transpose()?)?;
    let simulator = known_simulator(registry, &data);
    let given = |point: &Option<Point>| {
        let point = point.as_ref();
        point
            .map(|point| point.values_if_known(simulator.as_deref()))
            .transpose()
    };
    let settings = EvaluationSettings {
        theta0: given(&options.theta0)?,
        theta1: given(&options.theta1)?,
    };
    let mut analysis = Analysis::new(&model).with_observations(&data);
    if let Some(simulator) = &simulator {
        analysis = analysis.with_simulator(&**simulator);
    }
    let result = analysis.evaluate(&settings, &console.progress("events"))?;
    if let Some(path) = &options.output {
        write_atomically(path, csv(&result, &data.header().parameters).as_bytes())?;
    }
    console.print(&text(&result, data.source()), json(&result)?)
}

fn text(result: &EvaluationResult, source: &str) -> String {
    let members = match result.n_members {
        1 => String::new(),
        n => format!(", {n} members,"),
    };
    // A calibrated ensemble has members, but no spread.
    let spread: &[&str] = match result.quantities.iter().any(|quantity| quantity.spread.is_some()) {
        true => &["spread of members"],
        false => &[],
    };
    let heading = [
        &["quantity", "mean", "std. dev."],
        spread,
        &["mean square error", "of the answer 0"],
    ]
    .concat();
    let rows: Vec<Vec<String>> = result.quantities.iter().map(cells).collect();
    let summary = format!("{}{members} on {} events of {source}", result.method, result.n_events);
    let mut parts = vec![summary, table(&heading, &rows)];
    parts.extend(warning_lines(&result.warnings));
    parts.join("\n\n")
}

fn cells(quantity: &QuantitySummary) -> Vec<String> {
    let number = |value: f64| format!("{value:.6}");
    let error = |error: Option<f64>| error.map_or("no exact answer".into(), number);
    let mut cells = vec![
        quantity.name.clone(),
        number(quantity.mean),
        number(quantity.standard_deviation),
    ];
    cells.extend(quantity.spread.map(number));
    cells.extend([quantity.mean_square_error, quantity.mean_square_exact].map(error));
    cells
}

/// Comma-separated values: one column for each quantity; an ensemble has its spread in the next column.
fn csv(result: &EvaluationResult, parameters: &[String]) -> String {
    let mut columns: Vec<(String, ArrayView1<f64>)> = Vec::new();
    if let Some((value, spread)) = &result.log_ratio {
        columns.push(("log_ratio".into(), value.view()));
        columns.extend(spread.iter().map(|spread| ("log_ratio_spread".into(), spread.view())));
    }
    if let Some((value, spread)) = &result.score {
        for (k, parameter) in parameters.iter().enumerate() {
            columns.push((format!("score_{parameter}"), value.column(k)));
            let spread = spread.iter();
            columns.extend(spread.map(|spread| (format!("score_{parameter}_spread"), spread.column(k))));
        }
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = names.join(",");
    for event in 0..columns.first().map_or(0, |(_, values)| values.len()) {
        let values: Vec<String> = columns.iter().map(|(_, values)| values[event].to_string()).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}", values.join(","));
    }
    text + "\n"
}
