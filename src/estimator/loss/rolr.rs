use burn::tensor::Tensor;

use super::fused;

/// Beyond this |log r| is clamped, in the estimate and in the label: one event could outweigh all others.
pub(in crate::estimator) const LOG_RATIO_LIMIT: f32 = 10.0;

/// Squared error of the ratio itself (ROLR).
///
/// ⟨y (r − r̂)²⟩ + ⟨(1 − y)(1/r − 1/r̂)²⟩: the conditional mean of r(x,z) under the denominator is r(x), that of 1/r(x,z)
/// under the numerator is 1/r(x), and a squared error is smallest at a conditional mean.
///
/// # Shapes
/// - `log_ratio`, `joint_log_ratio`, `y`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(in crate::estimator) fn rolr(log_ratio: Tensor<1>, joint_log_ratio: Tensor<1>, y: Tensor<1>) -> Tensor<1> {
    if fused::serves(&log_ratio, &joint_log_ratio) && !y.is_tracked() {
        return fused::rolr(log_ratio, joint_log_ratio, y);
    }
    // The sign of the exponent chooses between r and 1/r without evaluating both.
    let sign = y.clone() * 2.0 - 1.0;
    let clamped = |log: Tensor<1>| (log.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT) * sign.clone()).exp();
    (clamped(joint_log_ratio) - clamped(log_ratio)).square().mean()
}
