//! BNRE, balanced ratio estimation: rather too cautious than too sure.
//!
//! **Principle.** The best classifier d = σ(ℓ) is balanced: its mean over one class and its mean over the other add up to
//! one. [`nre`](super::nre) with a penalty for imbalance has the same optimum and gets there from the cautious side, so that
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
