use burn::tensor::{Tensor, activation};

/// Cross-entropy of which of K hypotheses an event came from: −⟨w0 ln softmax ℓ⟩, the softmax taken over the rows of an
/// event.
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
pub(crate) fn contrastive(log_ratio: Tensor<1>, numerator: Tensor<1>, per_event: usize) -> Tensor<1> {
    let [n] = log_ratio.dims();
    let shape = [n / per_event, per_event];
    let log_share = activation::log_softmax(log_ratio.reshape(shape), 1);
    (log_share * numerator.reshape(shape)).mean().neg()
}
