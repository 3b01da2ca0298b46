//! Activations of networks that were trained elsewhere, with the same constants as in PyTorch.
//!
//! All but the last have a kink, at which the derivatives are those to its left; the score of a network that is linear in
//! pieces jumps, and its own derivative is zero.

use super::pointwise::{Smooth, Softplus};

/// Slope of the leaky rectifier below zero.
pub(crate) const LEAK: f32 = 0.01;
/// Constants of the scaled exponential unit (Klambauer, Unterthiner, Mayr and Hochreiter 2017, arXiv:1706.02515).
pub(crate) const SELU_SCALE: f32 = 1.050_701;
pub(crate) const SELU_ALPHA: f32 = 1.673_263_2;

pub(super) struct Relu;
pub(super) struct LeakyRelu;
pub(super) struct Elu;
pub(super) struct Selu;
pub(super) struct LogSigmoid;

/// Linear above zero and below.
#[inline(always)]
fn bent(z: f32, above: f32, below: f32) -> f32 {
    if z > 0.0 { above } else { below }
}

impl Smooth for Relu {
    const KEEPS_OUTPUT: bool = true;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        z.max(0.0)
    }
    #[inline(always)]
    fn slope(h: f32) -> f32 {
        bent(h, 1.0, 0.0)
    }
    #[inline(always)]
    fn curvature(_: f32) -> f32 {
        0.0
    }
}

impl Smooth for LeakyRelu {
    const KEEPS_OUTPUT: bool = true;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        z * bent(z, 1.0, LEAK)
    }
    #[inline(always)]
    fn slope(h: f32) -> f32 {
        bent(h, 1.0, LEAK)
    }
    #[inline(always)]
    fn curvature(_: f32) -> f32 {
        0.0
    }
}

/// Exponential unit: h = eᶻ − 1 below zero, where derivatives are h + 1.
impl Smooth for Elu {
    const KEEPS_OUTPUT: bool = true;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        bent(z, z, z.min(0.0).exp_m1())
    }
    #[inline(always)]
    fn slope(h: f32) -> f32 {
        bent(h, 1.0, h + 1.0)
    }
    #[inline(always)]
    fn curvature(h: f32) -> f32 {
        bent(h, 0.0, h + 1.0)
    }
}

impl Smooth for Selu {
    const KEEPS_OUTPUT: bool = true;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        SELU_SCALE * bent(z, z, SELU_ALPHA * z.min(0.0).exp_m1())
    }
    #[inline(always)]
    fn slope(h: f32) -> f32 {
        bent(h, SELU_SCALE, h + SELU_SCALE * SELU_ALPHA)
    }
    #[inline(always)]
    fn curvature(h: f32) -> f32 {
        bent(h, 0.0, h + SELU_SCALE * SELU_ALPHA)
    }
}

/// ln σ(z) = −softplus(−z).
impl Smooth for LogSigmoid {
    const KEEPS_OUTPUT: bool = false;

    #[inline(always)]
    fn value(z: f32) -> f32 {
        -Softplus::value(-z)
    }
    #[inline(always)]
    fn slope(z: f32) -> f32 {
        Softplus::slope(-z)
    }
    #[inline(always)]
    fn curvature(z: f32) -> f32 {
        -Softplus::curvature(-z)
    }
}
