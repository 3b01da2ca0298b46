use burn::tensor::Tensor;

/// Negative log likelihood of a conditional density (NDE, neural density estimation): −⟨ln p̂(x|θ)⟩.
///
/// For events drawn from p(x|θ) at parameters of any distribution, it is smallest at p̂(x|θ) = p(x|θ), where it is the mean
/// conditional entropy. No labels and no gold: the density learns from x and θ alone.
///
/// # Shapes
/// - `log_prob`: `[n]` → scalar `[1]`
///
/// # Source
/// Papamakarios and Murray 2016, arXiv:1605.06376.
pub(in crate::estimator) fn nde(log_prob: Tensor<1>) -> Tensor<1> {
    log_prob.mean().neg()
}
