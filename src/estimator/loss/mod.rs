//! The losses, one a file.
//!
//! Conventions: y = 0 for events from θ0, the numerator, y = 1 for events from the denominator; ℓ = log r̂(x|θ0, θ1).
//! Cross-entropies are written with logits, so nothing overflows at large |ℓ|. Every mean is over all events of the
//! batch, also where a mask leaves only one class: that halves the weight of a term of one class.

mod alice;
mod carl;
mod nde;
mod rolr;
mod sally;
#[cfg_attr(not(test), expect(dead_code, reason = "no method trains a density yet"))]
mod scandal;
mod score_term;

pub(super) use alice::alice;
pub(super) use carl::carl;
pub(super) use nde::nde;
pub(super) use rolr::rolr;
pub(super) use sally::sally;
#[cfg_attr(not(test), expect(unused_imports, reason = "no method trains a density yet"))]
pub(super) use scandal::scandal;
pub(super) use score_term::score_term;

use burn::tensor::{Tensor, activation};

/// ln(1 + eᶻ), without overflow.
fn softplus(z: Tensor<1>) -> Tensor<1> {
    activation::log_sigmoid(z.neg()).neg()
}

/// ⟨s softplus(ℓ) + (1 − s) softplus(−ℓ)⟩: the cross-entropy of the label s with the classifier σ(−ℓ).
fn cross_entropy(log_ratio: Tensor<1>, label: Tensor<1>) -> Tensor<1> {
    let from_denominator = label.clone() * softplus(log_ratio.clone());
    let from_numerator = (label.neg() + 1.0) * softplus(log_ratio.neg());
    (from_denominator + from_numerator).mean()
}
