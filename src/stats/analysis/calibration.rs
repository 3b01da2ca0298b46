//! Calibration of an estimator's ratios, with a comparison before and after on separate events.

use ndarray::{Array1, ArrayView2};
use serde::Serialize;

use super::hypotheses::{known_ratio, parameter_box};
use super::{Analysis, Warning};
use crate::calibration::{CalibratedEstimator, Calibration, CalibrationEvents, Calibrator, PairCalibration};
use crate::diagnostics::{CoverageExam, ExamData, Reliability};
use motherlode_core::cost::{Cost, check_count, check_memory};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_core::gold::Design;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::prior::Prior;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Certificate, Estimator, Progress};

/// Number of events in the comparison that are kept for figures.
const FIGURE_EVENTS: usize = 2_000;

/// Evaluations of an estimator on an event that an examination may take: those of seven passes over the events of a calibration.
const EVALUATIONS: f64 = 7e5;

/// Most events that calibrate.
const MOST_EVENTS: u64 = 1_000_000_000;

/// Settings of [`Analysis::calibrate`].
#[derive(Debug, Clone)]
pub struct CalibrationSettings {
    /// Calibration method.
    pub method: Calibrator,
    /// Number of events to calibrate, of all hypotheses together, and again to measure.
    pub events: usize,
    /// The numerator at which the calibration is measured; the simulator's own θ0 if absent.
    pub theta0: Option<Vec<f64>>,
    /// The denominator; the simulator's own θ1 if absent.
    pub theta1: Option<Vec<f64>>,
    /// Calibrates over the box in which the estimator was trained, instead of at one pair only.
    pub over_box: bool,
    /// Number of hypotheses along each parameter of the box; the default for its dimension if absent.
    pub nodes: Option<usize>,
    /// The seed of the events.
    pub seed: u64,
}

impl Default for CalibrationSettings {
    fn default() -> Self {
        Self {
            method: Calibrator::Histogram,
            events: 100_000,
            theta0: None,
            theta1: None,
            over_box: false,
            nodes: None,
            seed: 0,
        }
    }
}

/// A calibration with its comparison before and after.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CalibrationResult {
    /// Name of the method.
    pub method: &'static str,
    /// The numerator, `[p]`.
    pub theta0: Vec<f64>,
    /// The denominator, `[p]`.
    pub theta1: Vec<f64>,
    /// Number of events that calibrated, and of those that measured.
    pub n_events: usize,
    /// Number of hypotheses in the box, if it was calibrated over one.
    pub nodes: Option<usize>,
    /// Smallest effective number of events at a hypothesis of the box.
    pub effective: Option<f64>,
    /// Comparison before and after.
    pub changed: PairComparison,
    /// Examination of the calibrated ratios, if they were calibrated over a box.
    pub certificate: Option<Certificate>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// The calibration over the box.
    #[serde(skip)]
    pub calibration: Option<Calibration>,
}

/// Comparison of ratios before and after calibration, measured on events that were not used to calibrate.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PairComparison {
    /// Reliability before.
    pub before: Reliability,
    /// Reliability after.
    pub after: Reliability,
    /// Mean square errors of log r relative to the exact ratio, if the simulator has one.
    pub mean_square_error: Option<ErrorOfLogRatio>,
    /// Values of log r̂ before and after, for some events.
    #[serde(skip)]
    pub events: Vec<(f64, f64)>,
}

/// Mean square errors of log r relative to the exact ratio.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ErrorOfLogRatio {
    /// Before calibration.
    pub before: f64,
    /// After calibration.
    pub after: f64,
    /// For the constant estimate log r = 0.
    pub of_zero: f64,
}

