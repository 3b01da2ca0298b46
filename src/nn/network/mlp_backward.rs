//! Forward and backward passes of a perceptron, derived by hand, with the gradient to some inputs.
//!
//! With weights Wₗ (`[inputs, outputs]`), biases bₗ and the activation h, a row of inputs h₀ = x passes forward as
//!
//! zₗ = hₗ₋₁Wₗ + bₗ, hₗ = h(zₗ), f = h_L W_o + b_o,
//!
//! and the gradient of f to the inputs comes back as
//!
//! aₗ = ∂f/∂hₗ: a_L = W_oᵀ, dₗ = h′(zₗ)∘aₗ, aₗ₋₁ = dₗWₗᵀ, ∂f/∂x = a₀.
//!
//! A loss of f and ∂f/∂x is differentiated once more: along the second line upwards (from the first layer to the last),
//! then along the first line downwards. The batch goes through in chunks whose matrices stay in the processor's cache.
//!
//! # Measured
//! For [12→100→100→100→1] with tanh in batches of 128 on one thread, both passes by burn's own operations take 5.9 times as long, and 2.8 times
//! as long with the gradient to two inputs; with the activations of [`kernels`](super::kernels) alone 1.6 and 1.4 times as long
//! (the test `measured` of [`mlp`](super::mlp) repeats this; `benches/training.rs` measures the whole step).

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Shape, TensorData};

use super::Activation;
use super::kernels::contiguous;
use super::pointwise::{Smooth, add_rows_to, add_to, add_to_rows, map, map_in_place, vectorised, with_activation, zip};

/// Numbers in the widest matrix of a chunk: blocks of this size the C library hands out and takes back without asking
/// the system for pages, and the few dozen of them that a chunk needs stay in the cache.
const CHUNK: usize = 25_600;

/// Where the layers of a perceptron lie in its row of parameters: for each layer the weights, row by row, then the
/// biases.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// `[inputs, outputs]` of each layer.
    pub layers: Vec<[usize; 2]>,
    pub activation: Activation,
}

impl Layout {
    /// The weights and the biases of each layer.
    pub(super) fn ranges(&self) -> Vec<[Range<usize>; 2]> {
        let mut at = 0;
        let mut next = |n: usize| {
            at += n;
            at - n..at
        };
        let layers = self.layers.iter();
        layers
            .map(|[inputs, outputs]| [next(inputs * outputs), next(*outputs)])
            .collect()
    }

    fn n_parameters(&self) -> usize {
        self.layers.iter().map(|[inputs, outputs]| (inputs + 1) * outputs).sum()
    }

    fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |[_, outputs]| *outputs)
    }

    /// Rows of a chunk.
    fn rows(&self) -> usize {
        let widest = self.layers.iter().flatten().copied().max().unwrap_or(1);
        (CHUNK / widest).max(16)
    }
}

/// Intermediate results of the forward pass that the backward pass needs, chunk by chunk.
#[derive(Debug, Clone)]
pub(super) struct Intermediates {
    chunks: Vec<Chunk>,
}

#[derive(Debug, Clone)]
struct Chunk {
    input: FlexTensor,
    hidden: Vec<Hidden>,
}

/// Intermediate results of one layer, `[n, width]` each.
#[derive(Debug, Clone)]
struct Hidden {
    /// hₗ.
    output: FlexTensor,
    /// Where the derivatives of the activation are taken: hₗ or zₗ.
    point: FlexTensor,
    /// aₗ, where there is a gradient.
    pulled: Option<FlexTensor>,
}

/// f, `[n, outputs]`; with `k`, the number of inputs at the end to which the gradient of the only output is wanted,
/// (f, ∂f/∂x), `[n, 1 + k]`.
pub(super) fn forward(x: FlexTensor, parameters: &FlexTensor, layout: &Layout, k: Option<usize>) -> FlexTensor {
    with_activation!(layout.activation, forward_with(x, parameters, layout, k, None))
}

/// [`forward`], with the intermediate results that [`backward`] needs.
pub(super) fn forward_with_intermediates(
    x: FlexTensor,
    parameters: &FlexTensor,
    layout: &Layout,
    k: Option<usize>,
) -> (FlexTensor, Intermediates) {
    let mut chunks = Vec::new();
    let output = with_activation!(
        layout.activation,
        forward_with(x, parameters, layout, k, Some(&mut chunks))
    );
    (output, Intermediates { chunks })
}

/// The gradient of a loss to the parameters, in a row, from its gradient `up` to what [`forward`] gave; and, if `to_x`
/// and without `k`, to the inputs.
pub(super) fn backward(
    kept: Intermediates,
    parameters: &FlexTensor,
    layout: &Layout,
    k: Option<usize>,
    up: FlexTensor,
    to_x: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    with_activation!(layout.activation, backward_with(kept, parameters, layout, k, up, to_x))
}

