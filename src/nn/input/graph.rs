//! The transforms of the observables as operators of a graph that other programs run.

use std::f64::consts::TAU;

use super::{Column, Inputs, LIMIT, Quantile, SignedLog, Transform};
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;

/// Features of observations in a graph.
#[derive(Debug)]
pub(crate) struct Features {
    /// `[n, features]`, in single precision.
    pub features: Value,
    /// `[n, 1]`, in double precision: 0, or NaN for an observation that [`Inputs::check`] refuses.
    pub validity: Value,
}

impl Inputs {
    /// The features of `x`, `[n, m]` in double precision, as [`features`](Self::features) has them.
    pub(crate) fn in_graph(&self, graph: &mut Graph, x: &Value) -> Features {
        let columns: Vec<&Column> = self.of.iter().map(|&column| &self.columns[column]).collect();
        let mut parts = Vec::new();
        let mut at = 0;
        for alike in columns.chunk_by(|a, b| a == b || a.plain().is_some() && b.plain().is_some()) {
            let x = graph.columns(x, at..at + alike.len());
            at += alike.len();
            let plain: Option<Vec<(f64, f64)>> = alike.iter().map(|column| column.plain()).collect();
            parts.push(match plain {
                Some(scales) => standardised(graph, &x, &scales),
                None => alike[0].of_each_in_graph(graph, &x, alike.len()),
            });
        }
        let features = graph.beside(&parts);
        Features {
            features: graph.cast(&features, Precision::Single),
            validity: validity(graph, x, &columns),
        }
    }
}

impl Column {
    /// Mean and standard deviation, if standardising is all that is done.
    fn plain(&self) -> Option<(f64, f64)> {
        match self.transform {
            Transform::Standardise { mean, sd } if !self.indicator => Some((mean, sd)),
            _ => None,
        }
    }

    /// The features of `k` observables that are treated alike, such as pixels, `[n, k]` → `[n, k width]`.
    fn of_each_in_graph(&self, graph: &mut Graph, x: &Value, k: usize) -> Value {
        if k == 1 {
            return self.in_graph(graph, x);
        }
        let one_by_one = graph.reshaped(x, &[-1, 1]);
        let features = self.in_graph(graph, &one_by_one);
        graph.reshaped(&features, &[-1, (k * self.width()) as i64])
    }

    /// The features of one observable, `[n, 1]` → `[n, width]`.
    fn in_graph(&self, graph: &mut Graph, x: &Value) -> Value {
        let features = self.transform.in_graph(graph, x);
        if !self.indicator {
            return features;
        }
        let sentinel = graph.as_given(self.missing.unwrap_or(f64::NAN));
        let sentinel = graph.doubles(&[1, 1], &[sentinel]);
        let lacks = lacks(graph, x, &sentinel);
        let zero = graph.doubles(&[1, 1], &[0.0]);
        let present = graph.apply("Where", &[&lacks, &zero, &features]);
        let indicator = graph.cast(&lacks, Precision::Double);
        graph.beside(&[present, indicator])
    }
}

impl Transform {
    /// See [`push`](Self::push).
    fn in_graph(&self, graph: &mut Graph, x: &Value) -> Value {
        match self {
            Self::Constant => {
                let zero = graph.doubles(&[1, 1], &[0.0]);
                graph.apply("Mul", &[x, &zero])
            }
            Self::Standardise { mean, sd } => standardised(graph, x, &[(*mean, *sd)]),
            Self::SignedLog { log, mean, sd } => {
                let log = log.in_graph(graph, x);
                standardised(graph, &log, &[(*mean, *sd)])
            }
            Self::Quantile(quantile) => {
                let score = quantile.in_graph(graph, x);
                clamped(graph, &score, LIMIT)
            }
            Self::Angle { period } => {
                let whole = graph.doubles(&[1, 1], &[*period]);
                let turns = graph.apply_with("Mod", &[x, &whole], &[("fmod", 1)]);
                let to_radians = graph.doubles(&[1, 1], &[TAU / period]);
                let angle = graph.apply("Mul", &[&turns, &to_radians]);
                // ONNX Runtime has no cosine in double precision.
                let angle = graph.cast(&angle, Precision::Single);
                let both = ["Sin", "Cos"].map(|function| graph.apply(function, &[&angle]));
                let both = graph.beside(&both);
                graph.cast(&both, Precision::Double)
            }
            Self::Categorical { values } => {
                let given: Vec<f64> = values.iter().map(|value| graph.as_given(*value)).collect();
                let values = graph.doubles(&[1, values.len()], &given);
                let equal = graph.apply("Equal", &[x, &values]);
                graph.cast(&equal, Precision::Double)
            }
        }
    }
}

