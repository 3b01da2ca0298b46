//! ROLR, regression on the likelihood ratio.
//!
//! **Principle.** r(x) is the mean of r(x,z) over the paths of the denominator that lead to x, and 1/r(x) that of 1/r(x,z)
//! over those of θ0.
//!
//! **Loss.** ½⟨w1 (r − r̂)²⟩ + ½⟨w0 (1/r − 1/r̂)²⟩.
//!
//! **Optimum.** r̂ = r(x), from either term alone.
//!
//! **Labels.** The joint ratio. Its square must have a finite mean: where ratios spread over orders of magnitude, few events
//! outweigh all others. |log r| is clamped at 10 in label and estimate; [`alice`] is the cure.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.

use burn::tensor::Tensor;

use super::*;
use crate::batch::Batch;
use crate::fused_loss::{self, LOG_RATIO_LIMIT};

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "rolr",
    display: Display {
        label: "ROLR",
        gold: "ratio",
        colour: Colour::Orange,
        line: Line::Solid,
        marker: Marker::Square,
    },
    loss: Some(loss),
    ratio_label: RatioLabel::Target,
    log_ratio_limit: Some(LOG_RATIO_LIMIT),
    score_weight: SCORE_WEIGHT,
    ..Spec::GOLD
};

/// Weight of the score term beside this loss: the squared ratio is noisier than a cross-entropy.
const SCORE_WEIGHT: f64 = 1.0;

/// The squared error of a batch.
fn loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    let joint = batch
        .joint_log_ratio
        .expect("`Method::check` demands the joint ratio before training");
    rolr(log_ratio, joint, batch.numerator, batch.denominator)
}

/// Squared error of the ratio itself.
///
/// ½⟨w1 (r − r̂)²⟩ + ½⟨w0 (1/r − 1/r̂)²⟩: the conditional mean of r(x,z) under the denominator is r(x), that of 1/r(x,z)
/// under the numerator is 1/r(x), and a squared error is smallest at a conditional mean.
///
/// # Shapes
/// - `log_ratio`, `joint_log_ratio`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn rolr(
    log_ratio: Tensor<1>,
    joint_log_ratio: Tensor<1>,
    numerator: Tensor<1>,
    denominator: Tensor<1>,
) -> Tensor<1> {
    if fused_loss::applies(&log_ratio, [&joint_log_ratio, &numerator, &denominator]) {
        return fused_loss::rolr(log_ratio, joint_log_ratio, numerator, denominator);
    }
    by_operations(log_ratio, joint_log_ratio, numerator, denominator)
}

/// The squared error as ordinary operations, for any device.
pub(crate) fn by_operations(
    log_ratio: Tensor<1>,
    joint_log_ratio: Tensor<1>,
    numerator: Tensor<1>,
    denominator: Tensor<1>,
) -> Tensor<1> {
    let [estimate, label] = [log_ratio, joint_log_ratio].map(|log| log.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT));
    let error = label.clone().exp() - estimate.clone().exp();
    let inverse_error = label.neg().exp() - estimate.neg().exp();
    (denominator * error.square() + numerator * inverse_error.square()).mean() * 0.5
}
