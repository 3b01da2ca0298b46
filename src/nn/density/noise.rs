//! Randomness and constants that the densities share.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;

/// ln 2π.
pub(super) const LOG_2PI: f64 = 1.837_877_066_409_345_5;

/// Independent standard normal numbers. They come from `rng`, not from the device's stream, which all threads share.
pub(super) fn normal(shape: [usize; 2], rng: &mut Pcg64Mcg, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.sample(StandardNormal)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// An index, each as probable as its share.
pub(super) fn choose(shares: &[f32], rng: &mut Pcg64Mcg) -> usize {
    let mut left = rng.random::<f32>() * shares.iter().sum::<f32>();
    let passed = shares.iter().take_while(|share| {
        left -= **share;
        left >= 0.0
    });
    passed.count().min(shares.len() - 1)
}
