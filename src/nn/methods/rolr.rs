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
//! outweigh all others. |log r| is clamped at 10 in label and estimate. There the relative error is taken, which has the same
//! optimum, unless the settings say otherwise.
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
    relative_loss: Some(relative_loss),
    ratio_label: RatioLabel::Target,
    log_ratio_limit: Some(LOG_RATIO_LIMIT),
    score_weight: SCORE_WEIGHT,
    ..Spec::GOLD
};

/// Weight of the score term beside this loss: the squared ratio is noisier than a cross-entropy.
const SCORE_WEIGHT: f64 = 1.0;

/// A measure of errors: estimates, labels and the weights of the two classes, `[n]` each → scalar `[1]`.
type Errors = fn(Tensor<1>, Tensor<1>, Tensor<1>, Tensor<1>) -> Tensor<1>;

/// The squared error of a batch.
fn loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    of_batch(rolr, log_ratio, batch)
}

/// The relative error of a batch.
fn relative_loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    of_batch(relative, log_ratio, batch)
}

fn of_batch(errors: Errors, log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    let joint = batch
        .joint_log_ratio
        .expect("`Method::check` demands the joint ratio before training");
    errors(log_ratio, joint, batch.numerator, batch.denominator)
}

/// Estimates and labels within the limit.
fn clamped(log_ratio: Tensor<1>, joint_log_ratio: Tensor<1>) -> [Tensor<1>; 2] {
    [log_ratio, joint_log_ratio].map(|log| log.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT))
}

/// Relative error of the ratio, the divergence of Itakura and Saito.
///
/// ⟨w1 (u − 1 − ln u)⟩ + ⟨w0 (1/u − 1 + ln u)⟩, u = r(x,z)/r̂(x). Its slope in log r̂ is ⟨w1 (1 − r/r̂)⟩ + ⟨w0 (r̂/r − 1)⟩, which is zero at the
/// same conditional means as that of the squared error. It is the squared error where r(x,z) is near to r̂(x), with weights that make events
/// of any ratio equal.
///
/// # Shapes
/// - `log_ratio`, `joint_log_ratio`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Source
/// A Bregman divergence, as the squared error is: Banerjee, Merugu, Dhillon and Ghosh 2005, J. Mach. Learn. Res. 6, 1705.
pub(crate) fn relative(
    log_ratio: Tensor<1>,
    joint_log_ratio: Tensor<1>,
    numerator: Tensor<1>,
    denominator: Tensor<1>,
) -> Tensor<1> {
    let [estimate, label] = clamped(log_ratio, joint_log_ratio);
    let log = label - estimate;
    let error = log.clone().exp() - log.clone() - 1.0;
    let inverse_error = log.clone().neg().exp() + log - 1.0;
    (denominator * error + numerator * inverse_error).mean()
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
    let [estimate, label] = clamped(log_ratio, joint_log_ratio);
    let error = label.clone().exp() - estimate.clone().exp();
    let inverse_error = label.neg().exp() - estimate.neg().exp();
    (denominator * error.square() + numerator * inverse_error.square()).mean() * 0.5
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::testing::doubles;

    /// The slope of the relative error vanishes at the mean of r under the denominator, and at that of 1/r under the numerator; both errors
    /// have the same curvature for labels near the estimate.
    #[test]
    fn the_relative_error_has_its_optimum_at_conditional_means() {
        let device = Device::flex().autodiff();
        let row = |values: [f32; 2]| Tensor::<1>::from_data(TensorData::new(values.to_vec(), [2]), &device);
        let slope = |log_ratio: f64, joint: [f32; 2], weights: [f32; 2]| -> f64 {
            let estimate = row([log_ratio as f32; 2]).require_grad();
            let loss = relative(estimate.clone(), row(joint), row([weights[0]; 2]), row([weights[1]; 2]));
            doubles(estimate.grad(&loss.backward()).unwrap()).iter().sum()
        };
        let joint = [0.1_f32, 4.0].map(f32::ln);
        assert!(slope(2.05_f64.ln(), joint, [0.0, 1.0]).abs() < 1e-6);
        assert!(slope(-5.125_f64.ln(), joint, [1.0, 0.0]).abs() < 1e-6); // the mean of 10 and 0.25
        assert!(slope(1.0, joint, [0.0, 1.0]) > 0.0 && slope(0.5, joint, [0.0, 1.0]) < 0.0);
    }
}
