//! A perceptron of the linear layers in a `state_dict`.

use burn::tensor::Device;

use crate::Activation;
use crate::network::{Mlp, MlpConfig};
use motherlode_core::arrays::StateDict;
use motherlode_core::error::{Error, Result};

/// Linear layers one after the other, with an activation between them: what `torch.nn.Sequential` or a `ModuleList` of
/// `Linear` modules holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Perceptron {
    pub config: MlpConfig,
    /// Weights, `[inputs, outputs]` row by row, and biases of each layer.
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Perceptron {
    /// The layers `prefix`.0, `prefix`.1, …, in the order of their numbers; widths follow from the shapes, and numbers that
    /// are left out belong to modules without weights.
    ///
    /// # Errors
    /// If there are none, one is not linear, or one does not take what the one before it gives.
    pub(super) fn read(weights: &StateDict, prefix: &str, activation: Activation) -> Result<Self> {
        let refused = |what: String| Error::file(weights.path(), what);
        let mut numbers: Vec<usize> = weights.names().filter_map(|name| number(name, prefix)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let (mut widths, mut layers) = (Vec::new(), Vec::new());
        for number in numbers {
            let [weight, bias] = ["weight", "bias"].map(|part| format!("{prefix}.{number}.{part}"));
            let shape = weights.shape(&weight).unwrap_or_default();
            let &[outputs, inputs] = shape else {
                return Err(refused(format!(
                    "holds `{weight}` of shape {shape:?}: layer {number} is no linear one, and no others are read"
                )));
            };
            if inputs == 0 || outputs == 0 {
                return Err(refused(format!("holds `{weight}` of shape {shape:?}: an empty layer")));
            }
            match widths.last() {
                None => widths.push(inputs),
                Some(width) if *width == inputs => {}
                Some(width) => {
                    return Err(refused(format!(
                        "holds `{weight}` of shape {shape:?}, but the layer before it has {width} outputs"
                    )));
                }
            }
            widths.push(outputs);
            let values = transposed(weights.values(&weight, shape)?, inputs);
            layers.push((values, weights.values(&bias, &[outputs])?.to_vec()));
        }
        let [inputs, hidden @ .., outputs] = widths.as_slice() else {
            let known: Vec<&str> = weights.names().collect();
            let what = format!(
                "has no linear layers `{prefix}.0.weight` and so on; it has {}",
                known.join(", ")
            );
            return Err(refused(what));
        };
        if hidden.is_empty() {
            return Err(refused(format!(
                "has a single linear layer `{prefix}`: a network without hidden layers is a linear function, and none is read"
            )));
        }
        let config = MlpConfig {
            inputs: *inputs,
            hidden: hidden.to_vec(),
            outputs: *outputs,
            activation,
        };
        Ok(Self { config, layers })
    }

    /// Reorders the inputs: input k is then the input `from[k]` of the layers, or one that they do not see.
    ///
    /// # Panics
    /// If an entry is no input.
    pub(super) fn with_inputs(mut self, from: &[Option<usize>]) -> Self {
        let width = self.config.layers()[0][1];
        let weight = &mut self.layers[0].0;
        let row = |input: &Option<usize>| match input {
            Some(input) => weight[input * width..(input + 1) * width].to_vec(),
            None => vec![0.0; width],
        };
        let rows = from.iter().flat_map(row).collect();
        *weight = rows;
        self.config.inputs = from.len();
        self
    }

    /// The network.
    pub(super) fn build(self) -> Mlp {
        self.config.build(self.layers, &Device::flex())
    }
}

/// The number of the layer that a tensor belongs to.
fn number(name: &str, prefix: &str) -> Option<usize> {
    let (number, _part) = name.strip_prefix(prefix)?.strip_prefix('.')?.split_once('.')?;
    number.parse().ok()
}

/// Rows of `width` numbers as columns.
fn transposed(rows: &[f32], width: usize) -> Vec<f32> {
    (0..width)
        .flat_map(|column| rows.iter().skip(column).step_by(width).copied())
        .collect()
}
