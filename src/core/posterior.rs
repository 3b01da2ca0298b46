//! Posteriors of the parameters: a density of θ for any observation, which can be drawn from.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::error::Result;
use crate::prior::Prior;
use crate::trace::Parameter;

/// A density of θ given x, under a prior of its own.
pub trait Posterior: Send + Sync {
    /// The prior; a density.
    fn prior(&self) -> &Prior;

    /// The parameters, with the ranges that cut the prior off, `[p]`.
    fn parameters(&self) -> &[Parameter];

    /// ln q(θ|x) for each row of `x`, `[n, m]`, at the hypothesis in the same row of `theta`, `[n, p]`: shape `[n]`, in 1/units of the free
    /// parameters; −∞ outside the support of the prior.
    ///
    /// It is normalised over all θ, and so, within the support, up to the share of the draws that [lie there](PosteriorDraws::inside).
    ///
    /// # Errors
    /// If `x` or `theta` do not have the shapes this object was made for.
    fn log_posterior(&self, x: ArrayView2<f64>, theta: ArrayView2<f64>) -> Result<Array1<f64>>;

    /// `n` draws of q(θ|x) for one observation `x`, `[m]`; the same ones for the same seed.
    ///
    /// # Errors
    /// If `x` does not have the shape this object was made for, or hardly any draw lies within the support of the prior.
    fn draw(&self, x: ArrayView1<f64>, n: usize, seed: u64) -> Result<PosteriorDraws>;
}

/// Independent draws of a posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct PosteriorDraws {
    /// The draws, `[n, p]`, all within the support of the prior.
    pub theta: Array2<f64>,
    /// Share of all draws that lay within the support; the others were drawn again.
    pub inside: f64,
}
