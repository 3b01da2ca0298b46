//! From parameter slices of any length to dual numbers of a length fixed at compile time.

use nalgebra::SVector;
use num_dual::{Derivative, DualSVec64};

/// The most parameters that one pass differentiates.
pub(crate) const MAX_PARAMETERS: usize = 16;

/// θ as dual numbers, each carrying its own unit derivative.
#[inline]
pub(crate) fn lift<const P: usize>(theta: &[f64]) -> [DualSVec64<P>; P] {
    std::array::from_fn(|i| match theta.get(i) {
        Some(&value) => DualSVec64::from_re(value).derivative(i),
        None => DualSVec64::from_re(0.0), // padding: fewer parameters than slots
    })
}

/// Value and gradient of a dual number; the gradient has as many entries as `gradient`.
#[inline]
pub(crate) fn split<const P: usize>(dual: DualSVec64<P>, gradient: &mut [f64]) -> f64 {
    let Derivative(eps) = dual.eps;
    let eps = eps.unwrap_or_else(SVector::zeros);
    gradient.copy_from_slice(&eps.as_slice()[..gradient.len()]);
    dual.re
}

/// Calls a function generic in the number of derivatives with the smallest compiled one that holds `$p` parameters.
macro_rules! with_derivatives {
    ($p:expr, $call:ident :: <$($ty:ty)?> ($($arg:expr),*)) => {
        match $p {
            0 | 1 => $call::<$($ty,)? 1>($($arg),*),
            2 => $call::<$($ty,)? 2>($($arg),*),
            3 => $call::<$($ty,)? 3>($($arg),*),
            4 => $call::<$($ty,)? 4>($($arg),*),
            5 | 6 => $call::<$($ty,)? 6>($($arg),*),
            7 | 8 => $call::<$($ty,)? 8>($($arg),*),
            9..=12 => $call::<$($ty,)? 12>($($arg),*),
            _ => $call::<$($ty,)? 16>($($arg),*),
        }
    };
}
pub(crate) use with_derivatives;
