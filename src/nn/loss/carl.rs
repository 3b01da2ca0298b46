use burn::tensor::Tensor;

use super::{fused, softplus};

/// Cross-entropy of the two classes: ½⟨w0 softplus(−ℓ) + w1 softplus(ℓ)⟩.
///
/// Smallest at ℓ = ln p(x|θ0) − ln p_den(x). With class labels ([`class_weights`]) it is the loss of the plain classifier
/// (CARL), without gold.
///
/// # Shapes
/// - `log_ratio`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Source
/// Cranmer, Pavez and Louppe 2015, arXiv:1506.02169.
pub(crate) fn cross_entropy(log_ratio: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    if fused::serves(&log_ratio, [&numerator, &denominator]) {
        return fused::cross_entropy(log_ratio, numerator, denominator);
    }
    let as_numerator = numerator * softplus(log_ratio.clone().neg());
    (as_numerator + denominator * softplus(log_ratio)).mean() * 0.5
}

/// The weights of a class label: an event of balanced classes stands for its own class alone.
pub(crate) fn class_weights(y: f64) -> (f32, f32) {
    (2.0 * (1.0 - y) as f32, 2.0 * y as f32)
}
