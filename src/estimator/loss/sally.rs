use burn::tensor::Tensor;

/// Squared error of the score at one reference point (SALLY): ⟨|t̂(x) − t(x,z|θ_ref)|²⟩/p.
///
/// Smallest at the conditional mean of the joint score, which is the score of x, for events drawn from that point.
///
/// # Shapes
/// - `score`, `joint_score0`: `[n, p]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(in crate::estimator) fn sally(score: Tensor<2>, joint_score0: Tensor<2>) -> Tensor<1> {
    (score - joint_score0).square().mean()
}
