//! Against the ordinary operations, which tensors in f64 take.

use burn::tensor::{Device, FloatDType};

use crate::methods::{carl, cascal, rolr};
use crate::testing;

use super::*;

const N: usize = 300;

fn scattered(range: f32, at: usize, device: &Device) -> Tensor<1> {
    let value = |i: usize| range * (2.0 * ((i + at) as f32 * 0.618_034).fract() - 1.0);
    Tensor::from_data(TensorData::new((0..N).map(value).collect::<Vec<_>>(), [N]), device)
}

fn doubles<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.cast(FloatDType::F64).into_data().try_into_vec().unwrap()
}

fn assert_all_close(found: &[f64], expected: &[f64], what: &str) {
    testing::assert_all_close(found, expected, 0.0, what);
}

/// The value and the slope of a loss of these numbers, `fused` or by ordinary operations.
fn found<const D: usize>(
    estimate: &Tensor<D>,
    fused: bool,
    loss: impl Fn(Tensor<D>, FloatDType) -> Tensor<1>,
) -> Vec<f64> {
    let estimate = estimate.clone().require_grad();
    let kind = if fused { FloatDType::F32 } else { FloatDType::F64 };
    // A factor, so that what comes down to the loss is not 1.
    let value = loss(estimate.clone().cast(kind), kind) * 3.0;
    let slope = estimate.grad(&value.backward()).unwrap();
    [doubles(value), doubles(slope)].concat()
}

#[test]
fn the_fused_losses_are_those_of_ordinary_operations() {
    let device = Device::flex().autodiff();
    // From where the softplus is quadratic to where exp(ℓ) overflows.
    for range in [0.1, 3.0, 30.0, 200.0] {
        let [log_ratio, joint] = [(range, 0), (range, 7)].map(|(range, at)| scattered(range, at, &device));
        // Weights from 0 to 2, among them class labels.
        let [numerator, denominator] = [3, 5].map(|at| (scattered(1.5, at, &device) + 1.0).clamp(0.0, 2.0));
        let of = |weight: &Tensor<1>, kind| weight.clone().cast(kind);
        let cross_entropy = [true, false].map(|fused| {
            found(&log_ratio, fused, |l, kind| {
                carl::cross_entropy(l, of(&numerator, kind), of(&denominator, kind))
            })
        });
        assert_all_close(&cross_entropy[0], &cross_entropy[1], "cross-entropy");
        let rolr = [true, false].map(|fused| {
            found(&log_ratio, fused, |l, kind| {
                rolr::rolr(l, of(&joint, kind), of(&numerator, kind), of(&denominator, kind))
            })
        });
        assert_all_close(&rolr[0], &rolr[1], "squared ratio");
        let columns = |row: &Tensor<1>| row.clone().reshape([N / 3, 3]);
        let score = [true, false].map(|fused| {
            found(&columns(&log_ratio), fused, |g, kind| {
                let numerator = numerator.clone().narrow(0, 0, N / 3);
                cascal::score_term(g, columns(&joint).cast(kind), numerator.cast(kind))
            })
        });
        assert_all_close(&score[0], &score[1], "squared score");
    }
}
