//! `motherlode evaluate`: estimates for the events of a data set.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use ndarray::{Array, Array1, ArrayView1, Axis, Dimension, Ix1, Ix2};
use serde_json::json;

use super::console::{Console, table, warning_lines};
use super::observed::simulator_header;
use super::theta::{Point, check_length, theta_text};
use super::{Registry, SimulatorName, open_simulator};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;
use motherlode_core::gold::Design;
use motherlode_core::likelihood::{LogRatio, Truth};
use motherlode_nn::Model;
use motherlode_stats::analysis::hypotheses::extrapolated;
use motherlode_stats::analysis::{Observations, Warning};

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

/// Estimates for all events.
struct Estimates {
    log_ratio: Option<EstimateWithSpread<Ix1>>,
    score: Option<EstimateWithSpread<Ix2>>,
    /// Hypothesis of the score.
    theta: Vec<f64>,
}

/// An estimate, and the standard deviation over the members of an ensemble.
struct EstimateWithSpread<D: Dimension> {
    value: Array<f64, D>,
    spread: Option<Array<f64, D>>,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    if let Some(path) = options.output.as_ref().filter(|path| path.exists() && !options.force) {
        return Err(Error::exists(path));
    }
    let model = Model::read(&options.model)?;
    let header = options.simulator.as_ref().map(|name| simulator_header(registry, name));
    let data = Observations::read(&options.file, Some(&model), header.transpose()?)?;
    if !model.knows_ratio() {
        check_score_options(&model, &options)?;
    }
    let source = open_simulator(registry, &SimulatorName::from(data.header())).ok();
    let simulator = source.as_deref();
    let default = simulator.and_then(|simulator| simulator.hypotheses().ok());
    let hypothesis = |given: Option<Point>, default: Option<Vec<f64>>, name: &str| -> Result<Vec<f64>> {
        let theta = given
            .map(|point| point.values_if_known(simulator))
            .transpose()?
            .or(default);
        let theta = theta.or_else(|| model.theta_ref().map(<[f64]>::to_vec)); // local scores are evaluated there
        let theta = theta.ok_or_else(|| {
            Error::usage(format!(
                "--{name} is missing: the simulator of these events is unknown to this program, or has no default hypotheses"
            ))
        })?;
        check_length(&theta, &data.header().parameters).map(|()| theta)
    };
    let theta0 = hypothesis(options.theta0, default.as_ref().map(|h| h.theta0.clone()), "theta0")?;
    let theta1 = hypothesis(options.theta1, default.map(|h| h.theta1), "theta1")?;

    if let Some(simulator) = simulator {
        let [theta0, theta1] = [theta0.clone(), theta1.clone()];
        Design::Pair { theta0, theta1 }.check(&simulator.parameters())?;
    }

    let estimates = estimate(&model, &data, &theta0, &theta1)?;
    if let Some(path) = &options.output {
        write_atomically(path, comma_separated(&estimates, &data.header().parameters).as_bytes())?;
    }
    let truth = simulator.and_then(|simulator| simulator.truth());
    let rows = quantity_rows(&estimates, truth.as_deref(), &data, &theta0, &theta1)?;
    let n_members = model.n_members();
    let members = match n_members {
        1 => String::new(),
        n => format!(", {n} members,"),
    };
    // A calibrated ensemble has members, but no spread.
    let spread: &[&str] = match rows.iter().any(|row| row.spread.is_some()) {
        true => &["spread of members"],
        false => &[],
    };
    let hypotheses = [("theta0", &theta0), ("theta1", &theta1)].into_iter();
    let warnings = hypotheses.filter_map(|(name, theta)| extrapolated(&model, simulator, name, theta));
    let warnings: Vec<Warning> = warnings.collect();
    let warning_text: String = warning_lines(&warnings)
        .iter()
        .map(|line| format!("\n\n{line}"))
        .collect();
    let text = format!(
        "{}{members} on {} events of {}\n\n{}{warning_text}",
        model.name(),
        data.n_events(),
        data.source(),
        table(
            &[
                &["quantity", "mean", "std. dev."],
                spread,
                &["mean square error", "of the answer 0"]
            ]
            .concat(),
            &rows.iter().map(QuantityRow::cells).collect::<Vec<_>>()
        ),
    );
    let json: Vec<_> = rows.iter().map(QuantityRow::json).collect();
    console.print(
        &text,
        json!({
            "method": model.name(), "n_members": n_members, "n_events": data.n_events(), "quantities": json,
            "warnings": warnings,
        }),
    )
}

/// Refuses a denominator for a score, and any hypothesis for a score that is known at one point only.
fn check_score_options(model: &Model, options: &Options) -> Result<()> {
    match model.theta_ref() {
        Some(theta_ref) if options.theta0.is_some() || options.theta1.is_some() => Err(Error::usage(format!(
            "this model estimates the score at {} and no ratio: omit --theta0 and --theta1",
            theta_text(theta_ref)
        ))),
        None if options.theta1.is_some() => Err(Error::usage(
            "this model estimates the score at any theta and no ratio: omit --theta1",
        )),
        _ => Ok(()),
    }
}

