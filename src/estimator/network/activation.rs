//! Smooth activations, and the gradient carried back through them as part of the graph.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::kernels;

/// The nonlinearity between the layers of a network.
///
/// Only smooth ones: the score is a derivative of the network and is itself trained, so the second derivative must
/// exist (a ReLU's is zero almost everywhere).
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
}

impl Activation {
    /// h(z), elementwise.
    pub(in crate::estimator) fn forward<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        if kernels::serve(&z) {
            return kernels::value(z, self);
        }
        match self {
            Self::Tanh => z.tanh(),
            Self::Silu => activation::silu(z),
            Self::Softplus => activation::softplus(z, 1.0),
        }
    }

    /// h′(z) g, elementwise: a gradient with respect to h, carried back to z.
    pub(in crate::estimator) fn backward<const D: usize>(self, z: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
        if kernels::serve(&z) {
            return kernels::slope(z, g, self);
        }
        match self {
            Self::Tanh => g * (z.tanh().square().neg() + 1.0),
            Self::Silu => {
                let s = activation::sigmoid(z.clone());
                g * (z * (s.clone().neg() + 1.0) + 1.0) * s
            }
            Self::Softplus => g * activation::sigmoid(z),
        }
    }
}
