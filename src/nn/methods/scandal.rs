//! SCANDAL, the likelihood with the joint score.
//!
//! **Principle.** [`nde`], whose density has a score of its own, ∇ log p̂(x|θ), that the joint score teaches.
//!
//! **Loss.** −⟨log p̂(x|θ)⟩ + α ½⟨w0 |t(x,z) − ∇ log p̂(x|θ)|²⟩/p, α = 0.5/⟨t²⟩.
//!
//! **Optimum.** p̂(x|θ) = p(x|θ).
//!
//! **Labels.** The joint score.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "scandal",
    display: Display {
        label: "SCANDAL",
        gold: "score",
        colour: Colour::Olive,
        line: Line::Solid,
        marker: Marker::Diamond,
    },
    needs_score: true,
    keeps_lowest_loss: false,
    ..nde::SPEC
};