fn estimate(model: &Model, data: &Observations, theta0: &[f64], theta1: &[f64]) -> Result<Estimates> {
    let x = data.x();
    let theta = model.theta_ref().unwrap_or(theta0).to_vec();
    let log_ratio = match model.knows_ratio() {
        true => Some(model.log_ratio_with_spread(x, theta0, theta1)?.into()),
        false => None,
    };
    let score = match model.knows_score() {
        true => Some(model.score_with_spread(x, &theta)?.into()),
        false => None,
    };
    Ok(Estimates {
        log_ratio,
        score,
        theta,
    })
}

impl<D: Dimension> From<(Array<f64, D>, Option<Array<f64, D>>)> for EstimateWithSpread<D> {
    fn from((value, spread): (Array<f64, D>, Option<Array<f64, D>>)) -> Self {
        Self { value, spread }
    }
}

/// One estimated quantity, averaged over all events.
struct QuantityRow {
    name: String,
    mean: f64,
    sd: f64,
    /// Root mean square of the spread over members, comparable to the root of the mean square error.
    spread: Option<f64>,
    /// Mean square error against the exact answer, and that of the answer 0.
    errors: Option<[f64; 2]>,
}

impl QuantityRow {
    fn new(
        name: String,
        estimate: ArrayView1<f64>,
        spread: Option<ArrayView1<f64>>,
        exact: Option<Array1<f64>>,
    ) -> Self {
        let mean_square = |values: ArrayView1<f64>| values.mapv(|v| v * v).mean().unwrap_or(f64::NAN);
        Self {
            name,
            mean: estimate.mean().unwrap_or(f64::NAN),
            sd: estimate.std(0.0),
            spread: spread.map(|spread| mean_square(spread).sqrt()),
            errors: exact.map(|exact| [mean_square((&estimate - &exact).view()), mean_square(exact.view())]),
        }
    }

    fn cells(&self) -> Vec<String> {
        let error = |k: usize| {
            self.errors
                .map_or("no exact answer".into(), |errors| format!("{:.6}", errors[k]))
        };
        let mut cells = vec![
            self.name.clone(),
            format!("{:.6}", self.mean),
            format!("{:.6}", self.sd),
        ];
        cells.extend(self.spread.map(|spread| format!("{spread:.6}")));
        cells.extend([error(0), error(1)]);
        cells
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "quantity": self.name, "mean": self.mean, "sd": self.sd, "spread": self.spread,
            "mean_square_error": self.errors.map(|e| e[0]), "mean_square_exact": self.errors.map(|e| e[1]),
        })
    }
}

fn quantity_rows(
    estimates: &Estimates,
    truth: Option<&dyn Truth>,
    data: &Observations,
    theta0: &[f64],
    theta1: &[f64],
) -> Result<Vec<QuantityRow>> {
    let x = data.x();
    let mut rows = Vec::new();
    if let Some(log_ratio) = &estimates.log_ratio {
        let exact = truth.map(|truth| truth.log_ratio(x, theta0, theta1)).transpose()?;
        let name = format!("log r(x | {}, {})", theta_text(theta0), theta_text(theta1));
        let spread = log_ratio.spread.as_ref().map(|spread| spread.view());
        rows.push(QuantityRow::new(name, log_ratio.value.view(), spread, exact));
    }
    let Some(score) = &estimates.score else {
        return Ok(rows);
    };
    let exact = truth.map(|truth| truth.score(x, &estimates.theta)).transpose()?;
    for (k, (parameter, column)) in data
        .header()
        .parameters
        .iter()
        .zip(score.value.axis_iter(Axis(1)))
        .enumerate()
    {
        let name = format!("score of {parameter} at {}", theta_text(&estimates.theta));
        rows.push(QuantityRow::new(
            name,
            column,
            score.spread.as_ref().map(|spread| spread.column(k)),
            exact.as_ref().map(|exact| exact.column(k).to_owned()),
        ));
    }
    Ok(rows)
}

/// One column for each quantity; an ensemble has its spread in the next column.
fn comma_separated(estimates: &Estimates, parameters: &[String]) -> String {
    let mut columns: Vec<(String, ArrayView1<f64>)> = Vec::new();
    if let Some(EstimateWithSpread { value, spread }) = &estimates.log_ratio {
        columns.push(("log_ratio".into(), value.view()));
        columns.extend(spread.iter().map(|spread| ("log_ratio_spread".into(), spread.view())));
    }
    if let Some(EstimateWithSpread { value, spread }) = &estimates.score {
        for (k, parameter) in parameters.iter().enumerate() {
            columns.push((format!("score_{parameter}"), value.column(k)));
            columns.extend(
                spread
                    .iter()
                    .map(|spread| (format!("score_{parameter}_spread"), spread.column(k))),
            );
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
