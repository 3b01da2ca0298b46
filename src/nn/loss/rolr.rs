use burn::tensor::Tensor;

use super::fused;

/// Beyond this |log r| is clamped, in the estimate and in the label: one event could outweigh all others.
pub(crate) const LOG_RATIO_LIMIT: f32 = 10.0;

/// Squared error of the ratio itself (ROLR).
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
    if fused::serves(&log_ratio, [&joint_log_ratio, &numerator, &denominator]) {
        return fused::rolr(log_ratio, joint_log_ratio, numerator, denominator);
    }
    let [estimate, label] = [log_ratio, joint_log_ratio].map(|log| log.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT));
    let error = label.clone().exp() - estimate.clone().exp();
    let inverse_error = label.neg().exp() - estimate.neg().exp();
    (denominator * error.square() + numerator * inverse_error.square()).mean() * 0.5
}
