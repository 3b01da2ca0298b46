//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph.

mod activation;
#[allow(dead_code)] // until a training asks for an encoder
mod deep_set;
#[allow(dead_code)]
mod encoder;
mod kernels;
mod mlp;
#[allow(dead_code)]
mod residual_cnn;

pub use activation::Activation;
pub(crate) use mlp::{Mlp, MlpConfig, floats};
