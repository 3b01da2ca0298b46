//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph.

mod activation;
mod antisymmetric;
mod fused;
mod kernels;
mod mlp;
mod pass;
mod pointwise;
mod quadratic;

pub use activation::Activation;
pub(crate) use antisymmetric::Antisymmetric;
pub(crate) use kernels::{serve, whole};
pub(crate) use mlp::{Mlp, MlpConfig, floats};
pub(crate) use quadratic::{Quadratic, QuadraticConfig};
