//! Model files: weights as safetensors, with everything else that makes an estimator as JSON in the file's metadata.
//!
//! One format for all models. The JSON holds a list of members, each with its network and the scaling of its inputs; members
//! trained here have a record of their training, imported ones share an account of where they come from. The tensors of member K
//! have names that begin with `member.K.`.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::architecture::NamedTensor;
use super::network::{Mlp, MlpConfig};
use super::trained::Network;
use super::{Architecture, Import, Net, Provenance, Scaling, tensor_file};
use motherlode_core::error::{Error, Result};
use motherlode_core::file_kind::kind_of;
use motherlode_stats::calibration::Calibration;

/// The format that this crate reads and writes.
const FORMAT_VERSION: u32 = 1;
/// The metadata entry that holds the description.
const ENTRY: &str = "motherlode";

/// All of a model but its weights.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Description {
    format_version: u32,
    crate_version: String,
    /// Where networks come from that were trained elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    pub members: Vec<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

/// One network of a model.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub network: Architecture,
    pub scaling: Scaling,
    /// The only point at which a score estimator knows the score, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theta_ref: Option<Vec<f64>>,
    /// The record of a training here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

impl Description {
    pub fn new(import: Option<Import>, members: Vec<Member>, calibration: Option<Calibration>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            import,
            members,
            calibration,
        }
    }
}

/// A model file in memory.
#[derive(Debug)]
pub(super) struct OpenModel {
    /// None for bytes that come from elsewhere.
    path: Option<PathBuf>,
    bytes: Vec<u8>,
}

impl OpenModel {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is no model of this crate, or was written by a newer version.
    pub fn read(path: &Path) -> Result<(Self, Description)> {
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
        Self::open(bytes, Some(path.to_owned()))
    }

    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Description)> {
        Self::open(bytes.to_vec(), None)
    }

    fn open(bytes: Vec<u8>, path: Option<PathBuf>) -> Result<(Self, Description)> {
        let model = Self { path, bytes };
        let broken = |what: &dyn std::fmt::Display| model.broken(&what.to_string());
        let json = tensor_file::entry(&model.bytes, ENTRY).map_err(|error| broken(&error))?;
        let json = json.ok_or_else(|| broken(&"its header has no `motherlode` entry"))?;
        model.check_version(&json)?;
        tensor_file::verify(&model.bytes, ENTRY).map_err(|error| broken(&error))?;
        let description = serde_json::from_str(&json).map_err(|error| broken(&error))?;
        Ok((model, description))
    }

    /// Refuses a newer format, before anything else in it is looked at.
    fn check_version(&self, json: &str) -> Result<()> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let version: Version = serde_json::from_str(json).map_err(|error| self.broken(&error.to_string()))?;
        match version.format_version {
            FORMAT_VERSION => Ok(()),
            other => Err(self.error(&format!(
                "has model format {other}, this motherlode reads up to {FORMAT_VERSION}: use the version that wrote it"
            ))),
        }
    }

    /// The network of member `k`, whose shapes were checked.
    ///
    /// # Errors
    /// Says what is wrong with its tensors.
    pub fn network(&self, k: usize, architecture: Architecture, scaling: Scaling) -> Result<Network, String> {
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| error.to_string())?;
        restore(architecture, scaling, &prefix(k), &tensors)
    }

    /// An error about the contents.
    pub fn error(&self, what: &str) -> Error {
        match &self.path {
            Some(path) => Error::file(path, what),
            None => Error::data(format!("the model {what}")),
        }
    }

    /// The error of contents that are no model, or a damaged one.
    pub fn broken(&self, what: &str) -> Error {
        let error = self.error(&format!("is no model file of motherlode ({what})"));
        match kind_of(&self.bytes) {
            Some(kind) => self.error(&format!("{kind}; here a model file of motherlode is needed")),
            None => error,
        }
    }
}

/// The bytes of a model file.
///
/// # Errors
/// If the description has no JSON.
pub(super) fn to_bytes(description: &Description, networks: &[&Network]) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::data(format!("the model cannot be written: {error}"));
    let json = serde_json::to_string(description).map_err(|error| failed(&error))?;
    let members = networks.iter().enumerate();
    let tensors: Vec<_> = members
        .flat_map(|(k, network)| named_tensors(&prefix(k), network))
        .collect();
    tensor_file::to_bytes(ENTRY, &json, &tensors).map_err(|error| failed(&error))
}

/// Beginning of the names of a member's tensors.
fn prefix(member: usize) -> String {
    format!("member.{member}.")
}

