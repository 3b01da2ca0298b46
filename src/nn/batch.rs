//! A batch of rows on the device.

use burn::tensor::Tensor;

/// A batch of n rows: inputs of the network, and labels.
pub(crate) struct Batch {
    /// `[n, m + p]` for ratio networks, `[n, m]` for score networks.
    pub inputs: Tensor<2>,
    /// `[n]`.
    pub numerator: Tensor<1>,
    /// `[n]`.
    pub denominator: Tensor<1>,
    /// `[n]`, where the method learns from it.
    pub joint_log_ratio: Option<Tensor<1>>,
    /// `[n, p]` for standardised parameters, where the method learns from it.
    pub joint_score: Option<Tensor<2>>,
    /// `[n]`, weights of the errors of the score, where they are not those of the numerator.
    pub score_weight: Option<Tensor<1>>,
    /// Rows of an event.
    pub per_event: usize,
}
