//! `motherlode calibrate`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ndarray::Array1;
use serde_json::{Value, json};

use super::say::{Say, table};
use super::theta::{Point, written};
use super::{Registry, SimulatorName, infer, simulator};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_nn::{Model, ModelFile};
use motherlode_stats::calibration::{Calibration, CalibrationEvents, Calibrator, PairCalibration};
use motherlode_stats::diagnostics::{Mean, Reliability};
use motherlode_study::report::{self, CalibrationReport};

/// Seeds of the events that measure lie this far from those that calibrate.
const OTHERS: u64 = 1 << 40;
/// Events that are drawn in the figure.
const DRAWN: usize = 2_000;

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

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    if let Some(path) = options.output.as_ref().filter(|path| path.exists() && !options.force) {
        return Err(Error::exists(path));
    }
    let file = ModelFile::read(&options.model)?;
    infer::needs_ratio(&file)?;
    let space = |simulator| infer::space(None, &file, Some(simulator));
    let ModelFile::Trained(model) = &file else {
        return Err(Error::usage(
            "a model that was trained elsewhere has no simulator to draw events from: calibrate it where it was trained",
        ));
    };
    let provenance = model.provenance();
    let chosen = simulator(registry, &SimulatorName::from(&provenance.data))?;
    let simulator = &*chosen;
    let hypotheses = simulator.hypotheses()?;
    let given = |point: &Option<Point>, default: Vec<f64>| match point {
        Some(point) => point.of(simulator),
        None => Ok(default),
    };
    let pair = [
        given(&options.theta0, hypotheses.theta0)?,
        given(&options.theta1, hypotheses.theta1.clone())?,
    ];
    let trained_in = space(simulator)?;
    if let Some(outside) = pair.iter().find(|theta| !trained_in.contains(theta)) {
        return Err(Error::usage(format!(
            "{} lies outside of the box {trained_in} in which the model was trained: it knows nothing there",
            written(outside)
        )));
    }
    let method = options.method.calibrator();
    let on_grid = match options.grid.is_some() || options.output.is_some() {
        true => {
            let nodes = options
                .grid
                .map_or_else(|| Calibration::default_nodes(trained_in.dimensions()), Ok)?;
            let reference = provenance
                .data
                .design
                .theta1()
                .map_or(hypotheses.theta1, <[f64]>::to_vec);
            let progress = say.progress("events");
            Some(Calibration::new(
                model.as_ref(),
                simulator,
                (&trained_in, nodes),
                &reference,
                method,
                (options.events, options.seed),
                &progress,
            )?)
        }
        false => None,
    };
    let of_pair = PairCalibration::new(model.as_ref(), simulator, method, options.events, options.seed);
    let on_grid_estimate = on_grid.as_ref().map(|calibration| calibration.of(model.as_ref()));
    let calibrated: &dyn LogRatio = on_grid_estimate.as_ref().map_or(&of_pair, |of| of);
    let changed = Changed::measure(model, calibrated, simulator, &pair, &options, say)?;
    if let Some(folder) = &options.report {
        changed.report(&file.name(), folder)?;
    }
    let grid = on_grid
        .as_ref()
        .map(|calibration| (calibration.n_nodes(), calibration.effective));
    let words = format!(
        "{}, calibrated by {} {}\n\nlog r(x | {}, {}) on {} other events\n\n{}{}",
        file.name(),
        method.name(),
        match grid {
            Some((nodes, effective)) => format!(
                "at {nodes} hypotheses with {} events, worth {effective:.0} at least at each",
                options.events
            ),
            None => format!("at one pair of hypotheses with {} events", options.events),
        },
        written(&pair[0]),
        written(&pair[1]),
        options.events,
        changed.table(),
        wrote(options.output.as_deref()) + &wrote(options.report.as_deref()),
    );
    let json = json!({
        "method": method.name(), "theta0": pair[0], "theta1": pair[1], "n_events": options.events,
        "nodes": grid.map(|(nodes, _)| nodes), "effective": grid.map(|(_, effective)| effective),
        "changed": changed.json(), "output": options.output,
    });
    if let (Some(path), Some(calibration), ModelFile::Trained(model)) = (&options.output, on_grid, file) {
        model.calibrated(calibration)?.write(path, options.force)?;
    }
    say.result(&words, json)
}

fn wrote(path: Option<&Path>) -> String {
    path.map_or(String::new(), |path| format!("\nwrote {}", path.display()))
}

/// What a calibration has brought, measured on events that it has not seen.
struct Changed {
    before: Reliability,
    after: Reliability,
    /// Mean square errors of log r against the exact answer, and its mean square.
    exact: Option<[f64; 3]>,
    /// log r̂ before and after of some events.
    events: Vec<(f64, f64)>,
}

impl Changed {
    fn measure(
        model: &Model,
        calibrated: &dyn LogRatio,
        simulator: &dyn Instrumented,
        [theta0, theta1]: &[Vec<f64>; 2],
        options: &Options,
        say: &Say,
    ) -> Result<Self> {
        let progress = say.progress("events");
        let points = [theta0.clone(), theta1.clone()];
        let pool = CalibrationEvents::draw(
            simulator,
            &points,
            options.events,
            options.seed.wrapping_add(OTHERS),
            &progress,
        )?;
        let of = |estimate: &dyn LogRatio| estimate.log_ratio(pool.x(), theta0, theta1);
        let (before, after) = (of(model)?, of(calibrated)?);
        let exact = simulator
            .truth()
            .map(|truth| truth.log_ratio(pool.x(), theta0, theta1))
            .transpose()?;
        let reliability = |log_ratio: &Array1<f64>| {
            let missing = || Error::usage("events of two hypotheses are needed");
            let [above, below] = [0, 1].map(|k| pool.weights(k).ok_or_else(missing));
            Reliability::new(log_ratio, above?, below?)
        };
        let square = |values: Array1<f64>| values.mapv(|v| v * v).mean().unwrap_or(f64::NAN);
        Ok(Self {
            before: reliability(&before)?,
            after: reliability(&after)?,
            exact: exact.map(|exact| [square(&before - &exact), square(&after - &exact), square(exact)]),
            events: before.iter().copied().zip(after).take(DRAWN).collect(),
        })
    }

    fn lines(&self) -> Vec<(&'static str, [f64; 2], [f64; 2], &'static str)> {
        let Self { before, after, .. } = self;
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
        if let Some([before, after, _]) = self.exact {
            lines.push(("mean square error of log r", [before, after], [f64::NAN; 2], "0"));
        }
        lines
    }

    fn table(&self) -> String {
        let cell = |value: f64, error: f64| match error.is_finite() {
            true => format!("{value:.5} ± {error:.5}"),
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
        let rows: Vec<Vec<String>> = self.lines().into_iter().map(row).collect();
        let of_zero = self.exact.map_or(String::new(), |[.., zero]| {
            format!("\nthe answer log r = 0 has the mean square error {zero:.5}")
        });
        table(&["", "before", "calibrated", "exact"], &rows) + &of_zero + "\n"
    }

    fn json(&self) -> Value {
        json!({
            "before": self.before, "after": self.after,
            "mean_square_error": self.exact.map(|[before, after, zero]| json!({ "before": before, "after": after, "of_zero": zero })),
        })
    }

    fn report(&self, model: &str, folder: &Path) -> Result<()> {
        let found = CalibrationReport {
            model,
            before: &self.before,
            after: &self.after,
            events: &self.events,
        };
        report::write_calibration(&found, folder)
    }
}
