use burn::tensor::Tensor;

/// Negative log likelihood of a conditional density (NDE, neural density estimation): −½⟨(w0 + w1) ln p̂(x|θ)⟩.
///
/// For events drawn from p(x|θ) at parameters of any distribution, it is smallest at p̂(x|θ) = p(x|θ), where it is the mean
/// conditional entropy. No gold is needed: the density learns from x and the θ that it was drawn from, whichever class
/// that makes it. SCANDAL adds the [score term](super::score_term()) with the density's own score.
///
/// # Shapes
/// - `log_prob`, `numerator`, `denominator`: `[n]` → scalar `[1]`
///
/// # Sources
/// Papamakarios and Murray 2016, arXiv:1605.06376; SCANDAL: Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
pub(crate) fn nde(log_prob: Tensor<1>, numerator: Tensor<1>, denominator: Tensor<1>) -> Tensor<1> {
    ((numerator + denominator) * log_prob).mean() * -0.5
}
