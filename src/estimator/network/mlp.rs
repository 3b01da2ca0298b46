//! The multilayer perceptron, and its reverse pass to some of its inputs as ordinary operations.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::Activation;

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
        let mut layers: Vec<Linear> = self
            .layers()
            .into_iter()
            .zip(parameters)
            .map(|(shape, (weight, bias))| Linear {
                weight: Param::from_data(TensorData::new(weight, shape), device),
                bias: Some(Param::from_data(TensorData::new(bias, [shape[1]]), device)),
            })
            .collect();
        let output = layers.pop().expect("a network has an output layer");
        Mlp {
            hidden: layers,
            output,
            activation: self.activation,
        }
    }
}

/// A multilayer perceptron.
#[derive(Module, Debug)]
pub(crate) struct Mlp {
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    /// The outputs, `[n, inputs]` → `[n, outputs]`.
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let h = self
            .hidden
            .iter()
            .fold(x, |h, layer| self.activation.forward(layer.forward(h)));
        self.output.forward(h)
    }

    /// The first output and its gradient with respect to the last `k` inputs: `[n, 1]` and `[n, k]`.
    ///
    /// The gradient is the network's reverse pass, written as ordinary operations, so burn differentiates it once more
    /// when it stands in a loss. Its cost does not grow with k.
    pub(crate) fn forward_with_gradient(&self, x: Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
        let [n, inputs] = x.dims();
        let (mut h, mut kept) = (x, Vec::with_capacity(self.hidden.len()));
        for layer in &self.hidden {
            let z = layer.forward(h);
            h = self.activation.forward(z.clone());
            kept.push(z);
        }
        let value = self.output.forward(h);

        let [width, _] = self.output.weight.dims();
        let mut g = self
            .output
            .weight
            .val()
            .slice([0..width, 0..1])
            .transpose()
            .repeat_dim(0, n);
        for (depth, (layer, z)) in self.hidden.iter().zip(kept).enumerate().rev() {
            let mut weight = layer.weight.val();
            if depth == 0 {
                let [_, width] = weight.dims();
                weight = weight.slice([inputs - k..inputs, 0..width]);
            }
            g = self.activation.backward(z, g).matmul(weight.transpose());
        }
        (value, g)
    }

    /// Weights and biases, layer by layer.
    pub(crate) fn parameters(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        self.hidden
            .iter()
            .chain([&self.output])
            .map(|layer| {
                let bias = layer.bias.as_ref().map(|bias| floats(bias.val())).unwrap_or_default();
                (floats(layer.weight.val()), bias)
            })
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
mod tests;
