use burn::tensor::Tensor;

use super::cross_entropy;

/// Cross-entropy against the class label (CARL): the plain classifier, without gold.
///
/// ⟨y softplus(ℓ) + (1 − y) softplus(−ℓ)⟩, smallest at ℓ = ln p(x|θ0) − ln p(x|θ1) for balanced classes.
///
/// # Shapes
/// - `log_ratio`, `y`: `[n]` → scalar `[1]`
///
/// # Source
/// Cranmer, Pavez and Louppe 2015, arXiv:1506.02169.
pub(in crate::estimator) fn carl(log_ratio: Tensor<1>, y: Tensor<1>) -> Tensor<1> {
    cross_entropy(log_ratio, y)
}
