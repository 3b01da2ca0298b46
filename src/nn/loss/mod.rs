//! The losses, one a file.
//!
//! Conventions: y = 0 for events from θ0, the numerator, y = 1 for events from the denominator; ℓ = log r̂(x|θ0, θ1).
//! A row has two weights, w0 = p(x,z|θ0)/q and w1 = p_den(x,z)/q, q being what the rows were drawn from, so that
//! ⟨w0 f⟩ is the mean of f over the numerator and ⟨w1 f⟩ that over the denominator. A class label is the pair (2, 0) or
//! (0, 2), a soft label a pair in between. Cross-entropies are written with logits, so nothing overflows at large |ℓ|.

mod alice;
mod bnre;
mod carl;
mod cnre;
mod fused;
mod nde;
mod rolr;
mod sally;
mod score_term;

pub(super) use alice::soft_weights;
pub(super) use bnre::imbalance;
pub(super) use carl::{class_weights, cross_entropy};
pub(super) use cnre::contrastive;
pub(super) use nde::nde;
pub(super) use rolr::{LOG_RATIO_LIMIT, rolr};
pub(super) use sally::sally;
pub(super) use score_term::score_term;

use burn::tensor::{Tensor, activation};

/// ln(1 + eᶻ), without overflow.
fn softplus(z: Tensor<1>) -> Tensor<1> {
    activation::log_sigmoid(z.neg()).neg()
}
