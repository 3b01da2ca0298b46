//! Values with their derivatives to the parameters, as operators of a graph that other programs run.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Sub};

use burn::tensor::Tensor;

use super::{ConditionalDensity, Differentiable};
use crate::Activation;
use crate::network::floats;
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;

/// A graph in which several values grow.
type Shared<'g> = RefCell<&'g mut Graph>;

/// A batch of rows and the tangents ∂/∂θ_j of every entry, each `[n, w]`, in single precision: what
/// [`Dual`](super::Dual) is among tensors. There are no tangents of what does not depend on θ.
#[derive(Clone)]
pub(super) struct GraphDual<'a, 'g> {
    graph: &'a Shared<'g>,
    value: Value,
    tangents: Vec<Value>,
}

impl ConditionalDensity {
    /// ln p̂(x|θ), `[n, 1]`, and its derivatives to the p parameters, each `[n, 1]`, in the units of the network.
    ///
    /// # Shapes
    /// - `x`: `[n, columns]`, standardised, or of classes; `theta`: `[n, p]` or `[1, p]`, both in single precision
    pub(crate) fn in_graph(&self, graph: &mut Graph, x: &Value, theta: &Value, p: usize) -> (Value, Vec<Value>) {
        let graph = RefCell::new(graph);
        let x = GraphDual {
            graph: &graph,
            value: x.clone(),
            tangents: vec![],
        };
        let theta = GraphDual::parameters(&x, theta, p);
        let GraphDual { value, tangents, .. } = self.log_prob_of(x, &theta);
        (value, tangents)
    }
}

impl GraphDual<'_, '_> {
    /// The parameters, as many rows of them as there are of `x`, with ∂θ_i/∂θ_j = δ_ij.
    fn parameters(x: &Self, theta: &Value, p: usize) -> Self {
        let first = x.columns(0, 1).scale(0.0).value;
        let long = |value: &Value| x.apply("Add", &[value, &first]);
        let units = (0..p).map(|j| {
            let unit: Vec<f32> = (0..p).map(|i| f32::from(u8::from(i == j))).collect();
            long(&x.constant(&[1, p], &unit))
        });
        Self {
            graph: x.graph,
            value: long(theta),
            tangents: units.collect(),
        }
    }

    fn apply(&self, operator: &'static str, to: &[&Value]) -> Value {
        self.graph.borrow_mut().apply(operator, to)
    }

    fn constant(&self, shape: &[usize], numbers: &[f32]) -> Value {
        self.graph.borrow_mut().singles(shape, numbers)
    }

    fn number(&self, number: f64) -> Value {
        self.constant(&[1, 1], &[number as f32])
    }

    /// A number that does not depend on θ.
    fn without_tangents(&self, value: Value) -> Self {
        Self {
            graph: self.graph,
            value,
            tangents: vec![],
        }
    }

    /// One linear map, of value and tangents alike.
    fn linearly(&self, map: impl Fn(&Value) -> Value) -> Self {
        self.chain(map(&self.value), map)
    }

    /// A function of the value, whose tangents are had from the given rule.
    fn chain(&self, value: Value, rule: impl Fn(&Value) -> Value) -> Self {
        Self {
            graph: self.graph,
            value,
            tangents: self.tangents.iter().map(rule).collect(),
        }
    }

    /// Tangents of two values joined, of which either may have none.
    fn paired(
        &self,
        other: &Self,
        both: impl Fn(&Value, &Value) -> Value,
        only_self: impl Fn(&Value) -> Value,
        only_other: impl Fn(&Value) -> Value,
    ) -> Vec<Value> {
        match (&self.tangents[..], &other.tangents[..]) {
            (a, []) => a.iter().map(only_self).collect(),
            ([], b) => b.iter().map(only_other).collect(),
            (a, b) => a.iter().zip(b).map(|(a, b)| both(a, b)).collect(),
        }
    }

    fn cast(&self, flags: &Value) -> Value {
        self.graph.borrow_mut().cast(flags, Precision::Single)
    }
}

impl Add for GraphDual<'_, '_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |a: &Value, b: &Value| self.apply("Add", &[a, b]);
        Self {
            graph: self.graph,
            value: sum(&self.value, &other.value),
            tangents: self.paired(&other, sum, Value::clone, Value::clone),
        }
    }
}

