//! CALICES, contrastive ratio estimation with ratio and score.
//!
//! **Principle.** [`calice`], and the score term of [`cascal`] at each hypothesis that an event
//! is shown with.
//!
//! **Loss.** −⟨w0 log softmax ℓ⟩ + α ½⟨w0 |t(x,z) − ∇ℓ|²⟩/p. The score fixes how c(x) may depend on θ: not at all.
//!
//! **Optimum.** ℓ = log p(x|θ) + c(x) with any c, which cancels in every ratio of hypotheses.
//!
//! **Labels.** The joint probability and score at several hypotheses for one event, which must remember its path.
//!
//! **Sources.** arXiv:2210.06170 for the loss; arXiv:1808.00973 and arXiv:1805.12244 for the labels.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "calices",
    display: Display {
        label: "CALICES",
        gold: "ratio and score",
        colour: Colour::Green,
        line: Line::DashDotted,
        marker: Marker::Square,
    },
    needs_score: true,
    ..calice::SPEC
};
