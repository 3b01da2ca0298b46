//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph, and encoders of
//! sets and images in front of them.

mod activation;
mod antisymmetric;
mod block;
mod convolution;
mod deep_set;
mod encoder;
mod fused_mlp;
mod kernels;
mod mlp;
mod mlp_backward;
mod piecewise_linear;
mod pointwise;
mod quadratic;
mod residual_cnn;

pub use activation::Activation;
pub(crate) use antisymmetric::Antisymmetric;
pub(crate) use deep_set::DeepSetConfig;
pub(crate) use encoder::{EncodedMlp, EncodedMlpConfig, Encoder, EncoderConfig};
pub(crate) use kernels::{contiguous, is_cpu_f32};
pub(crate) use mlp::{Mlp, MlpConfig, floats};
pub(crate) use piecewise_linear::{LEAK, SELU_ALPHA, SELU_SCALE};
pub(crate) use quadratic::{Quadratic, QuadraticConfig};
pub(crate) use residual_cnn::ResidualCnnConfig;
