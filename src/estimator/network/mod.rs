//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph.

mod activation;
mod fused;
mod kernels;
mod mlp;
mod pass;
mod pointwise;

pub use activation::Activation;
pub(crate) use kernels::{serve, whole};
pub(crate) use mlp::{Mlp, MlpConfig, floats};
