//! NDE, neural density estimation: the likelihood itself.
//!
//! **Principle.** A density p̂(x|θ) that makes the simulated events as probable as possible.
//!
//! **Loss.** −⟨log p̂(x|θ)⟩ over events and the θ that they were drawn from, of either class.
//!
//! **Optimum.** p̂(x|θ) = p(x|θ).
//!
//! **Labels.** None but θ.
//!
//! **Densities** ([`DensityKind`](crate::DensityKind)): a neural spline flow (arXiv:1906.04032) by default; a
//! masked autoregressive flow (arXiv:1705.07057) whose orders change from layer to layer, so that every observable is
//! transformed given others; a mixture of Gaussians; and probabilities where x takes few values. All know log p̂ and its
//! gradient, and sample.
//!
//! **Source.** Papamakarios and Murray 2016, arXiv:1605.06376.

use burn::tensor::Tensor;

use super::*;
use crate::batch::Batch;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "nde",
    display: Display {
        label: "NDE",
        gold: "no gold",
        colour: Colour::Grey,
        line: Line::Dashed,
        marker: Marker::Square,
    },
    target: Target::Likelihood,
    loss: Some(loss),
    keeps_lowest_loss: true,
    log_ratio_limit: None,
    score_weight: 0.5,
    ..Spec::GOLD
};

/// Negative log likelihood of a conditional density, −½⟨(w0 + w1) ln p̂(x|θ)⟩.
///
/// For events drawn from p(x|θ) at parameters of any distribution, it is smallest at p̂(x|θ) = p(x|θ), where it is the mean
/// conditional entropy. No gold is needed: the density learns from x and the θ that it was drawn from, whichever class
/// that makes it. SCANDAL adds the score term with the density's own
/// score.
///
/// # Shapes
/// - `log_prob`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Sources
/// Papamakarios and Murray 2016, arXiv:1605.06376; SCANDAL: Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn nde(log_prob: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    ((numerator + denominator) * log_prob).mean() * -0.5
}

/// The negative log likelihood of a batch.
fn loss(log_prob: Tensor<1>, batch: Batch) -> Tensor<1> {
    nde(log_prob, batch.numerator, batch.denominator)
}
