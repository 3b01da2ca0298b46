use burn::tensor::{Tensor, activation};

/// How far a classifier is from balance: (⟨w0 d⟩ + ⟨w1 d⟩ − 1)², d = σ(ℓ) (the term that BNRE adds).
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
pub(crate) fn imbalance(log_ratio: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
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
