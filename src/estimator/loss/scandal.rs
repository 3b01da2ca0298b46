use burn::tensor::Tensor;

use super::nde;

/// Negative log likelihood, and the density's own score against the joint score (SCANDAL).
///
/// −⟨ln p̂(x|θ)⟩ + α ⟨|t(x,z|θ) − ∇θ ln p̂(x|θ)|²⟩/p. The conditional mean of t(x,z|θ) over events of θ is the score
/// t(x|θ), so both terms are smallest at p̂(x|θ) = p(x|θ) and α decides only how fast it is reached. All events count: in a
/// density there is no second hypothesis that an event could come from.
///
/// # Shapes
/// - `log_prob`: `[n]`; `gradient`, `joint_score`: `[n, p]`, t taken at the θ that each event was drawn from → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(in crate::estimator) fn scandal(
    log_prob: Tensor<1>,
    gradient: Tensor<2>,
    joint_score: Tensor<2>,
    alpha: f64,
) -> Tensor<1> {
    nde(log_prob) + (joint_score - gradient).square().mean() * alpha
}