impl Analysis<'_> {
    /// Calibrates the estimator's ratios on fresh events of the simulator, and compares ratios before and after on other events.
    ///
    /// The simulator `Shift` draws measurements of θ with the error 1, and the estimator `Gauss` knows their ratios:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// use motherlode_stats::analysis::{Analysis, CalibrationSettings};
    ///
    /// let settings = CalibrationSettings { events: 20_000, ..Default::default() };
    /// let result = Analysis::new(&Gauss).with_simulator(&Shift).calibrate(&settings, &())?;
    /// let after = &result.changed.after; // the ratios were exact before, and still are
    /// assert!(after.calibration_error < 0.02, "{}", after.calibration_error);
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing or out of range, the estimator knows no ratios, the simulator fails, or `progress` stops it.
    pub fn calibrate(&self, settings: &CalibrationSettings, progress: &dyn Progress) -> Result<CalibrationResult> {
        self.interruptible(progress, |analysis| analysis.calibration(settings, progress))
    }

    fn calibration(&self, settings: &CalibrationSettings, progress: &dyn Progress) -> Result<CalibrationResult> {
        let (estimator, simulator) = (self.estimator()?, self.simulator()?);
        let ratio = known_ratio(estimator)?;
        let hypotheses = simulator.hypotheses()?;
        let theta0 = settings.theta0.clone().unwrap_or(hypotheses.theta0);
        let theta1 = settings.theta1.clone().unwrap_or_else(|| hypotheses.theta1.clone());
        let names: Vec<String> = simulator.parameters().into_iter().map(|one| one.name).collect();
        let trained_in = parameter_box(None, estimator, &names, Some(simulator))?;
        if let Some(outside) = [&theta0, &theta1].into_iter().find(|theta| !trained_in.contains(theta)) {
            return Err(Error::usage(format!(
                "the hypothesis {} lies outside of the box {trained_in} in which the model was trained: choose one inside",
                comma_separated(outside)
            )));
        }
        let (method, events, seed) = (settings.method, settings.events, settings.seed);
        let row = 8 * (simulator.observables().len() + names.len() + 4);
        check_count("events", events as u64, MOST_EVENTS, Cost::Bytes(row as f64))?;
        check_memory(&format!("{events} events"), events as f64 * row as f64)?;
        let calibration = match settings.over_box {
            true => {
                let default = || Calibration::default_nodes(trained_in.dimensions());
                let nodes = settings.nodes.map_or_else(default, Ok)?;
                let design = estimator.training_events().map(|events| events.design);
                let reference = design.as_ref().and_then(|design| design.theta1());
                let reference = reference.unwrap_or(&hypotheses.theta1);
                progress.begin("events");
                let at = (&trained_in, nodes);
                Some(Calibration::new(
                    ratio,
                    simulator,
                    at,
                    reference,
                    method,
                    (events, seed),
                    progress,
                )?)
            }
            false => None,
        };
        let of_pair = PairCalibration::new(ratio, simulator, method, events, seed).with_progress(progress);
        let over_box = calibration
            .map(|calibration| {
                let calibrated = CalibratedEstimator::new(estimator, calibration)?;
                let certificate = examine(&calibrated, simulator, seed, progress)?;
                Ok::<_, Error>(calibrated.with_certificate(certificate))
            })
            .transpose()?;
        let warned: &dyn Estimator = over_box.as_ref().map_or(estimator, |over_box| over_box);
        let calibrated: &dyn LogRatio = over_box.as_ref().map_or(&of_pair, |over_box| over_box);
        let pair = [theta0, theta1];
        let changed = PairComparison::measure([ratio, calibrated], simulator, &pair, (events, seed), progress)?;
        let [theta0, theta1] = pair;
        let said = Warning::of_training(warned, None).into_iter();
        let warnings = said
            .chain(Warning::examined_on_training_rows(estimator, simulator))
            .collect();
        let calibration = over_box.map(CalibratedEstimator::into_calibration);
        Ok(CalibrationResult {
            method: method.name(),
            theta0,
            theta1,
            n_events: events,
            nodes: calibration.as_ref().map(Calibration::n_nodes),
            effective: calibration.as_ref().map(|calibration| calibration.effective),
            changed,
            warnings,
            certificate: calibration.as_ref().and_then(|found| found.certificate.clone()),
            calibration,
        })
    }
}

/// Measures the coverage of calibrated ratios.
///
/// # Errors
/// If an event cannot be simulated or evaluated, or `progress` stops it.
fn examine(
    calibrated: &CalibratedEstimator<&dyn Estimator>,
    simulator: &dyn Instrumented,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Certificate> {
    let design = calibrated.training_events().map(|events| events.design);
    // Calibrated ratios are known in a box, and other priors reach beyond any.
    let Some(prior @ Prior::Box { .. }) = design.as_ref().and_then(Design::prior) else {
        return Ok(Certificate {
            limitation: Some("after a calibration, coverage is measured over a uniform prior only".into()),
            ..Certificate::default()
        });
    };
    progress.begin("evaluations");
    let data = match CalibrationEvents::rows_to_evaluate(simulator) {
        Some(rows) => ExamData::HeldOutRows { simulator, rows },
        None => ExamData::Simulated(simulator),
    };
    let exam = CoverageExam {
        prior,
        data,
        seed,
        evaluations: EVALUATIONS,
        events: f64::INFINITY,
    };
    let reference = calibrated.calibration().reference().to_vec();
    let sums = |x: ArrayView2<f64>, thetas: &[Vec<f64>]| {
        let sum = |theta: &Vec<f64>| Ok(calibrated.log_ratio(x, theta, &reference)?.sum());
        thetas.iter().map(sum).collect()
    };
    let coverage = exam.run(&sums, progress)?;
    Ok(Certificate {
        limitation: exam.limitation(&coverage),
        coverage,
        ..Certificate::default()
    })
}

impl PairComparison {
    fn measure(
        [ratio, calibrated]: [&dyn LogRatio; 2],
        simulator: &dyn Instrumented,
        [theta0, theta1]: &[Vec<f64>; 2],
        (events, seed): (usize, u64),
        progress: &dyn Progress,
    ) -> Result<Self> {
        progress.begin("events");
        let points = [theta0.clone(), theta1.clone()];
        let pool = CalibrationEvents::draw_to_evaluate(simulator, &points, events, seed, progress)?;
        let evaluate = |ratio: &dyn LogRatio| ratio.log_ratio(pool.x(), theta0, theta1);
        let (before, after) = (evaluate(ratio)?, evaluate(calibrated)?);
        let exact = simulator
            .truth()
            .map(|truth| truth.log_ratio(pool.x(), theta0, theta1))
            .transpose()?;
        let reliability = |log_ratio: &Array1<f64>| {
            let missing = || Error::numerical("events of two hypotheses are needed");
            let [above, below] = [0, 1].map(|k| pool.weights(k).ok_or_else(missing));
            Reliability::new(log_ratio, above?, below?)
        };
        let square = |values: Array1<f64>| values.mapv(|v| v * v).mean().unwrap_or(f64::NAN);
        Ok(Self {
            before: reliability(&before)?,
            after: reliability(&after)?,
            mean_square_error: exact.map(|exact| ErrorOfLogRatio {
                before: square(&before - &exact),
                after: square(&after - &exact),
                of_zero: square(exact),
            }),
            events: before.iter().copied().zip(after).take(FIGURE_EVENTS).collect(),
        })
    }
}
