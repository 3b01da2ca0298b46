//! The 3 × 3 convolution as an operation of the CPU backend: patches, then one matrix product a few images at a time.
//!
//! Maps are `[n h w, c]`, channels last: the channels of a pixel are neighbours, three pixels of a row are one piece of
//! memory, activations and sums need no reordering, and an image is a block of rows. The stock convolution reorders its maps
//! on the way in and out, and falls to a tenth of what the matrix product can do at the few channels of small networks.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, binary};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::module::{Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData, module};

use super::kernels;

/// Patches are made for so many numbers at a time: they stay in the cache until they are multiplied.
const PATCHES: usize = 1 << 18;

/// The size of the maps that a convolution takes, and its stride.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub height: usize,
    pub width: usize,
    pub stride: usize,
}

impl Grid {
    /// Maps of a height and a width.
    pub fn new([height, width]: [usize; 2], stride: usize) -> Self {
        Self { height, width, stride }
    }

    /// Height and width of the maps that it gives.
    pub fn outputs(self) -> [usize; 2] {
        [self.height, self.width].map(|side| side.div_ceil(self.stride))
    }

    /// Pixels of a map that it takes, and of one that it gives.
    fn pixels(self) -> [usize; 2] {
        let [height, width] = self.outputs();
        [self.height * self.width, height * width]
    }

    /// The pieces of all patches of an image, in order.
    fn pieces(self, channels: usize) -> Vec<Piece> {
        let [height, width] = self.outputs();
        let piece = |patch: usize, row: usize| {
            let [down, across] = [patch / width, patch % width].map(|at| at * self.stride);
            let y = (down + row).checked_sub(1).filter(|y| *y < self.height)?;
            let (left, right) = (across.max(1) - 1, (across + 2).min(self.width));
            let from = (y * self.width + left) * channels;
            let to = (9 * patch + 3 * row + left + 1 - across) * channels;
            let length = (right - left) * channels;
            Some(Piece { from, to, length })
        };
        let places = (0..height * width).flat_map(|patch| (0..3).map(move |row| (patch, row)));
        places.filter_map(|(patch, row)| piece(patch, row)).collect()
    }
}

/// Part of one row of an image that a patch covers, without pixels beyond the edge.
#[derive(Clone, Copy)]
struct Piece {
    /// Where it begins in the image.
    from: usize,
    /// Where it begins in the patches of the image.
    to: usize,
    /// How many numbers it has.
    length: usize,
}

/// A 3 × 3 convolution, with zeros beyond the edge.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    /// `[9 c, f]`: row by row and pixel by pixel of the patch, its channels.
    weight: Param<Tensor<2>>,
    /// `[f]`.
    bias: Param<Tensor<1>>,
}

impl Convolution {
    /// Builds a convolution from weights, `[9 c, f]` row by row, without biases.
    pub fn build(weight: Vec<f32>, filters: usize, device: &Device) -> Self {
        let shape = [weight.len() / filters, filters];
        Self {
            weight: Param::from_data(TensorData::new(weight, shape), device),
            bias: Param::from_data(TensorData::new(vec![0.0_f32; filters], [filters]), device),
        }
    }

    /// # Shapes
    /// - `maps`: `[n h w, c]` → `[n h′ w′, f]`
    pub fn forward(&self, maps: Tensor<2>, grid: Grid) -> Tensor<2> {
        let weight = self.weight.val();
        let product = match kernels::is_cpu_f32(&maps) {
            true => {
                let (maps, weight) = (maps.into_dispatch(), weight.into_dispatch());
                Tensor::from_dispatch(<Dispatch as Convolve>::convolve(maps, weight, grid))
            }
            false => stock(maps, weight, grid),
        };
        product + self.bias.val().unsqueeze()
    }
}

/// The convolution of the library.
fn stock(maps: Tensor<2>, weight: Tensor<2>, grid: Grid) -> Tensor<2> {
    let ([rows, channels], [_, filters]) = (maps.dims(), weight.dims());
    let [pixels, pixels_out] = grid.pixels();
    let n = rows / pixels;
    let maps = maps
        .reshape([n, grid.height, grid.width, channels])
        .permute([0, 3, 1, 2]);
    let weight = weight.reshape([3, 3, channels, filters]).permute([3, 2, 0, 1]);
    let options = ConvOptions::new([grid.stride; 2], [1, 1], [1, 1], 1);
    let maps = module::conv2d(maps, weight, None, options);
    maps.permute([0, 2, 3, 1]).reshape([n * pixels_out, filters])
}

