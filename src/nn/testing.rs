//! Helpers of the tests of networks and losses.

use burn::tensor::{Device, Tensor, TensorData};

use super::network::{Activation, floats};

/// Relative to the largest entry, for results computed in f32.
pub(super) const SINGLE: f64 = 1e-5;

/// All activations.
pub(super) const ACTIVATIONS: [Activation; 8] = [
    Activation::Tanh,
    Activation::Silu,
    Activation::Softplus,
    Activation::Relu,
    Activation::LeakyRelu,
    Activation::Elu,
    Activation::Selu,
    Activation::LogSigmoid,
];

/// Values scattered evenly over ±`range`, the same ones every time.
pub(super) fn scattered(shape: [usize; 2], range: f32, device: &Device) -> Tensor<2> {
    let golden = 0.618_034;
    let values = (0..shape[0] * shape[1])
        .map(|i| range * (2.0 * (i as f32 * golden).fract() - 1.0))
        .collect();
    Tensor::from_data(TensorData::new::<f32, _>(values, shape), device)
}

/// The numbers of a tensor in f32.
pub(super) fn doubles<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    floats(tensor).into_iter().map(f64::from).collect()
}

/// That all numbers are the expected ones to within rounding of the largest of these, or of `least` if that is larger.
pub(super) fn assert_all_close(found: &[f64], expected: &[f64], least: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(least, |largest: f64, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= SINGLE * largest,
            "{what}: {found} against {expected} (largest {largest})"
        );
    }
}