fn layer_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}

/// The tensors of a network. A perceptron's are its weights (`[inputs, outputs]`) and biases, layer by layer.
fn named_tensors(prefix: &str, network: &Network) -> Vec<NamedTensor> {
    let tensors = match (&network.net, &network.architecture) {
        (Net::Perceptron(mlp), Architecture::Perceptron(config)) => layers_of(config, mlp),
        (net, _) => net.tensors(),
    };
    tensors
        .into_iter()
        .map(|tensor| NamedTensor {
            name: format!("{prefix}{}", tensor.name),
            ..tensor
        })
        .collect()
}

fn layers_of(config: &MlpConfig, mlp: &Mlp) -> Vec<NamedTensor> {
    let layers = config.layers().into_iter().zip(mlp.parameters()).enumerate();
    layers
        .flat_map(|(layer, (shape, (weight, bias)))| {
            [("weight", shape.to_vec(), weight), ("bias", vec![shape[1]], bias)].map(|(part, shape, values)| {
                NamedTensor {
                    name: layer_name(layer, part),
                    shape,
                    values,
                }
            })
        })
        .collect()
}

/// A network from tensors whose names begin with `prefix`.
fn restore(
    architecture: Architecture,
    scaling: Scaling,
    prefix: &str,
    tensors: &SafeTensors,
) -> Result<Network, String> {
    let device = Device::flex();
    let read = |name: &str, shape: &[usize]| read(tensors, &format!("{prefix}{name}"), shape);
    let net = match &architecture {
        Architecture::Perceptron(config) => {
            let layers = config.layers().into_iter().enumerate();
            let parameters = layers
                .map(|(layer, shape)| {
                    Ok((
                        read(&layer_name(layer, "weight"), &shape)?,
                        read(&layer_name(layer, "bias"), &shape[1..])?,
                    ))
                })
                .collect::<Result<Vec<_>, String>>()?;
            Net::Perceptron(config.build(parameters, &device))
        }
        other => {
            check_weights(other, prefix, tensors)?;
            let empty = other.init(0, &device).map_err(|error| error.to_string())?;
            let values = empty
                .tensors()
                .iter()
                .map(|tensor| read(&tensor.name, &tensor.shape))
                .collect::<Result<Vec<_>, String>>()?;
            empty.filled(&values.concat())
        }
    };
    Ok(Network {
        architecture,
        net,
        scaling,
    })
}

/// Compares the sizes of a network with the numbers that are there, before it takes memory.
fn check_weights(architecture: &Architecture, prefix: &str, tensors: &SafeTensors) -> Result<(), String> {
    let json = serde_json::to_value(architecture).map_err(|error| error.to_string())?;
    let own = tensors.iter().filter(|(name, _)| name.starts_with(prefix));
    let there: usize = own.map(|(_, view)| view.data().len() / size_of::<f32>()).sum();
    let needed = fewest_weights(&json);
    match needed <= there as f64 {
        true => Ok(()),
        false => Err(format!(
            "its network has {needed:.0} weights or more, and there are {there}"
        )),
    }
}

/// A lower bound of the number of weights of an architecture: those between hidden layers, in each of its layers.
fn fewest_weights(architecture: &Value) -> f64 {
    let Value::Object(fields) = architecture else {
        return match architecture {
            Value::Array(values) => values.iter().map(fewest_weights).fold(0.0, f64::max),
            _ => 0.0,
        };
    };
    let number = |name: &str| fields.get(name).and_then(Value::as_u64).map(|n| n as f64);
    let hidden = fields.get("hidden").and_then(Value::as_array).into_iter().flatten();
    let widths: Vec<f64> = [number("inputs").filter(|inputs| *inputs > 0.0)]
        .into_iter()
        .flatten()
        .chain(hidden.filter_map(Value::as_f64))
        .chain(number("outputs"))
        .collect();
    let own: f64 = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let layers = number("layers").unwrap_or(1.0);
    let parts = [
        own * layers,
        number("n_observables").unwrap_or(0.0),
        number("components").unwrap_or(0.0),
    ];
    let inner = fields.values().map(fewest_weights);
    parts.into_iter().chain(inner).fold(0.0, f64::max)
}

fn read(tensors: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = tensors.tensor(name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        return Err(format!(
            "`{name}` has shape {:?}, expected {shape:?} of F32",
            view.shape()
        ));
    }
    let values = tensor_file::values(&view);
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(format!("`{name}` holds values that are not finite")),
    }
}

#[cfg(test)]
mod tests;