fn forward_with<S: Smooth>(
    x: FlexTensor,
    parameters: &FlexTensor,
    layout: &Layout,
    k: Option<usize>,
    mut kept: Option<&mut Vec<Chunk>>,
) -> FlexTensor {
    let x = contiguous(x);
    let network = Network::new(parameters, layout);
    let n = x.layout().shape()[0];
    let width = layout.outputs() + k.unwrap_or(0);
    let mut outputs = Vec::with_capacity(n * width);
    for rows in chunks(n, layout.rows()) {
        let mut chunk = Chunk {
            input: x.narrow(0, rows.start, rows.len()),
            hidden: Vec::with_capacity(network.weights.len()),
        };
        let keep_points = kept.is_some() || k.is_some();
        let value = network.values::<S>(&mut chunk, keep_points);
        match k {
            None => outputs.extend_from_slice(value.storage()),
            Some(k) => {
                let gradient = network.gradients::<S>(&mut chunk, k);
                let rows = gradient.storage::<f32>().chunks_exact(k);
                for (value, gradient) in value.storage::<f32>().iter().zip(rows) {
                    outputs.push(*value);
                    outputs.extend_from_slice(gradient);
                }
            }
        }
        if let Some(kept) = &mut kept {
            kept.push(chunk);
        }
    }
    matrix(outputs, [n, width])
}

fn backward_with<S: Smooth>(
    kept: Intermediates,
    parameters: &FlexTensor,
    layout: &Layout,
    k: Option<usize>,
    up: FlexTensor,
    to_x: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let network = Network::new(parameters, layout);
    let up = contiguous(up);
    let [n, width] = [0, 1].map(|dimension| up.layout().shape()[dimension]);
    let mut gradient = vec![0.0; layout.n_parameters()];
    let mut to_inputs = Vec::new();
    let mut at = 0;
    for chunk in kept.chunks {
        let rows = chunk.input.layout().shape()[0];
        let up = up.narrow(0, at, rows);
        at += rows;
        let curved = match k {
            None => vec![],
            Some(k) => network.gradients_back::<S>(&chunk, up.narrow(1, width - k, k), &mut gradient),
        };
        let up = up.narrow(1, 0, layout.outputs());
        let down = network.values_back::<S>(chunk, curved, up, &mut gradient, to_x);
        if let Some(down) = down {
            to_inputs.extend_from_slice(down.storage());
        }
    }
    let inputs = layout.layers[0][0];
    let n_parameters = gradient.len();
    (
        FlexTensor::from_data(TensorData::new(gradient, [n_parameters])),
        to_x.then(|| matrix(to_inputs, [n, inputs])),
    )
}

/// Weights and biases where they lie.
struct Network<'a> {
    weights: Vec<FlexTensor>,
    biases: Vec<&'a [f32]>,
    ranges: Vec<[Range<usize>; 2]>,
}

impl<'a> Network<'a> {
    fn new(parameters: &'a FlexTensor, layout: &Layout) -> Self {
        let ranges = layout.ranges();
        let weights = ranges.iter().zip(&layout.layers).map(|([weights, _], shape)| {
            let row = parameters.narrow(0, weights.start, weights.len());
            row.reshape(Shape::from(*shape))
        });
        let numbers = parameters.storage::<f32>();
        Self {
            weights: weights.collect(),
            biases: ranges.iter().map(|[_, biases]| &numbers[biases.clone()]).collect(),
            ranges,
        }
    }

    fn n_hidden(&self) -> usize {
        self.weights.len() - 1
    }

    /// zₗ and hₗ of all layers into `chunk`, and f.
    fn values<S: Smooth>(&self, chunk: &mut Chunk, keep_points: bool) -> FlexTensor {
        let mut output = chunk.input.clone();
        for (weight, bias) in self.weights.iter().zip(&self.biases).take(self.n_hidden()) {
            let mut z = product(output, weight.clone());
            add_to_rows(z.storage_mut(), bias);
            let point;
            if S::KEEPS_OUTPUT || !keep_points {
                map_in_place(z.storage_mut(), |z| S::value(z));
                (output, point) = (z.clone(), z);
            } else {
                output = like(map(z.storage(), |z| S::value(z)), &z);
                point = z;
            }
            chunk.hidden.push(Hidden {
                output: output.clone(),
                point,
                pulled: None,
            });
        }
        let mut value = product(output, self.weights[self.n_hidden()].clone());
        add_to_rows(value.storage_mut(), self.biases[self.n_hidden()]);
        value
    }

    /// aₗ of all layers into `chunk`, and the last `k` columns of a₀.
    fn gradients<S: Smooth>(&self, chunk: &mut Chunk, k: usize) -> FlexTensor {
        let rows = chunk.input.layout().shape()[0];
        let [_, biases] = &self.ranges[self.n_hidden() - 1];
        let last = &self.weights[self.n_hidden()];
        let last = &last.storage::<f32>()[self.ranges[self.n_hidden()][0].clone()];
        let mut pulled = matrix(last.repeat(rows), [rows, biases.len()]);
        for (layer, hidden) in chunk.hidden.iter_mut().enumerate().rev() {
            let d = zip(hidden.point.storage(), pulled.storage(), |point, a| S::slope(point) * a);
            let d = like(d, &pulled);
            hidden.pulled = Some(pulled);
            let weight = match layer {
                0 => self.last_inputs(k),
                _ => self.weights[layer].clone(),
            };
            pulled = product(d, weight.transpose(0, 1));
        }
        pulled
    }

