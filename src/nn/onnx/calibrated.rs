//! Calibrated ratios, as operators.

use super::{NetworkOutputs, OutputKind, network_outputs};
use crate::Model;
use crate::input::piecewise_linear;
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;
use motherlode_core::error::{Error, Result};
use motherlode_stats::calibration::{Calibration, Curve};
use motherlode_stats::inference::Interpolation;

/// The calibrated ratio of θ to the reference, `[n, 1]` in double precision: what the model says, and between the nodes of the
/// grid a polynomial through what the curves add at them; see [`Calibration`].
pub(super) fn answer_of(
    graph: &mut Graph,
    model: &Model,
    calibration: &Calibration,
    x: &Value,
    theta: &Value,
) -> Result<NetworkOutputs> {
    let interpolation = calibration.interpolation()?;
    let raw = to_reference(graph, model, calibration, x, theta)?;
    let weights = weights(graph, &interpolation, theta);
    let mut corrections = Vec::with_capacity(calibration.n_nodes());
    for (node, curve) in interpolation.nodes().rows().into_iter().zip(calibration.curves()) {
        let node = graph.doubles(&[1, node.len()], &node.to_vec());
        let raw = to_reference(graph, model, calibration, x, &node)?;
        corrections.push(correction(graph, curve, &raw));
    }
    let corrections = graph.beside(&corrections);
    let corrections = graph.apply("Mul", &[&corrections, &weights]);
    let correction = graph.sum(&corrections, 1);
    let log_ratio = graph.apply("Add", &[&raw, &correction]);
    let log_ratio = within(graph, &interpolation, calibration.reference(), theta, &log_ratio);
    Ok(NetworkOutputs {
        log: Some(log_ratio),
        score: None,
    })
}

/// ln r̂(x|θ, reference) as the model says, the mean over its members.
fn to_reference(
    graph: &mut Graph,
    model: &Model,
    calibration: &Calibration,
    x: &Value,
    theta: &Value,
) -> Result<Value> {
    let reference = calibration.reference();
    let at_reference = graph.doubles(&[1, reference.len()], reference);
    let kind = model.kind()?;
    let alone = matches!(&model.members()[0], Model::Ratio(member) if member.is_to_denominator_alone(reference));
    let mut ratios = Vec::new();
    for network in model.networks()? {
        let mut ask = |thetas: &[Value]| {
            let log = network_outputs(graph, network, &kind, x, thetas)?.log;
            log.ok_or_else(|| Error::data("this model knows no ratio"))
        };
        ratios.push(match &kind {
            OutputKind::RatioOfTwo => ask(&[theta.clone(), at_reference.clone()])?,
            _ if alone => ask(std::slice::from_ref(theta))?,
            _ => {
                let there = ask(std::slice::from_ref(theta))?;
                let here = ask(std::slice::from_ref(&at_reference))?;
                graph.apply("Sub", &[&there, &here])
            }
        });
    }
    let n = graph.doubles(&[1, 1], &[ratios.len() as f64]);
    let sum = graph.apply("Sum", &ratios.iter().collect::<Vec<_>>());
    Ok(graph.apply("Div", &[&sum, &n]))
}

/// Correction of a curve; zero for infinite ratios.
fn correction(graph: &mut Graph, curve: &Curve, raw: &Value) -> Value {
    let [zero, largest] = [0.0, f64::MAX].map(|number| graph.doubles(&[1, 1], &[number]));
    let added = match curve {
        Curve::Shift(shift) => {
            let shift = graph.doubles(&[1, 1], &[*shift]);
            let zeros = graph.apply("Mul", &[raw, &zero]);
            graph.apply("Add", &[&zeros, &shift])
        }
        Curve::Points { at, log_ratio } => {
            let calibrated = match (&at[..], &log_ratio[..]) {
                ([_], [only]) => graph.doubles(&[1, 1], &[*only]),
                _ => {
                    let [first, last] = [at[0], at[at.len() - 1]].map(|end| graph.doubles(&[], &[end]));
                    let known = graph.apply("Clip", &[raw, &first, &last]);
                    piecewise_linear(graph, &known, at, log_ratio)
                }
            };
            graph.apply("Sub", &[&calibrated, raw])
        }
    };
    let size = graph.apply("Abs", &[raw]);
    let is_infinite = graph.apply("Greater", &[&size, &largest]);
    graph.apply("Where", &[&is_infinite, &zero, &added])
}

/// Weight of each node at θ, `[n or 1, K]`: the products of Lagrange's polynomials of each parameter.
fn weights(graph: &mut Graph, interpolation: &Interpolation, theta: &Value) -> Value {
    let n_nodes = interpolation.n_nodes();
    let mut weights = graph.doubles(&[1, 1], &[1.0]);
    let mut faster = n_nodes;
    for (k, nodes) in interpolation.along().iter().enumerate() {
        let theta = graph.columns(theta, k..k + 1);
        faster /= nodes.len();
        // Which node of this parameter each node of the grid has.
        let own: Vec<f64> = (0..n_nodes).map(|node| nodes[node / faster % nodes.len()]).collect();
        for &other in nodes {
            // (θ − other)/(own − other), as a slope and an offset; 1 where the two are one.
            let line = own.iter().map(|&own| match own - other {
                0.0 => (0.0, 1.0),
                apart => (1.0 / apart, 0.0),
            });
            let (slopes, ones): (Vec<f64>, Vec<f64>) = line.unzip();
            let [slopes, ones] = [slopes, ones].map(|numbers| graph.doubles(&[1, n_nodes], &numbers));
            let other = graph.doubles(&[1, 1], &[other]);
            let apart = graph.apply("Sub", &[&theta, &other]);
            let factor = graph.apply("Mul", &[&apart, &slopes]);
            let factor = graph.apply("Add", &[&factor, &ones]);
            weights = graph.apply("Mul", &[&weights, &factor]);
        }
    }
    weights
}

/// The ratio where θ is in the box, NaN elsewhere, and zero at the reference itself.
fn within(graph: &mut Graph, interpolation: &Interpolation, reference: &[f64], theta: &Value, ratio: &Value) -> Value {
    let p = reference.len();
    let (low, high): (Vec<f64>, Vec<f64>) = interpolation.space().edges().iter().copied().unzip();
    let [low, high, reference] = [low, high, reference.to_vec()].map(|numbers| {
        let given: Vec<f64> = numbers.iter().map(|number| graph.as_given(*number)).collect();
        graph.doubles(&[1, p], &given)
    });
    let [zero, nan, all] = [0.0, f64::NAN, p as f64].map(|number| graph.doubles(&[1, 1], &[number]));
    let everywhere = |graph: &mut Graph, flags: &Value| {
        let flags = graph.cast(flags, Precision::Double);
        let number = graph.sum(&flags, 1);
        graph.apply("Equal", &[&number, &all])
    };
    let above = graph.apply("GreaterOrEqual", &[theta, &low]);
    let above = everywhere(graph, &above);
    let below = graph.apply("GreaterOrEqual", &[&high, theta]);
    let below = everywhere(graph, &below);
    let same = graph.apply("Equal", &[theta, &reference]);
    let same = everywhere(graph, &same);
    let ratio = graph.apply("Where", &[&above, ratio, &nan]);
    let ratio = graph.apply("Where", &[&below, &ratio, &nan]);
    graph.apply("Where", &[&same, &zero, &ratio])
}
