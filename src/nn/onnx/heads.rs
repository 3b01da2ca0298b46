//! Heads behind the perceptrons of an estimator, as operators.

use super::perceptron::Perceptron;
use crate::architecture::NamedTensor;
use crate::network::QuadraticConfig;
use crate::onnx::graph::{Graph, Value};

/// ℓ(x, θ0, θ1) `[n, 1]` of an antisymmetric head, and its gradient with respect to θ0, `[n, p]`.
pub(super) fn antisymmetric(graph: &mut Graph, network: &Perceptron, blocks: [&Value; 3]) -> (Value, Value) {
    let [x, theta0, theta1] = blocks;
    let there = network.forward(graph, &[x, theta0, theta1]);
    let back = network.forward(graph, &[x, theta1, theta0]);
    let there_gradient = network.gradient(graph, &there, 1);
    let back_gradient = network.gradient(graph, &back, 2);
    (
        graph.apply("Sub", &[&there.outputs, &back.outputs]),
        graph.apply("Sub", &[&there_gradient, &back_gradient]),
    )
}

/// ℓ(x, θ) `[n, 1]` of a quadratic head, and its gradient, `[n, p]`, from the entries of the triangle of x, of that of the
/// rate, and the standardised θ.
pub(super) fn quadratic(
    graph: &mut Graph,
    config: &QuadraticConfig,
    entries: &Value,
    rate: &NamedTensor,
    theta: &Value,
) -> (Value, Value) {
    let theta = match &config.origin {
        Some(origin) => {
            let origin = graph.singles(&[1, origin.len()], origin);
            graph.apply("Sub", &[theta, &origin])
        }
        None => theta.clone(),
    };
    let one = ones_like_first(graph, &theta);
    let v = graph.beside(&[one, theta]);
    let rate = graph.singles(&rate.shape, &rate.values);
    let (above, above_gradient) = log_quadratic(graph, config, entries, &v);
    let (below, below_gradient) = log_quadratic(graph, config, &rate, &v);
    (
        graph.apply("Sub", &[&above, &below]),
        graph.apply("Sub", &[&above_gradient, &below_gradient]),
    )
}

/// ln vᵀLLᵀv and its gradient to θ, from the entries of L column by column.
fn log_quadratic(graph: &mut Graph, config: &QuadraticConfig, entries: &Value, v: &Value) -> (Value, Value) {
    let p = config.n_parameters;
    let two = graph.singles(&[1, 1], &[2.0]);
    let (mut squares, mut slopes, mut at) = (Vec::new(), Vec::new(), 0);
    for column in 0..=p {
        let length = p + 1 - column;
        let l = graph.columns(entries, at..at + length);
        at += length;
        let l = with_diagonal(graph, &l, length, config.origin.is_some() && column == 0);
        let v = graph.columns(v, column..p + 1);
        let product = graph.apply("Mul", &[&l, &v]);
        let amplitude = graph.sum(&product, 1);
        squares.push(graph.apply("Mul", &[&amplitude, &amplitude]));
        // Entry j of the column belongs to v[column + j], which is θ[column + j − 1].
        let mut places = vec![0.0; length * p];
        (0..length)
            .filter(|j| column + j > 0)
            .for_each(|j| places[j * p + column + j - 1] = 1.0);
        let places = graph.singles(&[length, p], &places);
        let to_theta = graph.apply("MatMul", &[&l, &places]);
        let slope = graph.apply("Mul", &[&to_theta, &amplitude]);
        slopes.push(graph.apply("Mul", &[&slope, &two]));
    }
    let least = graph.singles(&[1, 1], &[f32::MIN_POSITIVE]);
    let sum = total(graph, &squares);
    let sum = graph.apply("Add", &[&sum, &least]);
    let slope = total(graph, &slopes);
    (graph.apply("Log", &[&sum]), graph.apply("Div", &[&slope, &sum]))
}

/// A column of L with its diagonal entry: 1 where the ratio is pinned, positive elsewhere.
fn with_diagonal(graph: &mut Graph, column: &Value, length: usize, pinned: bool) -> Value {
    let diagonal = if pinned {
        ones_like_first(graph, column)
    } else {
        let entry = graph.columns(column, 0..1);
        let softplus = graph.apply("Softplus", &[&entry]);
        let least = graph.singles(&[1, 1], &[1e-6]);
        graph.apply("Add", &[&softplus, &least])
    };
    if length == 1 {
        return diagonal;
    }
    let below = graph.columns(column, 1..length);
    graph.beside(&[diagonal, below])
}

/// A column of ones, as long as a value has rows.
fn ones_like_first(graph: &mut Graph, value: &Value) -> Value {
    let [zero, one] = [0.0, 1.0].map(|number| graph.singles(&[1, 1], &[number]));
    let first = graph.columns(value, 0..1);
    let zeros = graph.apply("Mul", &[&first, &zero]);
    graph.apply("Add", &[&zeros, &one])
}

fn total(graph: &mut Graph, values: &[Value]) -> Value {
    let values: Vec<&Value> = values.iter().collect();
    graph.apply("Sum", &values)
}