    /// The weights of the last `k` inputs, `[k, width]`.
    fn last_inputs(&self, k: usize) -> FlexTensor {
        let inputs = self.weights[0].layout().shape()[0];
        self.weights[0].narrow(0, inputs - k, k)
    }

    /// Upwards: from the gradient `up` of the loss to the last columns of a₀ to its gradients to the weights, which are
    /// added to `gradient`, and to the points of each layer, h″(zₗ)∘aₗ∘∂loss/∂dₗ, which are returned.
    fn gradients_back<S: Smooth>(&self, chunk: &Chunk, up: FlexTensor, gradient: &mut [f32]) -> Vec<FlexTensor> {
        let k = up.layout().shape()[1];
        // The gradient to a of the layer below: at first that to a₀.
        let mut below = up;
        let mut curved = Vec::with_capacity(self.n_hidden());
        for (layer, hidden) in chunk.hidden.iter().enumerate() {
            let [weights, _] = &self.ranges[layer];
            let (weight, weights) = match layer {
                0 => (self.last_inputs(k), weights.end - k * self.biases[0].len()..weights.end),
                _ => (self.weights[layer].clone(), weights.clone()),
            };
            let mut to_d = product(below.clone(), weight);
            let pulled = hidden.pulled.as_ref().expect("the forward pass kept it");
            let (d, curve) = pull_back::<S>(hidden.point.storage(), pulled.storage(), to_d.storage_mut());
            let step = product(below.transpose(0, 1), like(d, pulled));
            add_to(&mut gradient[weights], step.storage());
            curved.push(like(curve, pulled));
            below = to_d;
        }
        let [weights, _] = &self.ranges[self.n_hidden()];
        add_rows_to(&mut gradient[weights.clone()], below.storage());
        curved
    }

    /// Downwards: from the gradient `up` of the loss to f, and those to zₗ found before, to its gradient to the
    /// parameters, added to `gradient`, and to the inputs.
    fn values_back<S: Smooth>(
        &self,
        chunk: Chunk,
        mut curved: Vec<FlexTensor>,
        up: FlexTensor,
        gradient: &mut [f32],
        to_x: bool,
    ) -> Option<FlexTensor> {
        let Chunk { input, mut hidden } = chunk;
        let mut down = contiguous(up);
        for layer in (0..self.weights.len()).rev() {
            // `down` is the gradient to z of this layer.
            let below = layer.checked_sub(1).map_or(&input, |below| &hidden[below].output);
            let [weights, biases] = &self.ranges[layer];
            let step = product(below.transpose(0, 1), down.clone());
            add_to(&mut gradient[weights.clone()], step.storage());
            add_rows_to(&mut gradient[biases.clone()], down.storage());
            if layer == 0 && !to_x {
                return None;
            }
            down = product(down, self.weights[layer].transpose(0, 1));
            let Some(Hidden { point, .. }) = hidden.pop() else {
                break;
            };
            slope_in_place::<S>(down.storage_mut(), point.storage(), curved.pop().as_ref());
        }
        Some(down)
    }
}

/// d = h′∘a and h″∘a∘g, in new buffers, and h′∘g in the place of g.
fn pull_back<S: Smooth>(point: &[f32], a: &[f32], g: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
    let n = point.len();
    let (mut d, mut curve) = (vec![0.0; n], vec![0.0; n]);
    vectorised(
        #[inline(always)]
        || {
            let (a, g, d, curve) = (&a[..n], &mut g[..n], &mut d[..n], &mut curve[..n]);
            for i in 0..n {
                let slope = S::slope(point[i]);
                d[i] = slope * a[i];
                curve[i] = S::curvature(point[i]) * a[i] * g[i];
                g[i] *= slope;
            }
        },
    );
    (d, curve)
}

/// g ← h′∘g + `curved`.
fn slope_in_place<S: Smooth>(g: &mut [f32], point: &[f32], curved: Option<&FlexTensor>) {
    let curved = curved.map(|curved| curved.storage::<f32>());
    vectorised(
        #[inline(always)]
        || match curved {
            None => {
                for (g, &point) in g.iter_mut().zip(point) {
                    *g *= S::slope(point);
                }
            }
            Some(curved) => {
                for ((g, &point), &curved) in g.iter_mut().zip(point).zip(curved) {
                    *g = *g * S::slope(point) + curved;
                }
            }
        },
    );
}

fn product(a: FlexTensor, b: FlexTensor) -> FlexTensor {
    Flex::float_matmul(a, b)
}

fn matrix(values: Vec<f32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn like(values: Vec<f32>, other: &FlexTensor) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, other.layout().shape().clone()))
}

fn chunks(n: usize, rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n.div_ceil(rows)).map(move |chunk| chunk * rows..((chunk + 1) * rows).min(n))
}
