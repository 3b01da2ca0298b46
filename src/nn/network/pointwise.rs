//! The activations number by number, and loops over buffers that the compiler vectorises.
//!
//! tanh is a ratio of polynomials (fitted by `tests/python/fit_tanh.py`; largest error 3.3e-7 in f32), the logistic
//! function is had from it. `pulp` finds the instruction set at run time; a loop is vectorised for it only as far as it
//! is inlined into [`vectorised`], so nothing in it may call into the standard library's iterator adaptors that are not.
//!
//! # Measured
//! Used by [`kernels`](super::kernels) and [`mlp_backward`](super::mlp_backward), which say what it gains.

/// A function h of one number, with its first two derivatives; smooth, but for single points.
///
/// The derivatives are taken at what is kept of the way forward: the output h where it tells them (tanh), else z.
pub(super) trait Smooth {
    /// True if the output is kept, false if the input is.
    const KEEPS_OUTPUT: bool;

    /// h(z).
    fn value(z: f32) -> f32;
    /// h′(z) at what was kept.
    fn slope(kept: f32) -> f32;
    /// h″(z) at what was kept.
    fn curvature(kept: f32) -> f32;

    /// The number that is kept: h(z) or z.
    #[inline(always)]
    fn keep(z: f32) -> f32 {
        if Self::KEEPS_OUTPUT { Self::value(z) } else { z }
    }
}

pub(super) struct Tanh;
pub(super) struct Silu;
pub(super) struct Softplus;

impl Smooth for Tanh {
    const KEEPS_OUTPUT: bool = true;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        tanh(z)
    }
    #[inline(always)]
    fn slope(h: f32) -> f32 {
        1.0 - h * h
    }
    #[inline(always)]
    fn curvature(h: f32) -> f32 {
        -2.0 * h * (1.0 - h * h)
    }
}

impl Smooth for Silu {
    const KEEPS_OUTPUT: bool = false;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        z * logistic(z)
    }
    #[inline(always)]
    fn slope(z: f32) -> f32 {
        let s = logistic(z);
        s * (1.0 + z * (1.0 - s))
    }
    #[inline(always)]
    fn curvature(z: f32) -> f32 {
        let s = logistic(z);
        s * (1.0 - s) * (2.0 + z * (1.0 - 2.0 * s))
    }
}

impl Smooth for Softplus {
    const KEEPS_OUTPUT: bool = false;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        z.max(0.0) + (-z.abs()).exp().ln_1p()
    }
    #[inline(always)]
    fn slope(z: f32) -> f32 {
        logistic(z)
    }
    #[inline(always)]
    fn curvature(z: f32) -> f32 {
        let s = logistic(z);
        s * (1.0 - s)
    }
}

/// Calls a function that is generic in the activation.
macro_rules! with_activation {
    ($activation:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $activation {
            $crate::network::Activation::Tanh => $function::<$crate::network::pointwise::Tanh>($($argument),*),
            $crate::network::Activation::Silu => $function::<$crate::network::pointwise::Silu>($($argument),*),
            $crate::network::Activation::Softplus => $function::<$crate::network::pointwise::Softplus>($($argument),*),
            $crate::network::Activation::Relu => $function::<$crate::network::piecewise_linear::Relu>($($argument),*),
            $crate::network::Activation::LeakyRelu => $function::<$crate::network::piecewise_linear::LeakyRelu>($($argument),*),
            $crate::network::Activation::Elu => $function::<$crate::network::piecewise_linear::Elu>($($argument),*),
            $crate::network::Activation::Selu => $function::<$crate::network::piecewise_linear::Selu>($($argument),*),
            $crate::network::Activation::LogSigmoid => $function::<$crate::network::piecewise_linear::LogSigmoid>($($argument),*),
        }
    };
}
pub(super) use with_activation;

/// Runs a loop compiled for the best instruction set there is.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// f of every element, in a new buffer.
#[inline(always)]
pub(super) fn map(z: &[f32], f: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut out = vec![0.0; z.len()];
    vectorised(
        #[inline(always)]
        || {
            for (out, &z) in out.iter_mut().zip(z) {
                *out = f(z);
            }
        },
    );
    out
}

/// f of every element, in its place.
#[inline(always)]
pub(super) fn map_in_place(z: &mut [f32], f: impl Fn(f32) -> f32) {
    vectorised(
        #[inline(always)]
        || {
            for z in z {
                *z = f(*z);
            }
        },
    );
}

/// f of every pair of elements, in a new buffer.
#[inline(always)]
pub(super) fn zip(z: &[f32], g: &[f32], f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut out = vec![0.0; z.len()];
    vectorised(
        #[inline(always)]
        || {
            for ((out, &z), &g) in out.iter_mut().zip(z).zip(g) {
                *out = f(z, g);
            }
        },
    );
    out
}

/// Adds `row` to every row of `matrix`.
pub(super) fn add_to_rows(matrix: &mut [f32], row: &[f32]) {
    vectorised(
        #[inline(always)]
        || {
            for values in matrix.chunks_exact_mut(row.len()) {
                for (value, add) in values.iter_mut().zip(row) {
                    *value += add;
                }
            }
        },
    );
}

/// Adds every row of `matrix` to `sum`.
pub(super) fn add_rows_to(sum: &mut [f32], matrix: &[f32]) {
    vectorised(
        #[inline(always)]
        || {
            for values in matrix.chunks_exact(sum.len()) {
                for (sum, add) in sum.iter_mut().zip(values) {
                    *sum += add;
                }
            }
        },
    );
}

/// Adds `add` to `sum`.
pub(super) fn add_to(sum: &mut [f32], add: &[f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (sum, add) in sum.iter_mut().zip(add) {
                *sum += add;
            }
        },
    );
}

/// Beyond this the f32 tanh is ±1.
const LIMIT: f32 = 9.0;
const P: [f32; 5] = [
    0.999_999_98,
    0.133_810_19,
    0.003_495_579_7,
    2.060_894_4e-5,
    1.335_447_4e-8,
];
const Q: [f32; 5] = [1.0, 0.467_143_34, 0.025_876_95, 0.000_328_562_1, 7.776_480_5e-7];

#[inline(always)]
fn tanh(z: f32) -> f32 {
    let z = z.clamp(-LIMIT, LIMIT);
    let u = z * z;
    let p = P[0] + u * (P[1] + u * (P[2] + u * (P[3] + u * P[4])));
    let q = Q[0] + u * (Q[1] + u * (Q[2] + u * (Q[3] + u * Q[4])));
    z * p / q
}

/// σ(z) = ½ (1 + tanh ½z).
#[inline(always)]
fn logistic(z: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * z)
}
