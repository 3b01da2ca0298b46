//! Traits of inference: log ratios, scores and log likelihoods of observations.
//!
//! A trained network and a closed form implement the same traits, so whatever uses them is tested on exact answers
//! first.
//!
//! Conventions: `x` has shape `[n, m]`; `theta` has shape `[p]`; log r = ln p(x|θ0) − ln p(x|θ1), with θ0 the
//! numerator.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use num_dual::DualSVec64;

use crate::error::{Error, Result};
use crate::real::{MAX_PARAMETERS, Real, lift, split, with_derivatives};

/// The log likelihood ratio of two hypotheses.
pub trait LogRatio: Send + Sync {
    /// ln p(x|θ0) − ln p(x|θ1) for each row of `x`: shape `[n]`, natural log.
    ///
    /// # Errors
    /// If `x`, `theta0` or `theta1` do not have the shapes this object was made for.
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>>;
}

/// The score: the gradient of the log likelihood.
pub trait Score: Send + Sync {
    /// ∇θ ln p(x|θ) for each row of `x`: shape `[n, p]`, in 1/unit of θ.
    ///
    /// # Errors
    /// If `x` or `theta` do not have the shapes this object was made for.
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>>;
}

/// The log likelihood, and with it every ratio.
pub trait LogLikelihood: Send + Sync {
    /// ln p(x|θ) for each row of `x`: shape `[n]`, natural log.
    ///
    /// # Errors
    /// If `x` or `theta` do not have the shapes this object was made for.
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>>;
}

impl<L: LogLikelihood + ?Sized> LogRatio for L {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        Ok(self.log_likelihood(x, theta0)? - self.log_likelihood(x, theta1)?)
    }
}

/// A borrowed estimator of ratios, as a boxed one needs.
impl LogRatio for &dyn LogRatio {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        (**self).log_ratio(x, theta0, theta1)
    }
}

/// Exact likelihood and score of a simulator, computed without sampling.
pub trait Truth: LogLikelihood + Score {
    /// Name of the computation ("dynamic programme", "closed form").
    fn route(&self) -> &str;

    /// Number of parameters p.
    fn n_parameters(&self) -> usize;

    /// All possible observations, shape `[k, m]`, where there are finitely many: expectations over x are then sums.
    fn support(&self) -> Option<Array2<f64>>;
}

impl LogLikelihood for Box<dyn Truth> {
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        (**self).log_likelihood(x, theta)
    }
}

impl Score for Box<dyn Truth> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        (**self).score(x, theta)
    }
}

/// A density known exactly, written once for plain and dual numbers.
///
/// [`Exact`] makes a [`Truth`] of it: the score is the derivative that the dual numbers carry.
pub trait ExactDensity: Send + Sync {
    /// Name of the computation.
    fn route(&self) -> &str;

    /// Lengths of θ and x: `(p, m)`.
    fn shape(&self) -> (usize, usize);

    /// ln p(x|θ) for each row of `x`; −∞ where x is impossible.
    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R>;

    /// All possible observations, if they are finitely many.
    fn support(&self) -> Option<Array2<f64>> {
        None
    }
}

/// Makes a [`Truth`] of an [`ExactDensity`].
#[derive(Debug, Clone)]
pub struct Exact<E>(pub E);

impl<E: ExactDensity> Exact<E> {
    fn check(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<()> {
        let (p, m) = self.0.shape();
        if theta.len() != p || p > MAX_PARAMETERS {
            return Err(Error::usage(format!(
                "theta has {} values, the truth needs {p}",
                theta.len()
            )));
        }
        if x.ncols() != m {
            return Err(Error::data(format!("x has {} columns, the truth needs {m}", x.ncols())));
        }
        Ok(())
    }
}

impl<E: ExactDensity> LogLikelihood for Exact<E> {
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        self.check(x, theta)?;
        Ok(self.0.log_density(x, theta).into())
    }
}

impl<E: ExactDensity> Score for Exact<E> {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        self.check(x, theta)?;
        Ok(with_derivatives!(theta.len(), exact_score::<E>(&self.0, x, theta)))
    }
}

fn exact_score<E: ExactDensity, const P: usize>(exact: &E, x: ArrayView2<f64>, theta: &[f64]) -> Array2<f64> {
    let lifted: [DualSVec64<P>; P] = lift(theta);
    let mut score = Array2::zeros((x.nrows(), theta.len()));
    let densities = exact.log_density(x, &lifted[..theta.len()]);
    for (density, mut row) in densities.into_iter().zip(score.axis_iter_mut(Axis(0))) {
        let mut gradient = [0.0; MAX_PARAMETERS];
        split(density, &mut gradient[..theta.len()]);
        row.as_slice_mut()
            .expect("rows of a fresh array are contiguous")
            .copy_from_slice(&gradient[..theta.len()]);
    }
    score
}

impl<E: ExactDensity> Truth for Exact<E> {
    fn route(&self) -> &str {
        self.0.route()
    }

    fn n_parameters(&self) -> usize {
        self.0.shape().0
    }

    fn support(&self) -> Option<Array2<f64>> {
        self.0.support()
    }
}
