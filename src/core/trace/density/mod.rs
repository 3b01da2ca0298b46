//! The vocabulary of draws: each density samples, and knows its logarithm with derivatives.
//!
//! Parameters are checked when a density is built, so a draw cannot fail. The derivatives are those at a fixed draw;
//! their mean vanishes as long as the support of the density does not move with θ, so the bounds of every density
//! but [`Uniform`] are plain numbers.
//!
//! | draws | densities |
//! | --- | --- |
//! | yes or no, one of several | [`Bernoulli`], [`Categorical`] |
//! | counts | [`Binomial`], [`Poisson`], [`Geometric`] |
//! | any number | [`Normal`] |
//! | positive numbers | [`Exponential`], [`Gamma`], [`LogNormal`] |
//! | numbers of an interval | [`Uniform`], [`TruncatedNormal`], [`Beta`], [`PowerLaw`] |
//! | angles | [`VonMises`] |
//! | vectors | [`MultivariateNormal`], [`Dirichlet`] |
//! | events in time | [`Race`], [`PoissonProcess`], [`thinning`] |
//! | made of others | [`Mixture`], [`Rejection`] |

mod angular;
mod continuous;
mod count;
mod discrete;
mod interval;
mod mixture;
mod multivariate;
mod positive;
mod process;
mod rejection;
mod truncated;

pub use angular::VonMises;
pub use continuous::{Normal, Uniform};
pub use count::{Binomial, Geometric, Poisson};
pub use discrete::{Bernoulli, Categorical};
pub use interval::{Beta, PowerLaw};
pub use mixture::Mixture;
pub use multivariate::{Dirichlet, MultivariateNormal};
pub use positive::{Exponential, Gamma, LogNormal};
pub use process::{PoissonProcess, Race, thinning};
pub use rejection::Rejection;
pub use truncated::TruncatedNormal;

use super::{Choice, LogProbability, Rejected, Stream};
use crate::real::Real;

/// A probability density (or mass) from which a simulator draws.
pub trait Density<R: Real> {
    /// Type of a draw.
    type Draw: Choice;

    /// Draws a value. Looks at the real parts of the parameters only.
    fn sample(&self, rng: &mut Stream) -> Self::Draw;

    /// ln p(draw), normalised; −∞ where the draw is impossible.
    fn log_density(&self, draw: &Self::Draw) -> R;

    /// Returns true if [`sample`](Self::sample) can draw this value: a density may score more, such as an angle plus a full turn.
    #[inline]
    fn draws(&self, _draw: &Self::Draw) -> bool {
        true
    }

    /// Takes the draw into the probability of a path: a density that has its probability without a logarithm
    /// multiplies it in, which is cheaper.
    #[inline]
    fn accumulate(&self, draw: &Self::Draw, path: &mut LogProbability<R>) {
        path.add(self.log_density(draw));
    }
}

/// The parameters of a density, checked.
#[inline]
fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<(), Rejected> {
    if holds {
        Ok(())
    } else {
        Err(Rejected::Invalid(problem()))
    }
}

/// Refuses a parameter that is not positive and finite, or is so small that it has lost precision.
#[inline]
fn is_positive<R: Real>(parameter: R) -> bool {
    parameter.re() > 0.0 && parameter.re().is_normal()
}

/// ln 0: what an impossible draw adds. It has no derivative.
#[inline]
fn impossible<R: Real>() -> R {
    R::from(f64::NEG_INFINITY)
}

/// A positive draw as the nearest one that has a logarithm.
#[inline]
fn representable(draw: f64) -> f64 {
    draw.clamp(f64::MIN_POSITIVE, f64::MAX)
}
