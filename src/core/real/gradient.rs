//! From parameter slices of any length to dual numbers of a length fixed at compile time, and back to derivatives.

use nalgebra::SVector;
use num_dual::{Derivative, DualSVec64, HyperDual64};

/// Largest number of parameters that can be differentiated.
pub const MAX_PARAMETERS: usize = 16;

/// Lifts θ to dual numbers, each with its own unit derivative.
#[inline]
pub fn lift<const P: usize>(theta: &[f64]) -> [DualSVec64<P>; P] {
    std::array::from_fn(|i| match theta.get(i) {
        Some(&value) => DualSVec64::from_re(value).derivative(i),
        None => DualSVec64::from_re(0.0), // padding: fewer parameters than slots
    })
}

/// Value and gradient of a dual number; the gradient has as many entries as `gradient`.
#[inline]
pub fn split<const P: usize>(dual: DualSVec64<P>, gradient: &mut [f64]) -> f64 {
    let Derivative(eps) = dual.eps;
    let eps = eps.unwrap_or_else(SVector::zeros);
    gradient.copy_from_slice(&eps.as_slice()[..gradient.len()]);
    dual.re
}

/// Value, gradient `[p]` and second derivatives `[p × p]` (row by row) of a function of θ.
///
/// One call for each pair of parameters: a number that carries all second derivatives at once would be compiled anew for
/// each number of parameters, and is as large as their square.
///
/// # Errors
/// If `f` fails.
pub fn second_derivatives<E>(
    theta: &[f64],
    gradient: &mut [f64],
    hessian: &mut [f64],
    f: impl Fn(&[HyperDual64]) -> Result<HyperDual64, E>,
) -> Result<f64, E> {
    let p = theta.len();
    let mut value = 0.0;
    for i in 0..p {
        for j in i..p {
            let mut lifted: Vec<HyperDual64> = theta.iter().map(|&value| HyperDual64::from_re(value)).collect();
            lifted[i].eps1 = 1.0;
            lifted[j].eps2 = 1.0;
            let found = f(&lifted)?;
            (value, gradient[i]) = (found.re, found.eps1);
            hessian[i * p + j] = found.eps1eps2;
            hessian[j * p + i] = found.eps1eps2;
        }
    }
    Ok(value)
}

/// Calls a function generic in the number of derivatives with the smallest compiled one that holds `$p` parameters.
#[macro_export]
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
pub use crate::with_derivatives;
