//! Model files: weights as safetensors, with everything else that makes an estimator as JSON in the file's metadata.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::architecture::NamedTensor;
use super::network::{Mlp, MlpConfig};
use super::trained::Network;
use super::{Architecture, Net, Scaling};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

/// The last format that this crate knows. A file is written in the first one that can express it.
///
/// 2: transforms of the observables where 1 had their means and standard deviations. 3: a list of members where 2 had one
/// model. 4: an import where 3 has trainings. 5: a calibration beside the trainings of 3.
pub(super) const LAST_VERSION: u32 = 5;
/// The metadata entry that holds the description.
const ENTRY: &str = "motherlode";

/// A model file in memory.
#[derive(Debug)]
pub(super) struct Container {
    path: PathBuf,
    bytes: Vec<u8>,
    json: String,
    /// Its format.
    pub version: u32,
}

impl Container {
    /// Reads a file as far as all formats agree.
    ///
    /// # Errors
    /// If it cannot be read, is no model of this crate, or was written by a newer version.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| broken(path, &error.to_string()))?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(ENTRY));
        let json = json
            .ok_or_else(|| broken(path, "its header has no `motherlode` entry"))?
            .clone();
        let version = version(path, &json)?;
        let path = path.to_owned();
        Ok(Self {
            path,
            bytes,
            json,
            version,
        })
    }

    /// What the file says of its networks.
    pub fn description<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.json).map_err(|error| self.broken(&error.to_string()))
    }

    /// The tensors of all its networks.
    pub fn tensors(&self) -> Result<SafeTensors<'_>> {
        SafeTensors::deserialize(&self.bytes).map_err(|error| self.broken(&error.to_string()))
    }

    /// What is wrong with the file.
    pub fn error(&self, what: &str) -> Error {
        Error::file(&self.path, what)
    }

    /// The file is not what it says.
    pub fn broken(&self, what: &str) -> Error {
        broken(&self.path, what)
    }
}

fn broken(path: &Path, what: &str) -> Error {
    Error::file(path, format!("is no model file of motherlode ({what})"))
}

/// Writes a file: to a temporary one first, which then takes its name.
///
/// # Errors
/// If it cannot be written, or exists and `force` is false.
pub(super) fn write(path: &Path, force: bool, description: &impl Serialize, networks: &[&Network]) -> Result<()> {
    if path.exists() && !force {
        return Err(Error::exists(path));
    }
    let json = serde_json::to_string(description).map_err(|error| Error::file(path, error.to_string()))?;
    let members = networks.iter().enumerate();
    let tensors: Vec<_> = members
        .flat_map(|(k, network)| named_tensors(&prefix(k), network))
        .collect();
    let unwritable = |error: safetensors::SafeTensorError| Error::file(path, error.to_string());
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unwritable)?;
    let bytes = safetensors::serialize(views, Some(HashMap::from([(ENTRY.into(), json)]))).map_err(unwritable)?;
    write_atomically(path, &bytes)
}

/// What the names of a member's tensors begin with.
pub(super) fn prefix(member: usize) -> String {
    format!("member.{member}.")
}

/// The format of a file, if it can be read.
fn version(path: &Path, json: &str) -> Result<u32> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let version: Version = serde_json::from_str(json)
        .map_err(|error| Error::file(path, format!("is no model file of motherlode ({error})")))?;
    if version.format_version > LAST_VERSION {
        let found = version.format_version;
        let what = format!(
            "has model format {found}, this motherlode reads up to {LAST_VERSION}: use the version that wrote it"
        );
        return Err(Error::file(path, what));
    }
    Ok(version.format_version)
}

fn layer_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}

/// Name, shape and little-endian bytes of each tensor. A perceptron's are its weights (`[inputs, outputs]`) and biases, layer
/// by layer.
fn named_tensors(prefix: &str, network: &Network) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let tensors = match (&network.net, &network.architecture) {
        (Net::Perceptron(mlp), Architecture::Perceptron(config)) => layers_of(config, mlp),
        (net, _) => net.tensors(),
    };
    let bytes = |values: Vec<f32>| values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    tensors
        .into_iter()
        .map(|tensor| (format!("{prefix}{}", tensor.name), tensor.shape, bytes(tensor.values)))
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

/// A network of an opened file.
pub(super) fn restore(
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

fn read(tensors: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = tensors.tensor(name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        return Err(format!(
            "`{name}` has shape {:?}, expected {shape:?} of F32",
            view.shape()
        ));
    }
    let values: Vec<f32> = view
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(format!("`{name}` holds values that are not finite")),
    }
}
