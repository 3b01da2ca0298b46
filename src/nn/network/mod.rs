//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph, and encoders of
//! sets and images in front of them.

mod activation;
mod antisymmetric;
mod convolution;
mod deep_set;
mod encoder;
mod fused;
mod kernels;
mod kinked;
mod mlp;
mod pass;
mod pointwise;
mod quadratic;
mod residual_cnn;

pub use activation::Activation;
pub(crate) use antisymmetric::Antisymmetric;
pub(crate) use deep_set::DeepSetConfig;
pub(crate) use encoder::{EncodedMlp, EncodedMlpConfig, EncoderConfig};
pub(crate) use kernels::{serve, whole};
pub(crate) use kinked::{LEAK, SELU_ALPHA, SELU_SCALE};
pub(crate) use mlp::{Mlp, MlpConfig, floats};
pub(crate) use quadratic::{Quadratic, QuadraticConfig};
pub(crate) use residual_cnn::ResidualCnnConfig;
