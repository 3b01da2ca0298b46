//! BNRE, balanced ratio estimation: rather too cautious than too sure.
//!
//! **Principle.** The best classifier d = σ(ℓ) is balanced: its mean over one class and its mean over the other add up to
//! one. [`nre`] with a penalty for imbalance has the same optimum and gets there from the cautious side, so that
//! credible regions of a network that is not yet good are too wide rather than too narrow.
//!
//! **Loss.** That of NRE, plus λ(⟨d⟩ + ⟨d⟩' − 1)². The square is the product of the imbalances of two halves of the batch,
//! which has no bias; λ = 100 for a batch of 1 024, and less in proportion for a smaller one, whose balance is mostly noise.
//!
//! **Optimum.** That of NRE.
//!
//! **Labels.** None but θ.
//!
//! **Source.** Delaunoy, Hermans, Rozet, Wehenkel and Louppe 2022, arXiv:2208.13624.

use burn::tensor::{Tensor, activation};

use super::*;
use crate::batch::Batch;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "bnre",
    display: Display {
        label: "BNRE",
        gold: "no gold",
        colour: Colour::Grey,
        line: Line::DashDotted,
        marker: Marker::TriangleDown,
    },
    loss: Some(loss),
    contrasts_hypotheses: true,
    ..Spec::HARD_LABELS
};

/// Weight λ of the imbalance (section 4 of the paper).
const BALANCE: f64 = 100.0;
/// Rows of a batch that this weight is meant for; the imbalance of a smaller batch is mostly noise, and counts for less.
const BALANCED_ROWS: f64 = 1_024.0;

/// The cross-entropy of a batch and its imbalance.
fn loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    let [rows] = log_ratio.dims();
    let term = imbalance(log_ratio.clone(), batch.numerator.clone(), batch.denominator.clone());
    let weight = BALANCE * (rows as f64 / BALANCED_ROWS).min(1.0);
    carl::loss(log_ratio, batch) + term * weight
}

/// Imbalance of a classifier, (⟨w0 d⟩ + ⟨w1 d⟩ − 1)² with d = σ(ℓ).
///
/// The Bayes-optimal classifier is balanced, so the optimum stays where it is; on the way there an unbalanced, overconfident
/// classifier is held back. The square is the product of the imbalances of the two halves of the batch: the square of one
/// noisy mean would punish its variance too, and with it every answer that differs from zero.
///
/// # Shapes
/// - `log_ratio`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Source
/// Delaunoy, Hermans, Rozet, Wehenkel and Louppe 2022, arXiv:2208.13624.
fn imbalance(log_ratio: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    let excess = (numerator + denominator) * activation::sigmoid(log_ratio) - 1.0;
    let [n] = excess.dims();
    if n < 2 {
        return excess.square();
    }
    let mut halves = excess.chunk(2, 0).into_iter().map(Tensor::mean);
    halves
        .next()
        .zip(halves.next())
        .map(|(a, b)| a * b)
        .expect("two halves")
}
