//! CALICE, contrastive ratio estimation with gold.
//!
//! **Principle.** [`cnre`] asks which of several hypotheses an event came from; the path knows how probable
//! each of them made it.
//!
//! **Loss.** −⟨w0 log softmax ℓ⟩ summed over the hypotheses of an event, with w0 = p(x,z|θ)/q(x,z) at each of them.
//!
//! **Optimum.** ℓ = log p(x|θ) + c(x) with any c, which cancels in every ratio of hypotheses.
//!
//! **Labels.** The joint probability at several hypotheses for one event: events must remember their paths.
//!
//! **Sources.** The loss is that of Miller, Weniger and Forré 2022, arXiv:2210.06170; the soft label is that of Stoye et al.
//! 2018, arXiv:1808.00973, for more than two hypotheses.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "calice",
    display: Display {
        label: "CALICE",
        gold: "ratio",
        colour: Colour::Vermillion,
        line: Line::DashDotted,
        marker: Marker::Diamond,
    },
    loss: Some(cnre::loss),
    ratio_label: RatioLabel::Soft,
    n_hypotheses: cnre::N_HYPOTHESES,
    ..Spec::GOLD
};
