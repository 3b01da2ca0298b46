use burn::tensor::Tensor;

use super::fused;

/// Squared error of the estimator's own score against the joint score: what CASCAL, RASCAL and ALICES add.
///
/// ½⟨w0 |t(x,z|θ0) − ∇ℓ|²⟩/p, the gradient taken with respect to θ0. Only events of θ0 count: the conditional mean of
/// t(x,z|θ0) is the score t(x|θ0) for those alone.
///
/// # Shapes
/// - `gradient`, `joint_score`: `[n, p]`; `numerator`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn score_term(gradient: Tensor<2>, joint_score: Tensor<2>, numerator: Tensor<1>) -> Tensor<1> {
    if fused::serves(&gradient, [&numerator]) && !joint_score.is_tracked() {
        return fused::score_term(gradient, joint_score, numerator);
    }
    ((gradient - joint_score).square() * numerator.unsqueeze_dim(1)).mean() * 0.5
}
