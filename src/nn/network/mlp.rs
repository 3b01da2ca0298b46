//! The multilayer perceptron, and its gradient to some of its inputs as part of the graph.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::mlp_backward::Layout;
use super::{Activation, fused_mlp, kernels};

/// The shape of a multilayer perceptron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MlpConfig {
    /// Number of inputs.
    pub inputs: usize,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Number of outputs.
    pub outputs: usize,
    /// The activation of the hidden layers.
    pub activation: Activation,
}

impl MlpConfig {
    /// `[inputs, outputs]` of each layer.
    pub(crate) fn layers(&self) -> Vec<[usize; 2]> {
        let widths: Vec<usize> = [self.inputs]
            .into_iter()
            .chain(self.hidden.iter().copied())
            .chain([self.outputs])
            .collect();
        widths.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    }

    /// A network with Glorot-uniform weights and no biases, drawn from `seed`.
    ///
    /// The weights come from a stream of their own, not from the device's: several trainings at once must not share
    /// one.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Mlp {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let layers = self.layers().into_iter().map(|[inputs, outputs]| {
            let limit = (6.0 / (inputs + outputs) as f32).sqrt();
            let weight = (0..inputs * outputs).map(|_| rng.random_range(-limit..limit)).collect();
            (weight, vec![0.0; outputs])
        });
        self.build(layers.collect(), device)
    }

    /// A network of given weights (`[inputs, outputs]`, row by row) and biases.
    pub(crate) fn build(&self, parameters: Vec<(Vec<f32>, Vec<f32>)>, device: &Device) -> Mlp {
        let row: Vec<f32> = parameters
            .into_iter()
            .flat_map(|(weight, bias)| weight.into_iter().chain(bias))
            .collect();
        let n = row.len();
        Mlp {
            parameters: Param::from_data(TensorData::new(row, [n]), device),
            layout: Layout {
                layers: self.layers(),
                activation: self.activation,
            },
        }
    }
}

/// A multilayer perceptron.
///
/// Its parameters lie in one row, layer by layer, weights before biases: a pass through it is one operation of two
/// tensors, and a step of the optimiser one loop.
#[derive(Module, Debug)]
pub(crate) struct Mlp {
    parameters: Param<Tensor<1>>,
    #[module(skip)]
    layout: Layout,
}

impl Mlp {
    /// The outputs, `[n, inputs]` → `[n, outputs]`.
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        if kernels::is_cpu_f32(&x) {
            return fused_mlp::perceptron(x, self.parameters.val(), &self.layout, None);
        }
        self.forward_by_operations(x).0
    }

    /// The first output and its gradient with respect to the last `k` inputs: `[n, 1]` and `[n, k]`.
    ///
    /// Burn differentiates it once more when it stands in a loss. Its cost does not grow with k.
    pub(crate) fn forward_with_gradient(&self, x: Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
        let one_output = self.layout.layers.last().is_some_and(|[_, outputs]| *outputs == 1);
        // The fused pass has no rule for a second gradient to the inputs.
        if kernels::is_cpu_f32(&x) && one_output && k > 0 && !x.is_tracked() {
            let n = x.dims()[0];
            let both = fused_mlp::perceptron(x, self.parameters.val(), &self.layout, Some(k));
            return (both.clone().slice([0..n, 0..1]), both.slice([0..n, 1..1 + k]));
        }
        self.forward_with_gradient_by_operations(x, k)
    }

    /// The pass by ordinary operations, for any device: the outputs, and z of each hidden layer.
    fn forward_by_operations(&self, x: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let mut layers = self.weights_and_biases();
        let (weight, bias) = layers.pop().expect("a network has an output layer");
        let (mut h, mut kept) = (x, Vec::with_capacity(layers.len()));
        for (weight, bias) in layers {
            let z = h.matmul(weight) + bias;
            h = self.layout.activation.forward(z.clone());
            kept.push(z);
        }
        (h.matmul(weight) + bias, kept)
    }

    /// The output and its gradient: the network's reverse pass, written as ordinary operations.
    fn forward_with_gradient_by_operations(&self, x: Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
        let [n, inputs] = x.dims();
        let (value, kept) = self.forward_by_operations(x);
        let mut layers = self.weights_and_biases();
        let (weight, _) = layers.pop().expect("a network has an output layer");
        let [width, _] = weight.dims();
        let mut g = weight.slice([0..width, 0..1]).transpose().repeat_dim(0, n);
        for (depth, ((mut weight, _), z)) in layers.into_iter().zip(kept).enumerate().rev() {
            if depth == 0 {
                let [_, width] = weight.dims();
                weight = weight.slice([inputs - k..inputs, 0..width]);
            }
            g = self.layout.activation.backward(z, g).matmul(weight.transpose());
        }
        (value, g)
    }

    /// The weights `[inputs, outputs]` and biases `[1, outputs]` of each layer, out of the row.
    fn weights_and_biases(&self) -> Vec<(Tensor<2>, Tensor<2>)> {
        let row = self.parameters.val();
        let part = |range: Range<usize>, shape: [usize; 2]| row.clone().slice([range]).reshape(shape);
        let layers = self.layout.ranges().into_iter().zip(&self.layout.layers);
        layers
            .map(|([weights, biases], &shape)| (part(weights, shape), part(biases, [1, shape[1]])))
            .collect()
    }

    /// Weights and biases, layer by layer.
    pub(crate) fn parameters(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        let row = floats(self.parameters.val());
        let part = |range: Range<usize>| row[range].to_vec();
        let ranges = self.layout.ranges().into_iter();
        ranges.map(|[weights, biases]| (part(weights), part(biases))).collect()
    }

    /// How many parameters lie in each weight matrix and bias of the row.
    pub(crate) fn blocks(&self) -> Vec<usize> {
        self.layout
            .ranges()
            .into_iter()
            .flatten()
            .map(|range| range.len())
            .collect()
    }
}

/// The values of a tensor, row by row.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("networks of this crate are f32")
}

#[cfg(test)]
mod measured;
#[cfg(test)]
mod tests;
