//! Intervals and tests of hypotheses from a histogram of weighted events and their number.

use serde::{Serialize, Serializer};
use serde_json::json;

use crate::binned::Bins;
use motherlode_core::ParameterBox;
use motherlode_stats::analysis::{Observations, Warning};
use motherlode_stats::inference::FitResult;

/// The data of a limit.
#[derive(Debug, Clone, Copy)]
pub enum EventData<'a> {
    /// Expected counts if this hypothesis of the theory is true, `[p]` (the Asimov data set).
    Expected(&'a [f64]),
    /// Observed events.
    Observed(&'a Observations),
}

/// Settings of [`EventSimulator::limits`](crate::madminer::EventSimulator::limits).
#[derive(Debug, Clone)]
pub struct EventLimitSettings {
    /// Luminosity, in 1/pb.
    pub luminosity: f64,
    /// Confidence levels of the intervals.
    pub levels: Vec<f64>,
    /// Observables of the histogram; the number of events alone if empty.
    pub observables: Vec<String>,
    /// Bins of the histogram; as many of equal probability as usual if absent.
    pub bins: Option<Bins>,
    /// Leaves out the information of the number of events.
    pub no_rate: bool,
    /// Includes the Monte Carlo errors of the bins, a factor for each (Barlow and Beeston's, in its light form).
    pub template_errors: bool,
    /// Parameter box to scan, with or without ranges of nuisance parameters; the ranges of the file if absent.
    pub edges: Option<Vec<(f64, f64)>>,
    /// Values along each parameter of the theory of a grid of hypotheses to test; none if empty.
    pub grid: Vec<usize>,
}

impl EventLimitSettings {
    /// Creates settings of limits from the number of events alone: intervals of 68 % and 95 % over the ranges of the file.
    pub fn new(luminosity: f64) -> Self {
        Self {
            luminosity,
            levels: vec![0.68, 0.95],
            observables: Vec::new(),
            bins: None,
            no_rate: false,
            template_errors: false,
            edges: None,
            grid: Vec::new(),
        }
    }
}

/// Intervals and tests from a histogram of weighted events.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EventLimitResult {
    /// Name of the event file.
    pub events: String,
    /// The hypothesis that is true, of expected limits, `[p]`.
    pub at: Option<Vec<f64>>,
    /// Source of the observed events.
    pub observed: Option<String>,
    /// Luminosity, in 1/pb.
    pub luminosity: f64,
    /// Number of events, observed or expected.
    pub n_events: f64,
    /// Number of simulated events that fill the histogram.
    #[serde(skip)]
    pub n_simulated: usize,
    /// Names of all parameters, `[p + k]`.
    pub parameters: Vec<String>,
    /// Number of parameters of the theory p.
    #[serde(skip)]
    pub n_theory: usize,
    /// The hypotheses considered.
    #[serde(rename = "box")]
    pub parameter_box: ParameterBox,
    /// Observables of the histogram.
    pub observables: Vec<String>,
    /// True if the number of events counts as data.
    pub with_rate: bool,
    /// True if errors include those of the simulated events.
    pub with_template_errors: bool,
    /// Warnings about the result.
    pub warnings: Vec<Warning>,
    /// Best fit and intervals.
    pub answer: FitResult,
    /// Tests of the hypotheses of the grid.
    #[serde(rename = "grid", serialize_with = "columns")]
    pub tests: Vec<HypothesisTest>,
}

/// The test of one hypothesis of the theory, systematics profiled.
#[derive(Debug, Clone, PartialEq)]
pub struct HypothesisTest {
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// The test statistic q.
    pub statistic: f64,
    /// Its p-value by Wilks' theorem.
    pub p_value: f64,
}

/// Serialises tests as columns.
fn columns<S: Serializer>(tests: &[HypothesisTest], serializer: S) -> Result<S::Ok, S::Error> {
    let column = |of: fn(&HypothesisTest) -> f64| tests.iter().map(of).collect::<Vec<_>>();
    let columns = json!({
        "theta": tests.iter().map(|test| &test.theta).collect::<Vec<_>>(),
        "q": column(|test| test.statistic),
        "p_values": column(|test| test.p_value),
    });
    columns.serialize(serializer)
}