#[backend_extension(Flex, Autodiff)]
pub(super) trait Convolve: Backend {
    /// Patches times weights, `[n h w, c]` and `[9 c, f]` → `[n h′ w′, f]`.
    fn convolve(maps: FloatTensor<Self>, weight: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self>;
}

/// Operation of the backward pass of [`Convolve::convolve`]; it is not differentiated itself.
pub(super) trait Transposed: Backend {
    /// The gradient to the maps.
    fn to_maps(gradient: FloatTensor<Self>, weight: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self>;
    /// The gradient to the weights.
    fn to_weight(gradient: FloatTensor<Self>, maps: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self>;
}

impl Convolve for Flex {
    fn convolve(maps: FloatTensor<Self>, weight: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self> {
        let (maps, [c, filters]) = (contiguous(maps), [weight.shape()[0] / 9, weight.shape()[1]]);
        let [pixels, pixels_out] = grid.pixels();
        let mut product = Vec::with_capacity(maps.shape()[0] / pixels * pixels_out * filters);
        let pieces = grid.pieces(c);
        for images in maps.storage::<f32>().chunks(portion(c, grid) * pixels * c) {
            let patches = patches(images, &pieces, c, grid);
            product.extend_from_slice(contiguous(Flex::float_matmul(patches, weight.clone())).storage());
        }
        matrix(product, filters)
    }
}

impl Transposed for Flex {
    fn to_maps(gradient: FloatTensor<Self>, weight: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self> {
        let (gradient, [c, filters]) = (contiguous(gradient), [weight.shape()[0] / 9, weight.shape()[1]]);
        let [pixels, pixels_out] = grid.pixels();
        let weight = Flex::float_swap_dims(weight, 0, 1);
        let mut maps = vec![0.0_f32; gradient.shape()[0] / pixels_out * pixels * c];
        let (images, pieces) = (portion(c, grid), grid.pieces(c));
        let portions = gradient.storage::<f32>().chunks(images * pixels_out * filters);
        for (gradient, maps) in portions.zip(maps.chunks_mut(images * pixels * c)) {
            let patches = Flex::float_matmul(matrix(gradient.to_vec(), filters), weight.clone());
            add_patches(contiguous(patches).storage(), maps, &pieces, c, grid);
        }
        matrix(maps, c)
    }

    fn to_weight(gradient: FloatTensor<Self>, maps: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self> {
        let (gradient, maps) = (contiguous(gradient), contiguous(maps));
        let [c, filters] = [&maps, &gradient].map(|tensor| tensor.shape()[1]);
        let [pixels, pixels_out] = grid.pixels();
        let (images, pieces) = (portion(c, grid), grid.pieces(c));
        let gradients = gradient.storage::<f32>().chunks(images * pixels_out * filters);
        let portions = maps.storage::<f32>().chunks(images * pixels * c).zip(gradients);
        let zero = matrix(vec![0.0; 9 * c * filters], filters);
        portions.fold(zero, |sum, (maps, gradient)| {
            let patches = Flex::float_swap_dims(patches(maps, &pieces, c, grid), 0, 1);
            Flex::float_add(sum, Flex::float_matmul(patches, matrix(gradient.to_vec(), filters)))
        })
    }
}

impl<B: Convolve + Transposed, C: CheckpointStrategy> Convolve for Autodiff<B, C> {
    fn convolve(maps: FloatTensor<Self>, weight: FloatTensor<Self>, grid: Grid) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Product;

        impl<B: Convolve + Transposed> Backward<B, 2> for Product {
            type State = (B::FloatTensorPrimitive, B::FloatTensorPrimitive, Grid);

            fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
                let (maps, weight, grid) = ops.state;
                binary::<B, _, _>(
                    ops.parents,
                    ops.node,
                    grads,
                    |up| B::to_maps(up, weight, grid),
                    |up| B::to_weight(up, maps, grid),
                );
            }
        }

        match Product
            .prepare::<C>([maps.node(), weight.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (maps, weight) = (maps.into_primitive(), weight.into_primitive());
                prep.finish((maps.clone(), weight.clone(), grid), B::convolve(maps, weight, grid))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::convolve(maps.into_primitive(), weight.into_primitive(), grid)),
        }
    }
}

/// Images whose patches are made at a time.
fn portion(channels: usize, grid: Grid) -> usize {
    let [_, pixels_out] = grid.pixels();
    (PATCHES / (9 * channels * pixels_out)).max(1)
}

/// The patches of some images, `[n h′ w′, 9 c]`.
fn patches(images: &[f32], pieces: &[Piece], channels: usize, grid: Grid) -> FlexTensor {
    let [pixels, pixels_out] = grid.pixels().map(|pixels| pixels * channels);
    let mut patches = vec![0.0; images.len() / pixels * pixels_out * 9];
    for (image, patches) in images.chunks(pixels).zip(patches.chunks_mut(9 * pixels_out)) {
        for &Piece { from, to, length } in pieces {
            patches[to..to + length].copy_from_slice(&image[from..from + length]);
        }
    }
    matrix(patches, 9 * channels)
}

/// Adds patches to the images in which they lie.
fn add_patches(patches: &[f32], images: &mut [f32], pieces: &[Piece], channels: usize, grid: Grid) {
    let [pixels, pixels_out] = grid.pixels().map(|pixels| pixels * channels);
    for (image, patches) in images.chunks_mut(pixels).zip(patches.chunks(9 * pixels_out)) {
        for &Piece { from, to, length } in pieces {
            let sums = image[from..from + length].iter_mut();
            sums.zip(&patches[to..to + length])
                .for_each(|(sum, value)| *sum += value);
        }
    }
}

fn matrix(values: Vec<f32>, columns: usize) -> FlexTensor {
    let rows = values.len() / columns;
    FlexTensor::from_data(TensorData::new(values, [rows, columns]))
}

/// The tensor as the whole of a buffer, in order.
fn contiguous(x: FlexTensor) -> FlexTensor {
    let x = x.to_contiguous();
    match x.storage::<f32>().len() == x.layout().num_elements() {
        true => x,
        false => FlexTensor::from_data(x.into_data()),
    }
}

#[cfg(test)]
mod tests;
