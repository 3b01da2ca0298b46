//! Networks: multilayer perceptrons whose gradient with respect to some inputs is itself part of the graph, and encoders of
//! sets and images in front of them.

mod activation;
#[allow(dead_code)] // until a training asks for an encoder
mod convolution;
#[allow(dead_code)]
mod deep_set;
#[allow(dead_code)]
mod encoder;
mod kernels;
mod mlp;
#[allow(dead_code)]
mod residual_cnn;

pub use activation::Activation;
#[allow(unused_imports)]
pub(crate) use deep_set::DeepSetConfig;
#[allow(unused_imports)]
pub(crate) use encoder::{EncodedMlp, EncodedMlpConfig, EncoderConfig};
pub(crate) use mlp::{Mlp, MlpConfig, floats};
#[allow(unused_imports)]
pub(crate) use residual_cnn::ResidualCnnConfig;
