//! Encoders in front of a head.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::block::with_other_features;
use super::deep_set::{DeepSet, DeepSetConfig};
use super::residual_cnn::{ResidualCnn, ResidualCnnConfig};
use super::{Mlp, MlpConfig};
use motherlode_core::error::{Error, Result};

/// The initial weights of an encoder come from a stream of their own, apart from that of the head.
const STREAM: u64 = 0xE4C0_DE00_0000_0000;

/// Kind and shape of an encoder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EncoderConfig {
    /// Just the features.
    #[default]
    None,
    /// A set of particles.
    DeepSet(DeepSetConfig),
    /// An image.
    ResidualCnn(ResidualCnnConfig),
}

impl EncoderConfig {
    /// Number of features that it makes of an event of `features` features.
    pub(crate) fn outputs(&self, features: usize) -> usize {
        match self {
            Self::None => features,
            Self::DeepSet(config) => config.outputs(),
            Self::ResidualCnn(config) => config.outputs(),
        }
    }

    /// Checks that the shape makes sense for events of `features` features.
    ///
    /// # Errors
    /// Says what does not.
    pub(crate) fn check(&self, features: usize) -> Result<()> {
        let (inputs, inconsistency) = match self {
            Self::None => (features, None),
            Self::DeepSet(config) => (config.inputs, config.inconsistency()),
            Self::ResidualCnn(config) => (config.inputs, config.inconsistency()),
        };
        match inconsistency {
            Some(what) => Err(Error::usage(what)),
            None if inputs != features => Err(Error::usage(format!(
                "an encoder of {inputs} features was asked for, but an event has {features}: give it as many"
            ))),
            None => Ok(()),
        }
    }

    /// Weights drawn from `seed`; the shape was checked.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Option<Encoder> {
        match self {
            Self::None => None,
            Self::DeepSet(config) => Some(Encoder::DeepSet(config.init(seed ^ STREAM, device))),
            Self::ResidualCnn(config) => Some(Encoder::ResidualCnn(config.init(seed ^ STREAM, device))),
        }
    }
}

/// An encoder: from the features of an event to fewer that say as much.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them in a training")]
pub(crate) enum Encoder {
    /// A set of particles.
    DeepSet(DeepSet),
    /// An image.
    ResidualCnn(ResidualCnn),
}

impl Encoder {
    /// # Shapes
    /// - `x`: `[n, features]` → `[n, outputs]`
    pub(crate) fn encode(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::DeepSet(encoder) => encoder.encode(x),
            Self::ResidualCnn(encoder) => encoder.encode(x),
        }
    }
}

/// The shape of an [`EncodedMlp`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EncodedMlpConfig {
    /// The encoder of the features of x.
    pub encoder: EncoderConfig,
    /// The head; its inputs are the encoded features of x, and θ.
    pub mlp: MlpConfig,
    /// Number of parameters θ: the last inputs, which the encoder does not see.
    pub parameters: usize,
}

impl EncodedMlpConfig {
    /// Creates the shape for `features` features of x, then `parameters` of θ; the inputs of `mlp` are set accordingly.
    ///
    /// # Errors
    /// If the encoder does not fit the features.
    pub(crate) fn new(encoder: EncoderConfig, features: usize, parameters: usize, mlp: MlpConfig) -> Result<Self> {
        encoder.check(features)?;
        let inputs = encoder.outputs(features) + parameters;
        Ok(Self {
            encoder,
            mlp: MlpConfig { inputs, ..mlp },
            parameters,
        })
    }

    /// Features of x and parameters that it takes together, where the encoder says so.
    pub(crate) fn inputs(&self) -> Option<usize> {
        match &self.encoder {
            EncoderConfig::None => None,
            EncoderConfig::DeepSet(config) => Some(config.inputs + self.parameters),
            EncoderConfig::ResidualCnn(config) => Some(config.inputs + self.parameters),
        }
    }

    /// Weights drawn from `seed`; without an encoder, those of [`MlpConfig::init`].
    pub(crate) fn init(&self, seed: u64, device: &Device) -> EncodedMlp {
        EncodedMlp {
            encoder: self.encoder.init(seed, device),
            mlp: self.mlp.init(seed, device),
            parameters: self.parameters,
        }
    }
}

/// A multilayer perceptron of encoded observations and plain parameters; it takes the place of an [`Mlp`].
#[derive(Module, Debug)]
pub(crate) struct EncodedMlp {
    encoder: Option<Encoder>,
    mlp: Mlp,
    parameters: usize,
}

impl EncodedMlp {
    /// # Shapes
    /// - `x`: `[n, features + p]` → `[n, outputs]`
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.mlp.forward(self.encoded(x))
    }

    /// The first output and its gradient with respect to the last `k` of the parameters, which the encoder does not see:
    /// it needs no reverse pass of its own.
    ///
    /// # Shapes
    /// - `x`: `[n, features + p]` → `[n, 1]`, `[n, k]`
    pub(crate) fn forward_with_gradient(&self, x: Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
        self.mlp.forward_with_gradient(self.encoded(x), k)
    }

    fn encoded(&self, x: Tensor<2>) -> Tensor<2> {
        let [n, inputs] = x.dims();
        let Some(encoder) = &self.encoder else {
            return x;
        };
        let features = inputs - self.parameters;
        let encoded = encoder.encode(x.clone().slice([0..n, 0..features]));
        with_other_features(vec![encoded], x, 0..features)
    }
}

#[cfg(test)]
mod tests;