impl SignedLog {
    /// See [`value`](Self::value).
    fn in_graph(&self, graph: &mut Graph, x: &Value) -> Value {
        let [centre, scale, one] = [self.centre, self.scale, 1.0].map(|number| graph.doubles(&[1, 1], &[number]));
        let from_centre = graph.apply("Sub", &[x, &centre]);
        let size = graph.apply("Abs", &[&from_centre]);
        let size = clamped(graph, &size, f64::MAX);
        let size = graph.apply("Div", &[&size, &scale]);
        let size = clamped(graph, &size, f64::MAX);
        let above_one = graph.apply("Add", &[&size, &one]);
        let log = graph.apply("Log", &[&above_one]);
        let sign = graph.apply("Sign", &[&from_centre]);
        graph.apply("Mul", &[&log, &sign])
    }
}

impl Quantile {
    /// See [`value`](Self::value).
    fn in_graph(&self, graph: &mut Graph, x: &Value) -> Value {
        piecewise_linear(graph, x, &self.values, &self.scores)
    }
}

/// The lines through neighbouring points, the first and the last going on for ever, in double precision; `knots` ascend.
///
/// As many knots lie at or below a value, that many places to the right is its interval.
pub(crate) fn piecewise_linear(graph: &mut Graph, x: &Value, knots: &[f64], values: &[f64]) -> Value {
    let last = knots.len() - 1;
    let half = |knots: &[f64]| knots.iter().map(|knot| 0.5 * knot).collect::<Vec<_>>();
    let all = graph.doubles(&[1, last + 1], knots);
    let not_above = graph.apply("GreaterOrEqual", &[x, &all]);
    let not_above = graph.cast(&not_above, Precision::Double);
    let right = graph.sum(&not_above, 1);
    let [least, most] = [1.0, last as f64].map(|place| graph.doubles(&[], &[place]));
    let right = graph.apply("Clip", &[&right, &least, &most]);
    let index = graph.apply_with("Cast", &[&right], &[("to", 7)]); // 7: whole numbers of 64 bits
    let mut at = |numbers: &[f64]| {
        // The first entry stands for an interval 0, which there is not.
        let numbers: Vec<f64> = numbers[..1].iter().chain(numbers).copied().collect();
        let numbers = graph.doubles(&[numbers.len()], &numbers);
        graph.apply("Gather", &[&numbers, &index])
    };
    let widths: Vec<f64> = knots.windows(2).map(|pair| 0.5 * pair[1] - 0.5 * pair[0]).collect();
    let rises: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (left, width) = (at(&half(&knots[..last])), at(&widths));
    let (low, rise) = (at(&values[..last]), at(&rises));
    let one_half = graph.doubles(&[1, 1], &[0.5]);
    let x = graph.apply("Mul", &[x, &one_half]);
    let from_left = graph.apply("Sub", &[&x, &left]);
    let share = graph.apply("Div", &[&from_left, &width]);
    let above_low = graph.apply("Mul", &[&share, &rise]);
    graph.apply("Add", &[&above_low, &low])
}

/// (x − mean)/sd, clamped.
fn standardised(graph: &mut Graph, x: &Value, scales: &[(f64, f64)]) -> Value {
    let (means, sds): (Vec<f64>, Vec<f64>) = scales.iter().copied().unzip();
    let means = graph.doubles(&[1, means.len()], &means);
    let sds = graph.doubles(&[1, sds.len()], &sds);
    let from_mean = graph.apply("Sub", &[x, &means]);
    let features = graph.apply("Div", &[&from_mean, &sds]);
    clamped(graph, &features, LIMIT)
}

fn clamped(graph: &mut Graph, value: &Value, limit: f64) -> Value {
    let [least, most] = [-limit, limit].map(|limit| graph.doubles(&[], &[limit]));
    graph.apply("Clip", &[value, &least, &most])
}

/// True where values are NaN or the number that stands for a missing one.
fn lacks(graph: &mut Graph, x: &Value, sentinels: &Value) -> Value {
    let nan = graph.apply("IsNaN", &[x]);
    let sentinel = graph.apply("Equal", &[x, sentinels]);
    graph.apply("Or", &[&nan, &sentinel])
}

/// 0 · Σ x, which is 0 unless some value is infinite, or missing where none may be.
fn validity(graph: &mut Graph, x: &Value, columns: &[&Column]) -> Value {
    let sentinels: Vec<f64> = columns
        .iter()
        .map(|column| graph.as_given(column.missing.unwrap_or(f64::NAN)))
        .collect();
    let stands_in: Vec<f64> = columns
        .iter()
        .map(|column| if column.indicator { 0.0 } else { f64::NAN })
        .collect();
    let sentinels = graph.doubles(&[1, columns.len()], &sentinels);
    let lacks = lacks(graph, x, &sentinels);
    let stands_in = graph.doubles(&[1, columns.len()], &stands_in);
    let zero = graph.doubles(&[1, 1], &[0.0]);
    let x = graph.apply("Where", &[&lacks, &stands_in, x]);
    let zeros = graph.apply("Mul", &[&x, &zero]);
    graph.sum(&zeros, 1)
}
