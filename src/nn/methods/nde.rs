//! NDE, neural density estimation: the likelihood itself.
//!
//! **Principle.** A density p̂(x|θ) that makes the simulated events as probable as possible.
//!
//! **Loss.** −⟨log p̂(x|θ)⟩ over events and the θ that they were drawn from, of either class.
//!
//! **Optimum.** p̂(x|θ) = p(x|θ).
//!
//! **Labels.** None but θ.
//!
//! **Densities** ([`DensityKind`](crate::DensityKind)): a neural spline flow (arXiv:1906.04032) by default; a
//! masked autoregressive flow (arXiv:1705.07057) whose orders change from layer to layer, so that every observable is
//! transformed given others; a mixture of Gaussians; and probabilities where x takes few values. All know log p̂ and its
//! gradient, and sample.
//!
//! **Source.** Papamakarios and Murray 2016, arXiv:1605.06376.
