//! The number type of a simulator's parameters: a real number that may carry derivatives.
//!
//! num-dual is the derivative engine. This module adds the special functions that densities need and num-dual lacks, and
//! converts slices of plain parameters to dual numbers and back.

mod gradient;
mod special;

pub use gradient::{MAX_PARAMETERS, lift, second_derivatives, split, with_derivatives};
pub(crate) use special::LN_SQRT_2PI;
pub use special::Special;

use num_dual::DualNum;

/// A real number that may carry derivatives with respect to the parameters θ.
///
/// A blanket alias: every copyable num-dual number over `f64` is a `Real`, `f64` itself included. A simulator
/// is generic in it, so one function samples (`f64`) and differentiates (`DualSVec64<P>`).
pub trait Real: DualNum<Primitive = f64> + Special + Copy + Send + Sync {
    /// The plain value, without its derivatives.
    ///
    /// Only a density may use it, in order to draw. A branch of a simulator that depends on a parameter must be
    /// a draw, or the joint score misses it.
    fn value(self) -> f64 {
        self.re()
    }
}

impl<R: DualNum<Primitive = f64> + Special + Copy + Send + Sync> Real for R {}
