//! CASCAL, the plain classifier with the joint score.
//!
//! **Principle.** The gradient ∇ℓ of a ratio network with respect to θ0 is its answer for the score. Each event of θ0 knows
//! its joint score, a noisy label of the true one: p more numbers for each event, about how the ratio changes with θ.
//!
//! **Loss.** [`carl`](super::carl)'s, plus α ½⟨w0 |t(x,z) − ∇ℓ|²⟩/p. Only events of θ0 count: for others the conditional
//! mean of t(x,z|θ0) is not t(x|θ0). α is 0.3/⟨t²⟩ for standardised parameters, so that both terms have a say.
//!
//! **Optimum.** ℓ = log p(x|θ0) − log p_den(x).
//!
//! **Labels.** The class and the joint score.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
