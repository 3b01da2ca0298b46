//! SALLY, the score as a summary statistic.
//!
//! **Principle.** Close to a point θ_ref the score t(x|θ_ref) is a sufficient statistic: p numbers that say all about θ that
//! x says. It is also what the Fisher information is made of.
//!
//! **Loss.** ½⟨w0 |t̂(x) − t(x,z|θ_ref)|²⟩/p, over events of θ_ref.
//!
//! **Optimum.** t̂ = t(x|θ_ref), the conditional mean of the joint score.
//!
//! **Labels.** The joint score at one point. Trained on events over a prior, the network takes θ as well and knows the score
//! at any; an event then counts with its weight w0 at each θ that it is shown with.
//!
//! **Ratios** come from the density of t̂ under each hypothesis, by histograms of all p components
//! ([`ScoreDensity`](motherlode_stats::inference::ScoreDensity)). They are exact close to θ_ref only: the error further away does not
//! fall with more events.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244; Brehmer, Cranmer, Louppe and Pavez 2018,
//! arXiv:1805.00020.

use burn::tensor::Tensor;

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "sally",
    display: Display {
        label: "SALLY",
        gold: "score",
        colour: Colour::Purple,
        line: Line::Solid,
        marker: Marker::TriangleDown,
    },
    target: Target::Score,
    needs_score: true,
    log_ratio_limit: None,
    ..Spec::GOLD
};

/// Squared error of the score, ½⟨w0 |t̂(x, θ) − t(x,z|θ)|²⟩/p.
///
/// Smallest at the conditional mean of the joint score, which is the score of x, for events drawn from θ: where all events
/// come from one reference point, w0 = 2, the network needs no θ, and this is the loss of the paper. Over a prior, only
/// events of the numerator count; labels at other hypotheses weigh each event with what it counts at a θ that it was not drawn from.
///
/// # Shapes
/// - `score`, `joint_score`: `[n, p]`; `numerator`: `[n]` → scalar `[1]`
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn sally(score: Tensor<2>, joint_score: Tensor<2>, numerator: Tensor<1>) -> Tensor<1> {
    cascal::score_term(score, joint_score, numerator)
}
