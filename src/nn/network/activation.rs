//! Activations, and the gradient carried back through them as part of the graph.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::kernels;
use super::piecewise_linear::{LEAK, SELU_ALPHA, SELU_SCALE};

/// The nonlinearity between the layers of a network.
///
/// The first three are for training: the score is a derivative of the network and is itself trained, so the second
/// derivative must exist (a ReLU's is zero almost everywhere). The others are there to evaluate networks that were trained
/// elsewhere; to train with them by a method without the score works, with it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// tanh z.
    Tanh,
    /// z σ(z).
    #[default]
    Silu,
    /// ln(1 + eᶻ).
    Softplus,
    /// max(z, 0).
    Relu,
    /// z above zero, z/100 below.
    LeakyRelu,
    /// z above zero, eᶻ − 1 below.
    Elu,
    /// λz above zero, λα(eᶻ − 1) below, with the constants of arXiv:1706.02515.
    Selu,
    /// ln σ(z).
    LogSigmoid,
}

impl Activation {
    /// h(z), elementwise.
    pub(crate) fn forward<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        if kernels::is_cpu_f32(&z) {
            return kernels::value(z, self);
        }
        match self {
            Self::Tanh => z.tanh(),
            Self::Silu => activation::silu(z),
            Self::Softplus => activation::softplus(z, 1.0),
            Self::Relu => activation::relu(z),
            Self::LeakyRelu => activation::leaky_relu(z, f64::from(LEAK)),
            Self::Elu => exponential_unit(z, 1.0, 1.0),
            Self::Selu => exponential_unit(z, SELU_SCALE, SELU_ALPHA),
            Self::LogSigmoid => activation::softplus(z.neg(), 1.0).neg(),
        }
    }

    /// h′(z) g, elementwise: a gradient with respect to h, carried back to z.
    pub(crate) fn backward<const D: usize>(self, z: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
        if kernels::is_cpu_f32(&z) {
            return kernels::slope(z, g, self);
        }
        match self {
            Self::Tanh => g * (z.tanh().square().neg() + 1.0),
            Self::Silu => {
                let s = activation::sigmoid(z.clone());
                g * (z * (s.clone().neg() + 1.0) + 1.0) * s
            }
            Self::Softplus => g * activation::sigmoid(z),
            Self::Relu => bent(z, g.clone(), g.zeros_like()),
            Self::LeakyRelu => bent(z, g.clone(), g * LEAK),
            Self::Elu => g * z.clamp_max(0.0).exp(),
            Self::Selu => {
                let below = z.clone().clamp_max(0.0).exp() * SELU_ALPHA;
                g * bent(z, below.ones_like(), below) * SELU_SCALE
            }
            Self::LogSigmoid => g * activation::sigmoid(z.neg()),
        }
    }
}

/// λz above zero, λα(eᶻ − 1) below.
fn exponential_unit<const D: usize>(z: Tensor<D>, scale: f32, alpha: f32) -> Tensor<D> {
    let below = (z.clone().clamp_max(0.0).exp() - 1.0) * alpha;
    (z.clamp_min(0.0) + below) * scale
}

/// One value above zero, another below.
fn bent<const D: usize>(z: Tensor<D>, above: Tensor<D>, below: Tensor<D>) -> Tensor<D> {
    above.mask_where(z.lower_equal_elem(0.0), below)
}
