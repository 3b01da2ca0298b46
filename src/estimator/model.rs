//! Model files: weights as safetensors, with everything else that makes an estimator as JSON in the file's metadata.

use std::collections::HashMap;
use std::path::Path;

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::architecture::NamedTensor;
use super::network::{Mlp, MlpConfig};
use super::trained::Network;
use super::{
    Architecture, LikelihoodEstimator, Method, Net, Provenance, RatioEstimator, Scaling, ScoreEstimator, Settings,
    TrainingData,
};
use crate::error::{Error, Result};
use crate::file::write_atomically;

/// The version of the model files this crate writes.
///
/// 2: transforms of the observables where 1 had their means and standard deviations.
const FORMAT_VERSION: u32 = 2;
/// The metadata entry that holds the description.
const ENTRY: &str = "motherlode";

/// A trained estimator, as a model file holds it.
#[derive(Debug)]
pub enum Model {
    /// Knows log ratios (and their scores).
    Ratio(RatioEstimator),
    /// Knows the score, at one point or everywhere.
    Score(ScoreEstimator),
    /// Knows the likelihood.
    Likelihood(LikelihoodEstimator),
}

#[derive(Serialize, Deserialize)]
struct Description {
    format_version: u32,
    crate_version: String,
    network: Architecture,
    scaling: Scaling,
    theta_ref: Option<Vec<f64>>,
    provenance: Provenance,
}

impl Model {
    /// Trains the kind of estimator that `method` makes. `progress` is told the steps done and the steps planned.
    ///
    /// # Errors
    /// If `data` lacks the gold that `method` needs, `settings` make no sense, or training diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<Self> {
        Ok(match method {
            Method::Sally => Self::Score(ScoreEstimator::train(data, settings, progress)?),
            Method::Nde | Method::Scandal => {
                Self::Likelihood(LikelihoodEstimator::train(method, data, settings, progress)?)
            }
            _ => Self::Ratio(RatioEstimator::train(method, data, settings, progress)?),
        })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Ratio(estimator) => &estimator.provenance,
            Self::Score(estimator) => &estimator.provenance,
            Self::Likelihood(estimator) => &estimator.provenance,
        }
    }

    fn network(&self) -> &Network {
        match self {
            Self::Ratio(estimator) => &estimator.network,
            Self::Score(estimator) => &estimator.network,
            Self::Likelihood(estimator) => &estimator.network,
        }
    }

    /// Writes the model to `path`: to a temporary file first, which then takes its name.
    ///
    /// # Errors
    /// If the file cannot be written, or exists and `force` is false.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        if path.exists() && !force {
            return Err(Error::exists(path));
        }
        let network = self.network();
        let description = Description {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            network: network.architecture.clone(),
            scaling: network.scaling.clone(),
            theta_ref: match self {
                Self::Ratio(_) | Self::Likelihood(_) => None,
                Self::Score(estimator) => estimator.theta_ref.clone(),
            },
            provenance: self.provenance().clone(),
        };
        let json = serde_json::to_string(&description).map_err(|error| Error::file(path, error.to_string()))?;
        let tensors = named_tensors(network);
        let unwritable = |error: safetensors::SafeTensorError| Error::file(path, error.to_string());
        let views = tensors
            .iter()
            .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(unwritable)?;
        let bytes = safetensors::serialize(views, Some(HashMap::from([(ENTRY.into(), json)]))).map_err(unwritable)?;
        write_atomically(path, &bytes)
    }

    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, is no model of this crate, is truncated, or was written by a newer version.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
        let broken = |what: &str| Error::file(path, format!("is no model file of motherlode ({what})"));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| broken(&error.to_string()))?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(ENTRY));
        let json = json.ok_or_else(|| broken("its header has no `motherlode` entry"))?;
        check_version(path, json)?;
        let mut description: Description = serde_json::from_str(json).map_err(|error| broken(&error.to_string()))?;
        description
            .scaling
            .inputs
            .name(&description.provenance.data.observables);
        check_inputs(&description).map_err(|what| broken(&what))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(&error.to_string()))?;
        let network = restore(description.network, description.scaling, &tensors).map_err(|what| broken(&what))?;
        let provenance = description.provenance;
        match (provenance.method, description.theta_ref) {
            (method, _) if method.learns_likelihood() => {
                Ok(Self::Likelihood(LikelihoodEstimator { network, provenance }))
            }
            (method, _) if method.learns_ratio() => Ok(Self::Ratio(RatioEstimator { network, provenance })),
            (method, None) if !method.takes_theta(&provenance.data.design) => {
                Err(broken("a score estimator without its reference point"))
            }
            (_, theta_ref) => Ok(Self::Score(ScoreEstimator {
                network,
                provenance,
                theta_ref,
            })),
        }
    }
}

fn check_version(path: &Path, json: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let version: Version = serde_json::from_str(json)
        .map_err(|error| Error::file(path, format!("is no model file of motherlode ({error})")))?;
    if version.format_version > FORMAT_VERSION {
        let found = version.format_version;
        let what = format!(
            "has model format {found}, this motherlode reads up to {FORMAT_VERSION}: use the version that wrote it"
        );
        return Err(Error::file(path, what));
    }
    Ok(())
}

/// Whether the network takes what the scaling makes of an event.
fn check_inputs(description: &Description) -> Result<(), String> {
    let Description {
        scaling,
        network,
        provenance,
        ..
    } = description;
    if let Some(what) = scaling.inconsistency() {
        return Err(what.into());
    }
    let theta = if provenance.method.takes_theta(&provenance.data.design) {
        scaling.n_parameters()
    } else {
        0
    };
    if let Architecture::Expansion(expansion) = network {
        expansion.check(scaling.n_parameters())?;
    }
    let needed = scaling.n_features() + theta;
    match network.inputs() {
        Some(found) if found != needed => Err(format!("its network has {found} inputs, but an event has {needed}")),
        _ => Ok(()),
    }
}

fn layer_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}

/// Name, shape and little-endian bytes of each tensor. A perceptron's are its weights (`[inputs, outputs]`) and biases, layer
/// by layer.
fn named_tensors(network: &Network) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let tensors = match (&network.net, &network.architecture) {
        (Net::Perceptron(mlp), Architecture::Perceptron(config)) => layers_of(config, mlp),
        (net, _) => net.tensors(),
    };
    let bytes = |values: Vec<f32>| values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    tensors
        .into_iter()
        .map(|tensor| (tensor.name, tensor.shape, bytes(tensor.values)))
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

fn restore(architecture: Architecture, scaling: Scaling, tensors: &SafeTensors) -> Result<Network, String> {
    let device = Device::flex();
    let net = match &architecture {
        Architecture::Perceptron(config) => {
            let layers = config.layers().into_iter().enumerate();
            let parameters = layers
                .map(|(layer, shape)| {
                    Ok((
                        read(tensors, &layer_name(layer, "weight"), &shape)?,
                        read(tensors, &layer_name(layer, "bias"), &shape[1..])?,
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
                .map(|tensor| read(tensors, &tensor.name, &tensor.shape))
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
