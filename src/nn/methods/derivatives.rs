//! Derivative learning: the ratio as a polynomial around one point.
//!
//! **Principle.** Where rates are polynomials of θ, as in effective field theories, a ratio is known everywhere once its
//! derivatives at one point are. Their joint counterparts are gold: ∂ᵢr(x,z) = tᵢ and ∂ᵢ∂ⱼr(x,z) = tᵢtⱼ + ∂ᵢtⱼ at θ_ref.
//!
//! **Loss.** Squared error of all first and second derivatives at once, each in units of its spread.
//!
//! **Optimum.** The derivatives of p(x|θ)/p(x|θ_ref) at θ_ref. The ratio is their expansion; where the simulator states its
//! total rate ([`Simulator::log_rate`](motherlode_core::trace::Simulator::log_rate)) the *rate* is expanded and divided by it, which
//! makes the answer exact at any θ for quadratic rates. Elsewhere it holds close to θ_ref.
//!
//! **Labels.** Second derivatives along the remembered paths of events of one reference point; the simulator must be at hand.
//!
//! **Source.** Bahl, Bresó, De Crescenzo and Plehn 2024, arXiv:2410.07315.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "derivatives",
    display: Display {
        label: "DERIVATIVES",
        gold: "second derivatives",
        colour: Colour::Olive,
        line: Line::Dotted,
        marker: Marker::Disc,
    },
    target: Target::Derivatives,
    keeps_lowest_loss: true,
    log_ratio_limit: None,
    ..Spec::GOLD
};
