//! CNRE, contrastive ratio estimation: which of several hypotheses did the event come from?
//!
//! **Principle.** An event is shown with its own θ and with those of several others (eight in all by default); the network
//! is to point at the right one.
//!
//! **Loss.** −⟨log softmax of ℓ at the own θ⟩, the softmax taken over the hypotheses of an event.
//!
//! **Optimum.** ℓ = log p(x|θ) + c(x) with any c, which cancels in every ratio of hypotheses.
//!
//! **Labels.** None but θ. With gold: [`calice`].
//!
//! **Sources.** Durkan, Murray and Papamakarios 2020, arXiv:2002.03712; Miller, Weniger and Forré 2022, arXiv:2210.06170
//! (whose extra class, "none of them", which fixes c, is left out).

use burn::tensor::{Tensor, activation};

use super::*;
use crate::batch::Batch;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "cnre",
    display: Display {
        label: "CNRE",
        gold: "no gold",
        colour: Colour::Black,
        line: Line::Dotted,
        marker: Marker::Diamond,
    },
    loss: Some(loss),
    contrasts_hypotheses: true,
    n_hypotheses: N_HYPOTHESES,
    ..Spec::HARD_LABELS
};

/// Hypotheses that compete for an event by default.
pub(super) const N_HYPOTHESES: usize = 8;

/// The cross-entropy of a batch.
pub(super) fn loss(log_ratio: Tensor<1>, batch: Batch) -> Tensor<1> {
    contrastive(log_ratio, batch.numerator, batch.per_event)
}

/// Cross-entropy of K hypotheses for each event, −⟨w0 ln softmax ℓ⟩ with the softmax over the rows of an event.
///
/// With class labels it is contrastive NRE (without its extra class); with gold, w0 = p(x,z|θ)/q at each of the K
/// hypotheses, the label is how probable each made the path. Smallest at ℓ = ln p(x|θ) + c(x), the free c(x) cancelling in
/// every ratio.
///
/// # Shapes
/// - `log_ratio`, `numerator`: `[n]`, n = events × `per_event` → scalar `[1]`
///
/// # Source
/// Miller, Weniger and Forré 2022, arXiv:2210.06170; for class labels also Durkan, Murray and Papamakarios 2020,
/// arXiv:2002.03712.
fn contrastive(log_ratio: Tensor<1>, numerator: Tensor<1>, per_event: usize) -> Tensor<1> {
    let [n] = log_ratio.dims();
    let shape = [n / per_event, per_event];
    let log_share = activation::log_softmax(log_ratio.reshape(shape), 1);
    (log_share * numerator.reshape(shape)).mean().neg()
}
