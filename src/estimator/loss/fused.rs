//! Losses as one operation each: the mean over the events, and its slope found in the same loop.
//!
//! Written as ordinary operations, a loss of a hundred numbers costs as much as a tenth of the network: some seventy
//! operations on the way there and back, each with its own memory. The slopes are closed forms.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};

use super::rolr::LOG_RATIO_LIMIT;
use crate::estimator::network::{serve, whole};

/// Whether the fused losses serve: f32 on the CPU backend, and labels that are data, not results.
pub(super) fn serves<const D: usize>(estimate: &Tensor<D>, label: &Tensor<D>) -> bool {
    serve(estimate) && serve(label) && !label.is_tracked()
}

/// [`cross_entropy`](super::cross_entropy).
pub(super) fn cross_entropy(log_ratio: Tensor<1>, label: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Losses>::cross_entropy(
        log_ratio.into_dispatch(),
        label.into_dispatch(),
    ))
}

/// [`rolr`](super::rolr()).
pub(super) fn rolr(log_ratio: Tensor<1>, joint_log_ratio: Tensor<1>, y: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Losses>::rolr(
        log_ratio.into_dispatch(),
        joint_log_ratio.into_dispatch(),
        y.into_dispatch(),
    ))
}

/// [`score_term`](super::score_term()).
pub(super) fn score_term(gradient: Tensor<2>, joint_score0: Tensor<2>, y: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Losses>::score_term(
        gradient.into_dispatch(),
        joint_score0.into_dispatch(),
        y.into_dispatch(),
    ))
}

#[backend_extension(Flex, Autodiff)]
pub(super) trait Losses: Backend {
    fn cross_entropy(log_ratio: FloatTensor<Self>, label: FloatTensor<Self>) -> FloatTensor<Self>;
    fn rolr(log_ratio: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;
    fn score_term(gradient: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Losses for Flex {
    fn cross_entropy(log_ratio: FloatTensor<Self>, label: FloatTensor<Self>) -> FloatTensor<Self> {
        cross_entropies(log_ratio, label).0
    }

    fn rolr(log_ratio: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        squared_ratios(log_ratio, joint, y).0
    }

    fn score_term(gradient: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        squared_scores(gradient, joint, y).0
    }
}

impl<C: CheckpointStrategy> Losses for Autodiff<Flex, C> {
    fn cross_entropy(log_ratio: FloatTensor<Self>, label: FloatTensor<Self>) -> FloatTensor<Self> {
        differentiable::<C>(log_ratio, |log_ratio| {
            cross_entropies(log_ratio, label.into_primitive())
        })
    }

    fn rolr(log_ratio: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        let (joint, y) = (joint.into_primitive(), y.into_primitive());
        differentiable::<C>(log_ratio, |log_ratio| squared_ratios(log_ratio, joint, y))
    }

    fn score_term(gradient: FloatTensor<Self>, joint: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        let (joint, y) = (joint.into_primitive(), y.into_primitive());
        differentiable::<C>(gradient, |gradient| squared_scores(gradient, joint, y))
    }
}

/// A loss of `estimate` as an operation; `loss` gives its value, `[1]`, and its slope, of the shape of `estimate`.
fn differentiable<C: CheckpointStrategy>(
    estimate: FloatTensor<Autodiff<Flex, C>>,
    loss: impl FnOnce(FlexTensor) -> (FlexTensor, FlexTensor),
) -> FloatTensor<Autodiff<Flex, C>> {
    #[derive(Debug)]
    struct Loss;

    impl Backward<Flex, 1> for Loss {
        type State = FlexTensor;

        fn backward(self, ops: Ops<FlexTensor, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
            let mut slope = ops.state;
            unary::<Flex, _>(ops.parents, ops.node, grads, |up| {
                let up = whole(up).storage::<f32>()[0];
                slope.storage_mut::<f32>().iter_mut().for_each(|slope| *slope *= up);
                slope
            });
        }
    }

    match Loss.prepare::<C>([estimate.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let (value, slope) = loss(estimate.into_primitive());
            prep.finish(slope, value)
        }
        OpsKind::UnTracked(prep) => prep.finish(loss(estimate.into_primitive()).0),
    }
}

/// s softplus(ℓ) + (1 − s) softplus(−ℓ) = softplus(ℓ) − (1 − s) ℓ, with slope σ(ℓ) − (1 − s).
fn cross_entropies(log_ratio: FlexTensor, label: FlexTensor) -> (FlexTensor, FlexTensor) {
    let [log_ratio, label] = [log_ratio, label].map(whole);
    let events = log_ratio.storage::<f32>().iter().zip(label.storage::<f32>());
    let terms = events.map(|(&l, &s)| {
        // e^−|ℓ| ≤ 1: neither form overflows.
        let small = (-l.abs()).exp();
        let value = l.max(0.0) + small.ln_1p() - (1.0 - s) * l;
        let sigmoid = if l >= 0.0 { 1.0 } else { small } / (1.0 + small);
        (value, sigmoid - (1.0 - s))
    });
    mean(terms, &log_ratio)
}

/// (rᵉ − r̂ᵉ)² with e = 2y − 1, logarithms clamped.
fn squared_ratios(log_ratio: FlexTensor, joint: FlexTensor, y: FlexTensor) -> (FlexTensor, FlexTensor) {
    let [log_ratio, joint, y] = [log_ratio, joint, y].map(whole);
    let labels = joint.storage::<f32>().iter().zip(y.storage::<f32>());
    let events = log_ratio.storage::<f32>().iter().zip(labels);
    let terms = events.map(|(&l, (&joint, &y))| {
        let sign = 2.0 * y - 1.0;
        let clamped = |log: f32| (log.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT) * sign).exp();
        let (estimate, inside) = (clamped(l), l.abs() <= LOG_RATIO_LIMIT);
        let error = estimate - clamped(joint);
        let slope = if inside { 2.0 * error * estimate * sign } else { 0.0 };
        (error * error, slope)
    });
    mean(terms, &log_ratio)
}

/// (1 − y)(∂ℓ − t)², number by number.
fn squared_scores(gradient: FlexTensor, joint: FlexTensor, y: FlexTensor) -> (FlexTensor, FlexTensor) {
    let [gradient, joint, y] = [gradient, joint, y].map(whole);
    let width = gradient.shape()[1];
    let numbers = gradient.storage::<f32>().iter().zip(joint.storage::<f32>());
    let masks = y
        .storage::<f32>()
        .iter()
        .flat_map(|&y| std::iter::repeat_n(1.0 - y, width));
    let terms = numbers.zip(masks).map(|((&found, &joint), mask)| {
        let error = found - joint;
        (mask * error * error, 2.0 * mask * error)
    });
    mean(terms, &gradient)
}

/// The mean of values, `[1]`, and its slopes to the numbers of `estimate` from the slopes of the values.
fn mean(terms: impl Iterator<Item = (f32, f32)>, estimate: &FlexTensor) -> (FlexTensor, FlexTensor) {
    let n = estimate.layout().num_elements();
    let mut sum = 0.0;
    let slopes: Vec<f32> = terms
        .map(|(value, slope)| {
            sum += f64::from(value);
            slope / n as f32
        })
        .collect();
    let value = vec![(sum / n as f64) as f32];
    (
        FlexTensor::from_data(TensorData::new(value, [1])),
        FlexTensor::from_data(TensorData::new(slopes, estimate.shape())),
    )
}

#[cfg(test)]
mod tests;
