//! CARL, the plain classifier: what every gold method is compared with.
//!
//! **Principle.** A classifier that tells events of θ0 from events of the denominator as well as can be done knows how
//! probable each class is, given x, and so the ratio of the two densities.
//!
//! **Loss.** Cross-entropy of the classes, ½⟨w0 softplus(−ℓ) + w1 softplus(ℓ)⟩, with the weights of hard labels.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The class y, nothing else; each label is one toss of a coin with probability s(x) = 1/(1 + r(x)), and this
//! noise is what makes a classifier need many events.
//!
//! **Here.** θ0 is an input of the network, drawn anew for every event; events of the denominator are shown with θ0 of the
//! same distribution. tanh and a small learning rate suit hard labels, and the weights of the lowest validation loss are
//! kept, for classes can be learned by heart.
//!
//! **Source.** Cranmer, Pavez and Louppe 2015, arXiv:1506.02169.

use burn::tensor::{Tensor, activation};

use super::*;
use crate::batch::Batch;
use crate::fused_loss;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "carl",
    display: Display {
        label: "CARL",
        gold: "no gold",
        colour: Colour::Black,
        line: Line::Dashed,
        marker: Marker::Disc,
    },
    loss: Some(loss),
    ..Spec::HARD_LABELS
};

/// Cross-entropy of the two classes: ½⟨w0 softplus(−ℓ) + w1 softplus(ℓ)⟩.
///
/// Smallest at ℓ = ln p(x|θ0) − ln p_den(x). With class labels ([`class_weights`]) it is the loss of the plain classifier
/// (CARL), without gold.
///
/// # Shapes
/// - `log_ratio`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Source
/// Cranmer, Pavez and Louppe 2015, arXiv:1506.02169.
pub(crate) fn cross_entropy(log_ratio: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    if fused_loss::applies(&log_ratio, [&numerator, &denominator]) {
        return fused_loss::cross_entropy(log_ratio, numerator, denominator);
    }
    by_operations(log_ratio, numerator, denominator)
}

/// The cross-entropy as ordinary operations, for any device.
pub(crate) fn by_operations(log_ratio: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    let as_numerator = numerator * softplus(log_ratio.clone().neg());
    (as_numerator + denominator * softplus(log_ratio)).mean() * 0.5
}

/// The weights of a class label: an event of balanced classes stands for its own class alone.
pub(crate) fn class_weights(y: f64) -> (f32, f32) {
    (2.0 * (1.0 - y) as f32, 2.0 * y as f32)
}

/// The cross-entropy of a batch.
pub(super) fn loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    cross_entropy(log_ratio, batch.numerator, batch.denominator)
}

/// ln(1 + eᶻ), without overflow.
fn softplus(z: Tensor<1>) -> Tensor<1> {
    activation::log_sigmoid(z.neg()).neg()
}
