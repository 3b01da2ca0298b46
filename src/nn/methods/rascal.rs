//! RASCAL, regression on ratio and score.
//!
//! **Principle.** [`rolr`] for the value of the ratio and the score term of [`cascal`] for its
//! slope, which links the answers at neighbouring θ.
//!
//! **Loss.** ½⟨w1 (r − r̂)²⟩ + ½⟨w0 (1/r − 1/r̂)²⟩ + α ½⟨w0 |t(x,z) − ∇ℓ|²⟩/p, α = 1/⟨t²⟩.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The joint ratio and the joint score. As with ROLR, squared errors need ratios that do not spread too far, and relative ones
//! are taken where they do.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "rascal",
    display: Display {
        label: "RASCAL",
        gold: "ratio and score",
        colour: Colour::Blue,
        line: Line::Solid,
        marker: Marker::Square,
    },
    needs_score: true,
    ..rolr::SPEC
};
