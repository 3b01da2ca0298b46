//! SALLINO, the projected score as a summary statistic.
//!
//! **Principle.** For two given hypotheses, close to θ_ref, what counts of the score is its component along the line between
//! them, h = t̂(x)·(θ0 − θ1). A histogram of one dimension fills fast, however many parameters there are.
//!
//! **Loss, optimum, labels.** Those of [`sally`]: the network is the same, and is kept under its name.
//!
//! **Ratios** come from the density of h under each hypothesis
//! ([`ScoreDensity`](motherlode_stats::inference::ScoreDensity) with one direction). With one parameter there is no difference to SALLY.
//!
//! **Source.** Brehmer, Cranmer, Louppe and Pavez 2018, arXiv:1805.00020.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "sallino",
    display: Display {
        label: "SALLINO",
        gold: "score",
        colour: Colour::Purple,
        line: Line::Dotted,
        marker: Marker::TriangleUp,
    },
    ..sally::SPEC
};
