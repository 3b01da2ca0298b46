//! A graph is evaluated on the spot, and what it says compared with the model it was made of.

use ndarray::{Array1, Array2, ArrayD, IxDyn};
use onnx_rs::ast::Graph;

use super::OutputKind;
use super::interpreter::evaluate;
use crate::Model;
use motherlode_core::Estimator;
use motherlode_core::arrays::Precision;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::trace::stream;

/// Largest difference that is taken for rounding: absolute, and relative where answers are larger than 1.
const TOLERANCE: f64 = 1e-3;
/// Events on which a graph is evaluated; fewer where they have many observables, as images.
const EVENTS: [usize; 2] = [64, 2];
/// Observables of an event that count as many.
const MANY: usize = 512;
/// Share of the events that may differ by more: a value next to the edge of a bin may fall on its other side.
const ON_EDGES: f64 = 0.05;
/// The stream of the events.
const STREAM: u64 = 1 << 41;

/// A model in ONNX, with how far its answers are from those of the model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OnnxExport {
    /// The file.
    pub bytes: Vec<u8>,
    /// Precision of its inputs and outputs.
    pub precision: Precision,
    /// Largest difference of its log ratios or scores to those of the model, on events like those of training and but for 5 % of them;
    /// relative where they are larger than 1. None if the model has no answer to compare with.
    pub difference: Option<f64>,
    /// That difference in single precision, if it was too large and double precision was taken instead.
    pub in_single: Option<f64>,
    /// Number of events that were compared.
    pub n_events: usize,
}

impl OnnxExport {
    /// Returns true if the graph says what the model says.
    pub fn is_faithful(&self) -> bool {
        self.difference.is_none_or(|difference| difference <= TOLERANCE)
    }
}

impl Model {
    /// The model as [`to_onnx`](Self::to_onnx) gives it, evaluated and compared with the model: in double precision if that is asked for, or
    /// if the rounding of inputs to single precision changes the answers.
    ///
    /// # Errors
    /// As [`to_onnx`](Self::to_onnx).
    pub fn to_checked_onnx(&self, double: bool) -> Result<OnnxExport> {
        if double {
            return self.compared(Precision::Double);
        }
        let single = self.compared(Precision::Single)?;
        if single.is_faithful() {
            return Ok(single);
        }
        Ok(OnnxExport {
            in_single: single.difference,
            ..self.compared(Precision::Double)?
        })
    }

    fn compared(&self, precision: Precision) -> Result<OnnxExport> {
        let bytes = self.to_onnx(matches!(precision, Precision::Double))?;
        let m = self.first_network().scaling.inputs.n_observables();
        let n_events = EVENTS[usize::from(m > MANY)];
        Ok(OnnxExport {
            difference: self.difference(&bytes, precision, n_events)?,
            bytes,
            precision,
            in_single: None,
            n_events,
        })
    }

    /// How far the answers of a graph are from those of the model.
    fn difference(&self, bytes: &[u8], precision: Precision, n_events: usize) -> Result<Option<f64>> {
        let file =
            onnx_rs::parse(bytes).map_err(|error| Error::data(format!("the graph cannot be read back: {error:?}")))?;
        let graph = file.graph.ok_or_else(|| Error::data("the file has no graph"))?;
        let scaling = &self.first_network().scaling;
        let x = scaling.inputs.typical(n_events, &mut stream(0, STREAM, 0));
        let [theta0, theta1] = [0.7, -0.4].map(|shift| -> Vec<f64> {
            let scales = scaling.theta_mean.iter().zip(&scaling.theta_sd);
            scales.map(|(mean, sd)| mean + shift * sd).collect()
        });
        let kind = self.kind()?;
        let found = Asked {
            graph: &graph,
            precision,
            x: &x,
        };
        let log = self.meanings(&kind).name;
        let ratio = |theta0: &[f64], theta1: &[f64]| {
            Some(self.log_ratio_with_spread(x.view(), theta0, theta1).ok()?.0.into_dyn())
        };
        let score = |theta: &[f64]| Some(self.score_with_spread(x.view(), theta).ok()?.0.into_dyn());
        let (expected, found) = match &kind {
            OutputKind::Ratio { only: Some(theta0), .. } => {
                (ratio(theta0, &self.only_denominator()), found.answer(log, &[]))
            }
            OutputKind::Ratio { only: None, .. } | OutputKind::Density => {
                let at = |theta: &[f64]| found.answer(log, &[("theta", theta)]);
                (ratio(&theta0, &theta1), at(&theta0) - at(&theta1))
            }
            OutputKind::Calibrated { reference } => (
                ratio(&theta0, reference),
                found.answer(log, &[("theta", theta0.as_slice())]),
            ),
            OutputKind::RatioOfTwo => {
                let both: [(&str, &[f64]); 2] = [("theta0", &theta0), ("theta1", &theta1)];
                (ratio(&theta0, &theta1), found.answer(log, &both))
            }
            OutputKind::ScoreThere => (score(self.theta_ref().unwrap_or(&theta0)), found.answer("score", &[])),
            OutputKind::ScoreAnywhere => (score(&theta0), found.answer("score", &[("theta", theta0.as_slice())])),
        };
        Ok(expected.map(|expected| largest(&expected, &found)))
    }

    /// The denominator of a model that knows one pair of hypotheses.
    fn only_denominator(&self) -> Vec<f64> {
        match self.provenance().map(|provenance| &provenance.data.design) {
            Some(Design::Pair { theta1, .. }) => theta1.clone(),
            _ => vec![],
        }
    }
}

/// A graph and the events that it is asked about.
struct Asked<'a> {
    graph: &'a Graph<'a>,
    precision: Precision,
    x: &'a Array2<f64>,
}

impl Asked<'_> {
    /// An output of the graph at some hypotheses.
    fn answer(&self, output: &str, hypotheses: &[(&str, &[f64])]) -> ArrayD<f64> {
        let given = |values: ArrayD<f64>| match self.precision {
            Precision::Single => values.mapv(|value| f64::from(value as f32)),
            Precision::Double => values,
        };
        let mut inputs = vec![("x", given(self.x.clone().into_dyn()))];
        for (name, theta) in hypotheses {
            let row = Array1::from(theta.to_vec()).insert_axis(ndarray::Axis(0));
            inputs.push((*name, given(row.into_dyn())));
        }
        let values = evaluate(self.graph, &inputs);
        values
            .get(output)
            .cloned()
            .unwrap_or_else(|| ArrayD::zeros(IxDyn(&[0])))
    }
}

/// The largest difference, but for a few; numbers that only one of the two has are infinitely far apart.
fn largest(expected: &ArrayD<f64>, found: &ArrayD<f64>) -> f64 {
    if expected.len() != found.len() {
        return f64::INFINITY;
    }
    let difference = |(expected, found): (&f64, &f64)| match (expected.is_nan(), found.is_nan()) {
        (true, true) => 0.0,
        (false, false) => (found - expected).abs() / expected.abs().max(1.0),
        _ => f64::INFINITY,
    };
    let mut all: Vec<f64> = expected.iter().zip(found).map(difference).collect();
    all.sort_by(f64::total_cmp);
    let at = ((1.0 - ON_EDGES) * all.len().saturating_sub(1) as f64).ceil() as usize;
    all.get(at).copied().unwrap_or(0.0)
}