impl Sub for GraphDual<'_, '_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let difference = |a: &Value, b: &Value| self.apply("Sub", &[a, b]);
        let minus = |b: &Value| self.apply("Neg", &[b]);
        Self {
            graph: self.graph,
            value: difference(&self.value, &other.value),
            tangents: self.paired(&other, difference, Value::clone, minus),
        }
    }
}

impl Mul for GraphDual<'_, '_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (u, v) = (&self.value, &other.value);
        let product = |a: &Value, b: &Value| self.apply("Mul", &[a, b]);
        let both = |a: &Value, b: &Value| self.apply("Add", &[&product(a, v), &product(u, b)]);
        Self {
            graph: self.graph,
            value: product(u, v),
            tangents: self.paired(&other, both, |a| product(a, v), |b| product(u, b)),
        }
    }
}

impl Div for GraphDual<'_, '_> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let v = &other.value;
        let by_v = |a: &Value| self.apply("Div", &[a, v]);
        let quotient = by_v(&self.value);
        let moved = |b: &Value| self.apply("Mul", &[&quotient, b]);
        let both = |a: &Value, b: &Value| by_v(&self.apply("Sub", &[a, &moved(b)]));
        let only_other = |b: &Value| self.apply("Neg", &[&by_v(&moved(b))]);
        Self {
            graph: self.graph,
            value: quotient.clone(),
            tangents: self.paired(&other, both, by_v, only_other),
        }
    }
}

impl Differentiable for GraphDual<'_, '_> {
    type Flags = Value;

    fn zeros_like(&self) -> Self {
        // One number stands for as many as are needed.
        self.without_tangents(self.number(0.0))
    }

    fn matmul(self, matrix: Tensor<2>) -> Self {
        let matrix = self.constant(&matrix.dims(), &floats(matrix));
        self.linearly(|rows| self.apply("MatMul", &[rows, &matrix]))
    }

    fn affine(self, weight: Tensor<2>, bias: Tensor<1>) -> Self {
        let product = self.matmul(weight);
        let bias = product.constant(&[1, bias.dims()[0]], &floats(bias));
        let value = product.apply("Add", &[&product.value, &bias]);
        Self { value, ..product }
    }

    fn activate(self, activation: Activation) -> Self {
        let value = activation.in_graph(&mut self.graph.borrow_mut(), &self.value);
        if self.tangents.is_empty() {
            return self.without_tangents(value);
        }
        let slope = activation.slope_in_graph(&mut self.graph.borrow_mut(), &self.value);
        self.chain(value, |tangent| self.apply("Mul", &[tangent, &slope]))
    }

    fn exp(self) -> Self {
        let value = self.apply("Exp", &[&self.value]);
        self.chain(value.clone(), |tangent| self.apply("Mul", &[tangent, &value]))
    }

    fn ln(self) -> Self {
        let value = self.apply("Log", &[&self.value]);
        self.chain(value, |tangent| self.apply("Div", &[tangent, &self.value]))
    }

    fn square(self) -> Self {
        let two = self.number(2.0);
        let value = self.apply("Mul", &[&self.value, &self.value]);
        self.chain(value, |tangent| {
            let product = self.apply("Mul", &[&self.value, tangent]);
            self.apply("Mul", &[&product, &two])
        })
    }

    fn scale(self, factor: f64) -> Self {
        let factor = self.number(factor);
        self.linearly(|rows| self.apply("Mul", &[rows, &factor]))
    }

    fn shift(self, offset: f64) -> Self {
        let offset = self.number(offset);
        let value = self.apply("Add", &[&self.value, &offset]);
        Self { value, ..self }
    }

    fn sum_rows(self) -> Self {
        self.linearly(|rows| self.graph.borrow_mut().sum(rows, 1))
    }

    fn softmax_rows(self) -> Self {
        let shares = self
            .graph
            .borrow_mut()
            .apply_with("Softmax", &[&self.value], &[("axis", 1)]);
        self.chain(shares.clone(), |tangent| {
            let moved = self.apply("Mul", &[&shares, tangent]);
            let total = self.graph.borrow_mut().sum(&moved, 1);
            self.apply("Sub", &[&moved, &self.apply("Mul", &[&shares, &total])])
        })
    }

