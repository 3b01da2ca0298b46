//! The network that gives the parameters of every conditional density: masked, so that it respects an order.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::Differentiable;
use crate::Activation;

/// The shape of a [`Conditioner`].
#[derive(Debug, Clone)]
pub(super) struct ConditionerConfig<'a> {
    /// Position 0..m of each observable in the order; empty for a network of θ alone.
    pub positions: &'a [usize],
    /// Number of parameters p.
    pub n_parameters: usize,
    /// Widths of the hidden layers.
    pub hidden: &'a [usize],
    /// Lowest degree of the hidden units: from 0 on, some are left for what θ alone decides.
    pub lowest_degree: usize,
    /// Observable that each output belongs to; all outputs see all of θ.
    pub owners: &'a [usize],
    /// The activation of the hidden layers.
    pub activation: Activation,
    /// Factor on the initial weights of the last layer: close to zero, every output starts close to zero.
    pub output_scale: f32,
}

/// A masked autoencoder (MADE) that also sees θ: the outputs of an observable depend on θ and on the observables before
/// it in the order, never on itself or on later ones.
///
/// A hidden unit of degree d sees the observables at positions below d; degrees go round from the lowest to m − 1. θ is never
/// masked.
///
/// # Shapes
/// - x: `[n, m]`, θ: `[n, p]` → `[n, outputs]`
///
/// # Source
/// Germain, Gregor, Murray and Larochelle 2015, arXiv:1502.03509; conditional as in Papamakarios, Pavlakou and Murray
/// 2017, arXiv:1705.07057.
#[derive(Module, Debug)]
pub(super) struct Conditioner {
    layers: Vec<MaskedLayer>,
    #[module(skip)]
    activation: Activation,
}

#[derive(Module, Debug)]
struct MaskedLayer {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    /// Ones and zeros; absent where nothing is masked. A constant: it is made from the configuration.
    mask: Option<Tensor<2>>,
}

impl ConditionerConfig<'_> {
    /// A network with Glorot-uniform weights from `rng` and no biases.
    pub(super) fn init(&self, rng: &mut Pcg64Mcg, device: &Device) -> Conditioner {
        let degrees = self.degrees();
        let last = degrees.len() - 2;
        let layers = degrees.windows(2).enumerate().map(|(depth, pair)| {
            let scale = if depth == last { self.output_scale } else { 1.0 };
            MaskedLayer::init(&pair[0], &pair[1], scale, rng, device)
        });
        Conditioner {
            layers: layers.collect(),
            activation: self.activation,
        }
    }

    /// Degrees of the units, layer by layer: a unit sees what has a degree up to its own.
    ///
    /// An input at position k has degree k + 1 and θ has 0; an output of the observable at position k has degree k.
    fn degrees(&self) -> Vec<Vec<usize>> {
        let m = self.positions.len();
        let lowest = self.lowest_degree.min(m.saturating_sub(1));
        let round = (m - lowest).max(1);
        let inputs = self.positions.iter().map(|position| position + 1);
        let inputs = inputs.chain(vec![0; self.n_parameters]).collect();
        let hidden = self
            .hidden
            .iter()
            .map(|&width| (0..width).map(|i| lowest + i % round).collect());
        let outputs = self
            .owners
            .iter()
            .map(|&owner| self.positions.get(owner).copied().unwrap_or(0));
        [inputs].into_iter().chain(hidden).chain([outputs.collect()]).collect()
    }
}

impl MaskedLayer {
    fn init(inputs: &[usize], outputs: &[usize], scale: f32, rng: &mut Pcg64Mcg, device: &Device) -> Self {
        let shape = [inputs.len(), outputs.len()];
        let limit = scale * (6.0 / (shape[0] + shape[1]) as f32).sqrt();
        let weight: Vec<f32> = (0..shape[0] * shape[1])
            .map(|_| limit * rng.random_range(-1.0..1.0))
            .collect();
        let seen = inputs.iter().flat_map(|i| outputs.iter().map(move |o| i <= o));
        let mask: Vec<f32> = seen.map(|seen| f32::from(u8::from(seen))).collect();
        let masked = mask.contains(&0.0);
        Self {
            weight: Param::from_data(TensorData::new(weight, shape), device),
            bias: Param::from_data(TensorData::new(vec![0.0_f32; shape[1]], [shape[1]]), device),
            mask: masked.then(|| Tensor::from_data(TensorData::new(mask, shape), device)),
        }
    }

    fn forward<D: Differentiable>(&self, input: D) -> D {
        let weight = self.weight.val();
        let weight = match &self.mask {
            Some(mask) => mask.clone().cast(weight.dtype()) * weight,
            None => weight,
        };
        input.affine(weight, self.bias.val())
    }
}

impl Conditioner {
    /// The outputs for observables `x` (absent in a network of θ alone) and parameters `theta`.
    pub(super) fn forward<D: Differentiable>(&self, x: Option<D>, theta: &D) -> D {
        let mut h = match x {
            Some(x) => x.beside(theta.clone()),
            None => theta.clone(),
        };
        let last = self.layers.len() - 1;
        for layer in &self.layers[..last] {
            h = layer.forward(h).activate(self.activation);
        }
        self.layers[last].forward(h)
    }

    /// Sets the biases of the outputs, one each.
    pub(super) fn with_output_bias(mut self, bias: Vec<f32>, device: &Device) -> Self {
        if let Some(layer) = self.layers.last_mut() {
            let width = bias.len();
            layer.bias = Param::from_data(TensorData::new(bias, [width]), device);
        }
        self
    }
}
