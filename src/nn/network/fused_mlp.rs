//! A whole perceptron as one operation of the CPU backend, with its own rule on the way back.
//!
//! A graph of small operations spends more time on its bookkeeping, on copies and on fresh memory than on the matrix
//! products: half of a step. The arithmetic, and what it gains, is that of [`mlp_backward`](super::mlp_backward).

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::kernels::contiguous;
use super::mlp_backward::{self, Intermediates, Layout};

/// The outputs, `[n, outputs]`; with `k`, the only output and its gradient to the last `k` inputs, `[n, 1 + k]`.
///
/// The tensors must pass [`kernels::is_cpu_f32`](super::kernels::is_cpu_f32). Burn can differentiate the result with respect to the
/// parameters, and without `k` with respect to the inputs.
pub(super) fn perceptron(x: Tensor<2>, parameters: Tensor<1>, layout: &Layout, k: Option<usize>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Perceptron>::perceptron(
        x.into_dispatch(),
        parameters.into_dispatch(),
        layout.clone(),
        k,
    ))
}

#[backend_extension(Flex, Autodiff)]
pub(super) trait Perceptron: Backend {
    fn perceptron(
        x: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        layout: Layout,
        k: Option<usize>,
    ) -> FloatTensor<Self>;
}

impl Perceptron for Flex {
    fn perceptron(
        x: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        layout: Layout,
        k: Option<usize>,
    ) -> FloatTensor<Self> {
        mlp_backward::forward(x, &contiguous(parameters), &layout, k)
    }
}

/// State that the backward pass starts from.
#[derive(Debug, Clone)]
struct State {
    kept: Intermediates,
    parameters: FlexTensor,
    layout: Layout,
    k: Option<usize>,
}

#[derive(Debug)]
struct PerceptronBackward;

impl Backward<Flex, 2> for PerceptronBackward {
    type State = State;

    fn backward(self, ops: Ops<State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State {
            kept,
            parameters,
            layout,
            k,
        } = ops.state;
        let up = grads.consume::<Flex>(&ops.node);
        let [x, row] = ops.parents;
        let (to_parameters, to_x) = mlp_backward::backward(kept, &parameters, &layout, k, up, x.is_some());
        if let Some(node) = row {
            grads.register::<Flex>(node.id, to_parameters);
        }
        if let Some((node, to_x)) = x.zip(to_x) {
            grads.register::<Flex>(node.id, to_x);
        }
    }
}

impl<C: CheckpointStrategy> Perceptron for Autodiff<Flex, C> {
    fn perceptron(
        x: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        layout: Layout,
        k: Option<usize>,
    ) -> FloatTensor<Self> {
        match PerceptronBackward
            .prepare::<C>([x.node(), parameters.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (x, parameters) = (x.into_primitive(), contiguous(parameters.into_primitive()));
                let (output, kept) = mlp_backward::forward_with_intermediates(x, &parameters, &layout, k);
                let state = State {
                    kept,
                    parameters,
                    layout,
                    k,
                };
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(mlp_backward::forward(
                x.into_primitive(),
                &parameters.into_primitive(),
                &layout,
                k,
            )),
        }
    }
}
