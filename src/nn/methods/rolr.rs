//! ROLR, regression on the likelihood ratio.
//!
//! **Principle.** r(x) is the mean of r(x,z) over the paths of the denominator that lead to x, and 1/r(x) that of 1/r(x,z)
//! over those of θ0.
//!
//! **Loss.** ½⟨w1 (r − r̂)²⟩ + ½⟨w0 (1/r − 1/r̂)²⟩.
//!
//! **Optimum.** r̂ = r(x), from either term alone.
//!
//! **Labels.** The joint ratio. Its square must have a finite mean: where ratios spread over orders of magnitude, few events
//! outweigh all others. |log r| is clamped at 10 in label and estimate; [`alice`](super::alice) is the cure.
//!
//! **Source.** Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