    fn log_sum_exp_rows(self) -> Self {
        let axis = [("axis", 1)];
        let place = self.graph.borrow_mut().apply_with("ArgMax", &[&self.value], &axis);
        let largest = self
            .graph
            .borrow_mut()
            .apply_with("GatherElements", &[&self.value, &place], &axis);
        let terms = self.apply("Sub", &[&self.value, &largest]);
        let terms = self.apply("Exp", &[&terms]);
        let total = self.graph.borrow_mut().sum(&terms, 1);
        let value = self.apply("Log", &[&total]);
        let value = self.apply("Add", &[&value, &largest]);
        let shares = self.apply("Div", &[&terms, &total]);
        self.chain(value, |tangent| {
            let moved = self.apply("Mul", &[&shares, tangent]);
            self.graph.borrow_mut().sum(&moved, 1)
        })
    }

    fn columns(&self, from: usize, to: usize) -> Self {
        self.linearly(|rows| self.graph.borrow_mut().columns(rows, from..to))
    }

    fn in_rows_of(self, width: usize) -> Self {
        let shape = [-1, width as i64];
        self.linearly(|rows| self.graph.borrow_mut().reshaped(rows, &shape))
    }

    fn beside(self, other: Self) -> Self {
        let join = |a: &Value, b: &Value| self.graph.borrow_mut().beside(&[a.clone(), b.clone()]);
        let [left, right] = [&self, &other].map(|side| self.apply("Mul", &[&side.value, &self.number(0.0)]));
        Self {
            graph: self.graph,
            value: join(&self.value, &other.value),
            tangents: self.paired(&other, join, |a| join(a, &right), |b| join(&left, b)),
        }
    }

    fn is_within(&self, bound: f64) -> Value {
        let size = self.apply("Abs", &[&self.value]);
        self.apply("Greater", &[&self.number(bound), &size])
    }

    fn or_where_not(self, flags: &Value, other: Self) -> Self {
        let choose = |a: &Value, b: &Value| self.apply("Where", &[flags, a, b]);
        let zero = self.number(0.0);
        Self {
            graph: self.graph,
            value: choose(&self.value, &other.value),
            tangents: self.paired(&other, choose, |a| choose(a, &zero), |b| choose(&zero, b)),
        }
    }

    fn one_hot(&self, width: usize) -> Self {
        let columns: Vec<f32> = (0..width).map(|column| column as f32).collect();
        let columns = self.constant(&[1, width], &columns);
        self.without_tangents(self.cast(&self.apply("Equal", &[&self.value, &columns])))
    }

    /// A value lies right of the left edge of its bin and not right of its right edge. Small matrices count the edges, where
    /// tensors have an index.
    fn bin_among(&self, sizes: &Self, bins: usize) -> [Self; 2] {
        let matrix = |[rows, columns]: [usize; 2], entry: fn(usize, usize) -> f32| {
            let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let entries: Vec<f32> = cells.map(|(row, column)| entry(row, column)).collect();
            self.constant(&[rows, columns], &entries)
        };
        let inner = bins - 1;
        let to_edges = matrix([bins, inner], |size, edge| if size <= edge { 0.5 } else { -0.5 });
        let edges = self.apply("MatMul", &[&sizes.value, &to_edges]);
        let passed = self.cast(&self.apply("GreaterOrEqual", &[&self.value, &edges]));
        let to_before = matrix([inner, bins], |edge, bin| f32::from(u8::from(edge == bin)));
        let before = self.apply("MatMul", &[&passed, &to_before]);
        let sides = self.apply("Sub", &[&before, &self.number(0.5)]);
        let to_here = matrix([inner, bins], |edge, bin| {
            f32::from(u8::from(edge + 1 == bin)) - f32::from(u8::from(edge == bin))
        });
        let here = self.apply("MatMul", &[&passed, &to_here]);
        let first = matrix([1, bins], |_, bin| f32::from(u8::from(bin == 0)));
        let here = self.apply("Add", &[&here, &first]);
        [here, sides].map(|mask| self.without_tangents(mask))
    }
}
