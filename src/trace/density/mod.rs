//! The vocabulary of draws: each density samples, and knows its logarithm with derivatives.
//!
//! Parameters are checked when a density is built, so a draw cannot fail.

mod continuous;
mod discrete;
mod process;

pub use continuous::Normal;
pub use discrete::Bernoulli;
pub use process::{PoissonProcess, Race, thinning};

use super::{Choice, LogProbability, Rejected, Stream};
use crate::real::Real;

/// A probability density (or mass) from which a simulator draws.
pub trait Density<R: Real> {
    /// What a draw is.
    type Draw: Choice;

    /// Draws a value. Looks at the real parts of the parameters only.
    fn sample(&self, rng: &mut Stream) -> Self::Draw;

    /// ln p(draw), normalised; −∞ where the draw is impossible.
    fn log_density(&self, draw: &Self::Draw) -> R;

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
