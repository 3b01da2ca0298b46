//! CASCAL, the plain classifier with the joint score.
//!
//! **Principle.** The gradient ∇ℓ of a ratio network with respect to θ0 is its answer for the score. Each event of θ0 knows
//! its joint score, a noisy label of the true one: p more numbers for each event, about how the ratio changes with θ.
//!
//! **Loss.** [`carl`]'s, plus α ½⟨w0 |t(x,z) − ∇ℓ|²⟩/p. Only events of θ0 count: for others the conditional
//! mean of t(x,z|θ0) is not t(x|θ0). α is 0.3/⟨t²⟩ for standardised parameters, so that both terms have a say. Where ⟨t²⟩ differs by
//! more than a factor of 100 between hypotheses, as for counts over decades, errors are divided by ⟨t²⟩(θ0): otherwise the largest scores
//! alone would be learned. A weight that depends on θ0 alone does not move the optimum.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The class and the joint score.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.

use burn::tensor::Tensor;

use super::*;
use crate::fused_loss;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "cascal",
    display: Display {
        label: "CASCAL",
        gold: "score",
        colour: Colour::Sky,
        line: Line::Solid,
        marker: Marker::Diamond,
    },
    loss: Some(carl::loss),
    needs_score: true,
    keeps_lowest_loss: true,
    ..Spec::GOLD
};

/// Squared error of the estimator's own score against the joint score: the term that CASCAL, RASCAL and ALICES add.
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
    if fused_loss::applies(&gradient, [&numerator]) && !joint_score.is_tracked() {
        return fused_loss::score_term(gradient, joint_score, numerator);
    }
    by_operations(gradient, joint_score, numerator)
}

/// The score term as ordinary operations, for any device.
pub(crate) fn by_operations(gradient: Tensor<2>, joint_score: Tensor<2>, numerator: Tensor<1>) -> Tensor<1> {
    ((gradient - joint_score).square() * numerator.unsqueeze_dim(1)).mean() * 0.5
}
