//! An encoder of images.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::block::with_other_features;
use super::convolution::{Convolution, Grid};
use super::{Activation, Mlp, MlpConfig};

/// The shape of a [`ResidualCnn`].
///
/// A row has `inputs` features. Those of the image are a block that begins at `first`, channel by channel, and row by row
/// within a channel; what stands before and after it passes through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResidualCnnConfig {
    /// Number of features of an event.
    pub inputs: usize,
    /// Where the image begins.
    pub first: usize,
    /// Channels, height and width of the image; height and width are multiples of 4.
    pub image: [usize; 3],
    /// Number of filters of the first half; the second half has twice as many.
    pub filters: usize,
    /// Residual blocks in each half.
    pub blocks: usize,
    /// Cells, along the height and along the width, in which the last maps are averaged: 1 if it does not matter where
    /// something is seen. Each divides a quarter of its side.
    pub cells: [usize; 2],
    /// Number w of outputs.
    pub width: usize,
    /// The activation.
    pub activation: Activation,
}

impl ResidualCnnConfig {
    /// Number of features that it makes of an event.
    pub(crate) fn outputs(&self) -> usize {
        self.width + self.inputs - self.pixels()
    }

    fn pixels(&self) -> usize {
        self.image.iter().product()
    }

    /// The features that are pixels.
    pub(crate) fn block(&self) -> Range<usize> {
        self.first..self.first + self.pixels()
    }

    /// Entrance, widening, and two convolutions in each block of each half.
    pub(crate) fn n_convolutions(&self) -> usize {
        2 + 4 * self.blocks
    }

    /// The linear layer at the end.
    pub(crate) fn exit(&self) -> MlpConfig {
        MlpConfig {
            inputs: 2 * self.filters * self.cells[0] * self.cells[1],
            hidden: vec![],
            outputs: self.width,
            activation: self.activation,
        }
    }

    /// Describes the first defect of the shape, if there is one.
    pub(crate) fn inconsistency(&self) -> Option<String> {
        let [channels, height, width] = self.image;
        let pixels = channels
            .checked_mul(height)
            .and_then(|pixels| pixels.checked_mul(width));
        let end = pixels.and_then(|pixels| pixels.checked_add(self.first));
        if end.is_none_or(|end| end > self.inputs) {
            return Some(format!(
                "an image of {channels} × {height} × {width} pixels, from feature {} on, reaches beyond the {} features of \
                 an event: give the shape that the event has",
                self.first, self.inputs
            ));
        }
        if channels == 0 || self.filters == 0 || self.width == 0 {
            return Some("an image needs a channel, a filter and an output".into());
        }
        let fits = |side: usize, cells: usize| {
            side > 0 && side.is_multiple_of(4) && cells > 0 && (side / 4).is_multiple_of(cells)
        };
        (!fits(height, self.cells[0]) || !fits(width, self.cells[1])).then(|| {
            format!(
                "an image of {height} × {width} pixels was given, with {:?} cells: its sides must be multiples of 4, and the \
                 cells must divide a quarter of them",
                self.cells
            )
        })
    }

    /// Weights drawn from `seed`.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> ResidualCnn {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let mut convolution = |inputs: usize, outputs: usize, gain: f32| {
            let limit = gain * (3.0 / (9 * inputs) as f32).sqrt();
            let mut uniform = || {
                if limit > 0.0 {
                    rng.random_range(-limit..limit)
                } else {
                    0.0
                }
            };
            let weight = (0..9 * inputs * outputs).map(|_| uniform()).collect();
            Convolution::build(weight, outputs, device)
        };
        let f = self.filters;
        let entrance = convolution(self.image[0], f, 1.0);
        let mut half = |width: usize| -> Vec<Block> {
            let block = |_| Block {
                first: convolution(width, width, SILU_GAIN),
                second: convolution(width, width, 0.0),
                activation: self.activation,
            };
            (0..self.blocks).map(block).collect()
        };
        let (first, second) = (half(f), half(2 * f));
        let widening = convolution(f, 2 * f, 1.0);
        ResidualCnn {
            entrance,
            halves: vec![first, second],
            widening,
            exit: self.exit().init(seed ^ 1, device),
            first: self.first,
            image: self.image,
            cells: self.cells,
        }
    }
}

/// Factor on the weights of a layer after SiLU, so that signals keep their size.
const SILU_GAIN: f32 = 1.6;

/// A small residual network of images.
///
/// Entrance (3 × 3, stride 2), residual blocks, widening (3 × 3, stride 2, twice the filters), residual blocks, means over
/// cells, and one linear layer. A block is u ↦ u + C₂h(C₁h(u)); its second convolution starts at zero, so that a deep network
/// starts as a shallow one. That does the work of normalisation layers, which would divide out the brightness of the image,
/// and make an event depend on its batch.
///
/// # Sources
/// He et al. 2016, arXiv:1603.05027; start at zero: De and Smith 2020, arXiv:2002.10444.
#[derive(Module, Debug)]
pub(crate) struct ResidualCnn {
    entrance: Convolution,
    halves: Vec<Vec<Block>>,
    widening: Convolution,
    exit: Mlp,
    first: usize,
    image: [usize; 3],
    cells: [usize; 2],
}

impl ResidualCnn {
    /// # Shapes
    /// - `x`: `[n, inputs]` → `[n, w + inputs − c h w]`
    pub(crate) fn encode(&self, x: Tensor<2>) -> Tensor<2> {
        let [n, _] = x.dims();
        let [c, h, w] = self.image;
        let end = self.first + c * h * w;
        let image = x.clone().slice([0..n, self.first..end]).reshape([n, c, h * w]);
        let image = image.swap_dims(1, 2).reshape([n * h * w, c]);
        let (mut maps, mut size) = (image, [h, w]);
        for (entrance, blocks) in [&self.entrance, &self.widening].into_iter().zip(&self.halves) {
            let [halving, same] = [Grid::new(size, 2), Grid::new(size.map(|side| side / 2), 1)];
            maps = entrance.forward(maps, halving);
            maps = blocks.iter().fold(maps, |maps, block| block.forward(maps, same));
            size = halving.outputs();
        }
        let means = self.means(maps, n, size);
        with_other_features(vec![self.exit.forward(means)], x, self.first..end)
    }

    /// The means of all maps over cells, `[n h w, f]` → `[n, cells f]`.
    fn means(&self, maps: Tensor<2>, n: usize, [height, width]: [usize; 2]) -> Tensor<2> {
        let ([_, filters], [down, across]) = (maps.dims(), self.cells);
        let [rows, columns] = [height / down, width / across];
        let within_rows = maps.reshape([n * height * across, columns, filters]).mean_dim(1);
        let cells = within_rows.reshape([n * down, rows, across * filters]).mean_dim(1);
        cells.reshape([n, down * across * filters])
    }
}

/// u + C₂h(C₁h(u)).
#[derive(Module, Debug)]
struct Block {
    first: Convolution,
    second: Convolution,
    #[module(skip)]
    activation: Activation,
}

impl Block {
    fn forward(&self, maps: Tensor<2>, grid: Grid) -> Tensor<2> {
        let inner = self.first.forward(self.activation.forward(maps.clone()), grid);
        maps + self.second.forward(self.activation.forward(inner), grid)
    }
}

#[cfg(test)]
mod tests;
