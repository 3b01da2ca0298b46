//! A perceptron as operators, and its gradient to some of its inputs.

use crate::Activation;
use crate::network::{LEAK, MlpConfig, SELU_ALPHA, SELU_SCALE};
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;

/// A perceptron whose weights are constants of a graph. What it takes comes in blocks that lie side by side: features of
/// x, hypotheses.
///
/// A block of one row stands for as many rows as the others have.
#[derive(Debug)]
pub(super) struct Perceptron {
    /// The weights of the first layer, block by block, `[block, width]`.
    blocks: Vec<Value>,
    /// The weights of the other layers, `[inputs, outputs]`.
    weights: Vec<Value>,
    /// `[1, outputs]` of each layer.
    biases: Vec<Value>,
    activation: Activation,
    /// The first column of the last weights as a row: the slopes of the first output.
    slopes: Value,
}

/// Results of a forward pass.
pub(super) struct ForwardPass {
    /// `[n, outputs]`.
    pub outputs: Value,
    /// Input of the activation of each hidden layer.
    z: Vec<Value>,
}

impl Perceptron {
    /// Builds a perceptron from a row of parameters, layer by layer, weights before biases; it takes blocks of these widths.
    ///
    /// # Panics
    /// If the row is shorter than the shape says, which no network is.
    pub fn new(graph: &mut Graph, config: &MlpConfig, row: &[f32], widths: &[usize]) -> Self {
        let layers = config.layers();
        let (mut rest, mut split) = (row, Vec::new());
        for &[inputs, outputs] in &layers {
            let (weight, after) = rest.split_at(inputs * outputs);
            let (bias, after) = after.split_at(outputs);
            split.push((weight, bias));
            rest = after;
        }
        let [_, outputs] = layers[0];
        let mut first = split[0].0;
        let blocks = widths.iter().map(|&width| {
            let (block, after) = first.split_at(width * outputs);
            first = after;
            graph.singles(&[width, outputs], block)
        });
        let blocks = blocks.collect();
        let weights = layers.iter().zip(&split).skip(1);
        let weights = weights
            .map(|(shape, (weight, _))| graph.singles(shape, weight))
            .collect();
        let biases = split
            .iter()
            .map(|(_, bias)| graph.singles(&[1, bias.len()], bias))
            .collect();
        let (last, _) = split[split.len() - 1];
        let column: Vec<f32> = last.iter().step_by(config.outputs).copied().collect();
        Self {
            blocks,
            weights,
            biases,
            activation: config.activation,
            slopes: graph.singles(&[1, column.len()], &column),
        }
    }

    /// The outputs.
    pub fn forward(&self, graph: &mut Graph, blocks: &[&Value]) -> ForwardPass {
        let mut value = self.biases[0].clone();
        for (block, weights) in blocks.iter().zip(&self.blocks) {
            let product = graph.apply("MatMul", &[block, weights]);
            value = graph.apply("Add", &[&product, &value]);
        }
        let mut z = Vec::with_capacity(self.weights.len());
        for (weights, bias) in self.weights.iter().zip(&self.biases[1..]) {
            let h = self.activation.in_graph(graph, &value);
            z.push(value);
            value = graph.apply("Gemm", &[&h, weights, bias]);
        }
        ForwardPass { outputs: value, z }
    }

    /// The gradient of the first output to a block, `[n, block]`; of a network without hidden layers, `[1, block]`.
    pub fn gradient(&self, graph: &mut Graph, pass: &ForwardPass, block: usize) -> Value {
        if self.weights.is_empty() {
            let column = graph.columns(&self.blocks[block], 0..1);
            return graph.apply("Transpose", &[&column]);
        }
        let earlier = std::iter::once(&self.blocks[block]).chain(&self.weights);
        let mut gradient = self.slopes.clone();
        for (weights, z) in earlier.zip(&pass.z).collect::<Vec<_>>().into_iter().rev() {
            gradient = self.activation.back_in_graph(graph, z, &gradient);
            gradient = graph.apply_with("Gemm", &[&gradient, weights], &[("transB", 1)]);
        }
        gradient
    }
}

impl Activation {
    /// See [`forward`](Self::forward).
    pub(crate) fn in_graph(self, graph: &mut Graph, z: &Value) -> Value {
        match self {
            Self::Tanh => graph.apply("Tanh", &[z]),
            Self::Silu => {
                let s = graph.apply("Sigmoid", &[z]);
                graph.apply("Mul", &[z, &s])
            }
            Self::Softplus => graph.apply("Softplus", &[z]),
            Self::Relu => graph.apply("Relu", &[z]),
            // These have the slopes that PyTorch gives them by default.
            Self::LeakyRelu => graph.apply("LeakyRelu", &[z]),
            Self::Elu => graph.apply("Elu", &[z]),
            Self::Selu => graph.apply("Selu", &[z]),
            Self::LogSigmoid => {
                let minus = graph.apply("Neg", &[z]);
                let softplus = graph.apply("Softplus", &[&minus]);
                graph.apply("Neg", &[&softplus])
            }
        }
    }

    /// See [`backward`](Self::backward).
    fn back_in_graph(self, graph: &mut Graph, z: &Value, gradient: &Value) -> Value {
        let slope = self.slope_in_graph(graph, z);
        graph.apply("Mul", &[gradient, &slope])
    }

    /// The slope of [`forward`](Self::forward).
    pub(crate) fn slope_in_graph(self, graph: &mut Graph, z: &Value) -> Value {
        let [zero, one] = [0.0, 1.0].map(|number| graph.singles(&[1, 1], &[number]));
        match self {
            Self::Tanh => {
                let h = graph.apply("Tanh", &[z]);
                let square = graph.apply("Mul", &[&h, &h]);
                graph.apply("Sub", &[&one, &square])
            }
            Self::Silu => {
                let s = graph.apply("Sigmoid", &[z]);
                let other = graph.apply("Sub", &[&one, &s]);
                let product = graph.apply("Mul", &[z, &other]);
                let sum = graph.apply("Add", &[&product, &one]);
                graph.apply("Mul", &[&sum, &s])
            }
            Self::Softplus => graph.apply("Sigmoid", &[z]),
            Self::Relu => {
                let above = graph.apply("Greater", &[z, &zero]);
                graph.cast(&above, Precision::Single)
            }
            Self::LeakyRelu => {
                let leak = graph.singles(&[1, 1], &[LEAK]);
                bent(graph, z, &one, &leak)
            }
            Self::Elu => {
                let below = graph.apply("Min", &[z, &zero]);
                graph.apply("Exp", &[&below])
            }
            Self::Selu => {
                let [scale, below_scale] = [SELU_SCALE, SELU_SCALE * SELU_ALPHA].map(|s| graph.singles(&[1, 1], &[s]));
                let below = graph.apply("Min", &[z, &zero]);
                let below = graph.apply("Exp", &[&below]);
                let below = graph.apply("Mul", &[&below, &below_scale]);
                bent(graph, z, &scale, &below)
            }
            Self::LogSigmoid => {
                let minus = graph.apply("Neg", &[z]);
                graph.apply("Sigmoid", &[&minus])
            }
        }
    }
}

/// One value above zero, another below.
fn bent(graph: &mut Graph, z: &Value, above: &Value, below: &Value) -> Value {
    let zero = graph.singles(&[1, 1], &[0.0]);
    let is_above = graph.apply("Greater", &[z, &zero]);
    graph.apply("Where", &[&is_above, above, below])
}
