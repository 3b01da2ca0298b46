use burn::tensor::{Tensor, activation};

use super::cross_entropy;

/// Cross-entropy against the soft label that the gold itself gives (ALICE).
///
/// With s = 1/(1 + r) the probability that the event came from the denominator, given all its latent choices, the loss
/// is ⟨s softplus(ℓ) + (1 − s) softplus(−ℓ)⟩. Over functions of x alone it is smallest where CARL's is, with less
/// noise. The two classes together must be balanced.
///
/// # Shapes
/// - `log_ratio`, `joint_log_ratio`: `[n]` → scalar `[1]`
///
/// # Source
/// Stoye, Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1808.00973.
pub(in crate::estimator) fn alice(log_ratio: Tensor<1>, joint_log_ratio: Tensor<1>) -> Tensor<1> {
    cross_entropy(log_ratio, activation::sigmoid(joint_log_ratio.neg()))
}
