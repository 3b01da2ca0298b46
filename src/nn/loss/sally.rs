use burn::tensor::Tensor;

use super::score_term;

/// Squared error of the score (SALLY): ½⟨w0 |t̂(x, θ) − t(x,z|θ)|²⟩/p.
///
/// Smallest at the conditional mean of the joint score, which is the score of x, for events drawn from θ: where all events
/// come from one reference point, w0 = 2, the network needs no θ, and this is the loss of the paper. Over a prior, only
/// events of the numerator count; recalled labels weigh each event with what it counts at a θ that it was not drawn from.
///
/// # Shapes
/// - `score`, `joint_score`: `[n, p]`; `numerator`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn sally(score: Tensor<2>, joint_score: Tensor<2>, numerator: Tensor<1>) -> Tensor<1> {
    score_term(score, joint_score, numerator)
}
