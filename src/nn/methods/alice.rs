//! ALICE, the classifier that is told how sure it may be.
//!
//! **Principle.** Given all its latent choices, an event came from the denominator with probability s(x,z) = 1/(1 + r(x,z)).
//! The mean of this soft label, given x, is the s(x) that a classifier seeks; it has less noise than the toss of a coin.
//!
//! **Loss.** Cross-entropy with the soft label: [`carl`]'s, with the weights 2(1 − s) and 2s, or with those of
//! labels at any hypothesis, w0 = p(x,z|θ0)/q and w1 = p_den(x,z)/q, which serve one event at any θ0.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The joint ratio, bounded by the logistic function: no event can outweigh the others. The noise that remains
//! is that of s(x,z) given x, and averaging over several paths to the same x lowers it further.
//!
//! **Source.** Stoye, Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1808.00973.

use super::*;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "alice",
    display: Display {
        label: "ALICE",
        gold: "ratio",
        colour: Colour::Vermillion,
        line: Line::Solid,
        marker: Marker::TriangleUp,
    },
    loss: Some(carl::loss),
    ratio_label: RatioLabel::Soft,
    ..Spec::GOLD
};

/// The weights of the soft label that the gold itself gives (ALICE).
///
/// With s = 1/(1 + r) the probability that the event came from the denominator, given all its latent choices, the weights
/// are 2(1 − s) and 2s. Over functions of x alone the cross-entropy is smallest where CARL's is, with less noise. The two
/// classes together must be balanced.
///
/// # Source
/// Stoye, Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1808.00973.
pub(crate) fn soft_weights(joint_log_ratio: f64) -> (f32, f32) {
    let from_denominator = 1.0 / (1.0 + joint_log_ratio.exp());
    let from_numerator = 1.0 / (1.0 + (-joint_log_ratio).exp());
    (2.0 * from_numerator as f32, 2.0 * from_denominator as f32)
}
