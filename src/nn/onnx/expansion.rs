//! Expansions around a point, as operators.

use crate::Expansion;
use crate::expansion::FLOOR;
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;

/// δ·a and ½ δᵀbδ, with their gradients; see [`Expansion`].
struct Terms {
    linear: Value,
    quadratic: Value,
    linear_slope: Value,
    quadratic_slope: Value,
}

impl Expansion {
    /// ln r̂(x|θ) `[n, 1]` and its gradient `[n, p]`, from the outputs of the network and θ in double precision.
    pub(super) fn in_graph(&self, graph: &mut Graph, outputs: &Value, theta: &Value) -> (Value, Value) {
        let [one, floor, zero] = [1.0, FLOOR, 0.0].map(|number| graph.doubles(&[1, 1], &[number]));
        let theta_ref = graph.doubles(&[1, self.theta_ref.len()], &self.theta_ref);
        let delta = graph.apply("Sub", &[theta, &theta_ref]);
        let scale = graph.doubles(&[1, self.scale.len()], &self.scale);
        let outputs = graph.cast(outputs, Precision::Double);
        let derivatives = graph.apply("Mul", &[&outputs, &scale]);
        let rate = graph.doubles(&[1, self.rate.len()], &self.rate);
        let (x, rate) = (
            self.terms_in_graph(graph, &derivatives, &delta),
            self.terms_in_graph(graph, &rate, &delta),
        );

        let by = graph.apply("Add", &[&one, &rate.linear]);
        let linear = graph.apply("Mul", &[&x.linear, &by]);
        let above = graph.apply("Add", &[&linear, &x.quadratic]);
        let below = graph.apply("Add", &[&by, &rate.quadratic]);
        let below = graph.apply("Max", &[&below, &floor]);
        let excess = graph.apply("Div", &[&above, &below]);
        let ratio = graph.apply("Add", &[&one, &excess]);

        let of_x = graph.apply("Mul", &[&x.linear_slope, &by]);
        let of_rate = graph.apply("Mul", &[&rate.linear_slope, &x.linear]);
        let above_slope = graph.apply("Sum", &[&of_x, &of_rate, &x.quadratic_slope]);
        let below_slope = graph.apply("Add", &[&rate.linear_slope, &rate.quadratic_slope]);
        let less = graph.apply("Mul", &[&below_slope, &excess]);
        let slope = graph.apply("Sub", &[&above_slope, &less]);
        let slope = graph.apply("Div", &[&slope, &below]);

        let known = graph.apply("Greater", &[&ratio, &floor]);
        let least = graph.apply("Max", &[&ratio, &floor]);
        let log_ratio = graph.apply("Log", &[&least]);
        let score = graph.apply("Div", &[&slope, &least]);
        let score = graph.apply("Where", &[&known, &score, &zero]);
        (log_ratio, score)
    }

    /// The terms of an expansion with these derivatives, `[n, k]`, for δ, `[n, p]`: with the pairs i ≤ j of second derivatives
    /// picked by matrices of zeros and ones.
    fn terms_in_graph(&self, graph: &mut Graph, derivatives: &Value, delta: &Value) -> Terms {
        let p = self.theta_ref.len();
        let pairs: Vec<(usize, usize)> = (0..p).flat_map(|i| (i..p).map(move |j| (i, j))).collect();
        let n = pairs.len();
        let mut picking = |entry: &dyn Fn(usize, (usize, usize)) -> bool, of_pairs: bool| {
            let at = |row: usize, column: usize| match of_pairs {
                true => entry(column, pairs[row]),
                false => entry(row, pairs[column]),
            };
            let (rows, columns) = if of_pairs { (n, p) } else { (p, n) };
            let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let entries: Vec<f64> = cells
                .map(|(row, column)| f64::from(u8::from(at(row, column))))
                .collect();
            graph.doubles(&[rows, columns], &entries)
        };
        let first = picking(&|k, (i, _)| k == i, false);
        let second = picking(&|k, (_, j)| k == j, false);
        let to_first = picking(&|k, (i, _)| k == i, true);
        let to_second = picking(&|k, (i, j)| k == j && i != j, true);
        let half = graph.doubles(&[1, 1], &[0.5]);

        let linear_slope = graph.columns(derivatives, 0..p);
        let product = graph.apply("Mul", &[&linear_slope, delta]);
        let linear = graph.sum(&product, 1);
        let second_derivatives = graph.columns(derivatives, p..p + n);
        // Bᵢⱼ δⱼ belongs to i, and Bᵢⱼ δᵢ to j.
        let mut part = |of: &Value, to: &Value| {
            let delta = graph.apply("MatMul", &[delta, of]);
            let product = graph.apply("Mul", &[&second_derivatives, &delta]);
            graph.apply("MatMul", &[&product, to])
        };
        let (rows, columns) = (part(&second, &to_first), part(&first, &to_second));
        let quadratic_slope = graph.apply("Add", &[&rows, &columns]);
        let product = graph.apply("Mul", &[&quadratic_slope, delta]);
        let quadratic = graph.sum(&product, 1);
        Terms {
            linear,
            quadratic: graph.apply("Mul", &[&quadratic, &half]),
            linear_slope,
            quadratic_slope,
        }
    }
}
