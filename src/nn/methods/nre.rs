//! NRE, neural ratio estimation: the plain classifier without a denominator to choose.
//!
//! **Principle.** As in [`carl`], but the classes are events with the θ that they were drawn from, against the
//! same events with the θ of another event.
//!
//! **Loss.** Cross-entropy of these two classes.
//!
//! **Optimum.** ℓ = log p(x|θ) − log p(x), with p(x) = E_π\[p(x|θ)\]: the posterior over the prior. Ratios of two
//! hypotheses are differences of two ℓ, p(x) cancelling.
//!
//! **Labels.** None but θ. The other θ are drawn afresh every time an event is seen. With gold, this is
//! [`alice`] against a mixture of hypotheses.
//!
//! **Source.** Hermans, Begy and Louppe 2019, arXiv:1903.04057.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "nre",
    display: Display {
        label: "NRE",
        gold: "no gold",
        colour: Colour::Grey,
        line: Line::Dotted,
        marker: Marker::TriangleUp,
    },
    loss: Some(carl::loss),
    contrasts_hypotheses: true,
    ..Spec::HARD_LABELS
};
