//! ALICES, the soft-label classifier with the joint score: all gold, bounded labels. The one to begin with.
//!
//! **Principle.** [`alice`] for the value of the ratio and the score term of [`cascal`] for its
//! slope. An event stands for θ0 with its soft share w0, in the score term too.
//!
//! **Loss.** ½⟨w0 softplus(−ℓ) + w1 softplus(ℓ)⟩ + α ½⟨w0 |t(x,z) − ∇ℓ|²⟩/p, α = 0.3/⟨t²⟩.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The joint ratio and the joint score.
//!
//! **Source.** Stoye, Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1808.00973.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "alices",
    display: Display {
        label: "ALICES",
        gold: "ratio and score",
        colour: Colour::Green,
        line: Line::Solid,
        marker: Marker::Disc,
    },
    needs_score: true,
    ..alice::SPEC
};
