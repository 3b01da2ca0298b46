//! Encoders of sets and images before the perceptrons of an estimator, as operators.

use std::ops::Range;

use super::perceptron::Perceptron;
use crate::architecture::NamedTensor;
use crate::network::{Activation, DeepSetConfig, ResidualCnnConfig};
use crate::onnx::graph::{Graph, Value};

/// Encoding of a set of particles, see [`DeepSet`](crate::network).
pub(super) fn deep_set(graph: &mut Graph, config: &DeepSetConfig, particle: &Perceptron, x: &Value) -> Value {
    let (k, f, w) = (config.particles, config.features, config.width);
    let end = config.first + k * f;
    let one = graph.singles(&[1, 1], &[1.0]);
    let block = graph.columns(x, config.first..end);
    let particles = graph.reshaped(&block, &[-1, f as i64]);
    let mut seen = particle.forward(graph, &[&particles]).outputs;
    let mut number = graph.singles(&[1, 1], &[k as f32]);
    if let Some(absent) = config.absent {
        let absent = graph.columns(&particles, absent..absent + 1);
        let there = graph.apply("Sub", &[&one, &absent]);
        seen = graph.apply("Mul", &[&seen, &there]);
        let there = graph.reshaped(&there, &[-1, k as i64]);
        let present = graph.sum(&there, 1);
        number = graph.apply("Max", &[&present, &one]);
    }
    let seen = graph.reshaped(&seen, &[-1, k as i64, w as i64]);
    let sum = graph.sum(&seen, 1);
    let sum = graph.reshaped(&sum, &[-1, w as i64]);
    let all = graph.singles(&[1, 1], &[k as f32]);
    let pooled = [&number, &all].map(|by| graph.apply("Div", &[&sum, by])).to_vec();
    with_the_rest(graph, pooled, x, config.first..end, config.inputs)
}

/// A 3 × 3 convolution, its weights and biases as constants.
struct Convolution {
    /// `[f, c, 3, 3]`.
    weight: Value,
    /// `[f]`.
    bias: Value,
}

impl Convolution {
    /// Builds a convolution from weights `[9 c, f]`, pixel by pixel of the patch and channel by channel within it, and biases `[f]`.
    fn new(graph: &mut Graph, weight: &NamedTensor, bias: &NamedTensor) -> Self {
        let filters = bias.values.len();
        let channels = weight.values.len() / (9 * filters);
        let places = (0..filters).flat_map(|f| (0..channels).flat_map(move |c| (0..9).map(move |pixel| (f, c, pixel))));
        let reordered = places.map(|(f, c, pixel)| weight.values[(pixel * channels + c) * filters + f]);
        let reordered: Vec<f32> = reordered.collect();
        Self {
            weight: graph.singles(&[filters, channels, 3, 3], &reordered),
            bias: graph.singles(&[filters], &bias.values),
        }
    }

    /// `[n, c, h, w]` → `[n, f, h/stride, w/stride]`, with zeros beyond the edge.
    fn forward(&self, graph: &mut Graph, maps: &Value, stride: i64) -> Value {
        let settings: [(_, &[i64]); 2] = [("pads", &[1; 4]), ("strides", &[stride; 2])];
        graph.apply_with_lists("Conv", &[maps, &self.weight, &self.bias], &settings)
    }
}

/// Encoding of an image, see [`ResidualCnn`](crate::network); of the tensors, it takes the first.
///
/// Maps have their channels in front here, as operators want them, and as images lie in the features.
pub(super) fn residual_cnn(graph: &mut Graph, config: &ResidualCnnConfig, tensors: &[NamedTensor], x: &Value) -> Value {
    let (parameters, rest) = tensors.split_at(2 * config.n_convolutions());
    let pairs = parameters.chunks_exact(2);
    let convolutions: Vec<Convolution> = pairs.map(|pair| Convolution::new(graph, &pair[0], &pair[1])).collect();
    let (entrance, others) = convolutions.split_at(1);
    let (first, others) = others.split_at(2 * config.blocks);
    let (second, widening) = others.split_at(2 * config.blocks);

    let image = graph.columns(x, config.block());
    let [channels, height, width] = config.image.map(|axis| axis as i64);
    let mut maps = graph.reshaped(&image, &[-1, channels, height, width]);
    for (halving, blocks) in [(&entrance[0], first), (&widening[0], second)] {
        maps = halving.forward(graph, &maps, 2);
        for block in blocks.chunks_exact(2) {
            maps = residual(graph, block, config.activation, &maps);
        }
    }
    let means = means(graph, config, &maps);
    let exit = config.exit();
    let row = cells_after_filters(config, &rest[0].values);
    let exit = Perceptron::new(graph, &exit, &row, &[exit.inputs]);
    let encoded = exit.forward(graph, &[&means]).outputs;
    with_the_rest(graph, vec![encoded], x, config.block(), config.inputs)
}

/// u + C₂h(C₁h(u)).
fn residual(graph: &mut Graph, block: &[Convolution], activation: Activation, maps: &Value) -> Value {
    let inner = block.iter().fold(maps.clone(), |maps, convolution| {
        let h = activation.in_graph(graph, &maps);
        convolution.forward(graph, &h, 1)
    });
    graph.apply("Add", &[maps, &inner])
}

/// The means of all maps over cells, `[n, f, h, w]` → `[n, f cells]`.
fn means(graph: &mut Graph, config: &ResidualCnnConfig, maps: &Value) -> Value {
    let [_, height, width] = config.image;
    let [down, across] = config.cells;
    let cell = [height / 4 / down, width / 4 / across].map(|side| side as i64);
    let settings: [(_, &[i64]); 2] = [("kernel_shape", &cell), ("strides", &cell)];
    let means = graph.apply_with_lists("AveragePool", &[maps], &settings);
    graph.reshaped(&means, &[-1, config.exit().inputs as i64])
}

/// The parameters of the exit, whose inputs come cell by cell in the network, for inputs that come filter by filter.
fn cells_after_filters(config: &ResidualCnnConfig, row: &[f32]) -> Vec<f32> {
    let (weights, biases) = row.split_at(config.exit().inputs * config.width);
    let cells: usize = config.cells.iter().product();
    let filters = config.exit().inputs / cells;
    let weights: Vec<&[f32]> = weights.chunks_exact(config.width).collect();
    let places = (0..filters).flat_map(|filter| (0..cells).map(move |cell| cell * filters + filter));
    let reordered = places.flat_map(|place| weights[place].iter().copied());
    reordered.chain(biases.iter().copied()).collect()
}

/// Appends to the encoded features of `block` the features of x before and after it.
fn with_the_rest(graph: &mut Graph, mut encoded: Vec<Value>, x: &Value, block: Range<usize>, inputs: usize) -> Value {
    let rest = [0..block.start, block.end..inputs]
        .into_iter()
        .filter(|rest| !rest.is_empty());
    encoded.extend(rest.map(|rest| graph.columns(x, rest)));
    graph.beside(&encoded)
}
