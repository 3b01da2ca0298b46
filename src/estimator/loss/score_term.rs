use burn::tensor::Tensor;

use super::fused;

/// Squared error of the estimator's own score against the joint score: what CASCAL, RASCAL and ALICES add.
///
/// ⟨(1 − y) |t(x,z|θ0) − ∇ℓ|²⟩/p, the gradient taken with respect to θ0. Only events drawn from θ0 count: the conditional
/// mean of t(x,z|θ0) is the score t(x|θ0) for those alone.
///
/// # Shapes
/// - `gradient`, `joint_score0`: `[n, p]`; `y`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(in crate::estimator) fn score_term(gradient: Tensor<2>, joint_score0: Tensor<2>, y: Tensor<1>) -> Tensor<1> {
    if fused::serves(&gradient, &joint_score0) && !y.is_tracked() {
        return fused::score_term(gradient, joint_score0, y);
    }
    let mask = (y.neg() + 1.0).unsqueeze_dim(1);
    ((gradient - joint_score0).square() * mask).mean()
}
