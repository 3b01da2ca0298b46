//! Model files: weights as safetensors, with everything else that makes an estimator as JSON in the file's metadata.

use std::collections::HashMap;
use std::path::Path;

use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::network::MlpConfig;
use super::trained::Network;
use super::{Provenance, RatioEstimator, Scaling, ScoreEstimator};
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
    /// Knows the score at one point.
    Score(ScoreEstimator),
}

#[derive(Serialize, Deserialize)]
struct Description {
    format_version: u32,
    crate_version: String,
    network: MlpConfig,
    scaling: Scaling,
    theta_ref: Option<Vec<f64>>,
    provenance: Provenance,
}

impl Model {
    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Ratio(estimator) => &estimator.provenance,
            Self::Score(estimator) => &estimator.provenance,
        }
    }

    fn network(&self) -> &Network {
        match self {
            Self::Ratio(estimator) => &estimator.network,
            Self::Score(estimator) => &estimator.network,
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
            network: network.config.clone(),
            scaling: network.scaling.clone(),
            theta_ref: match self {
                Self::Ratio(_) => None,
                Self::Score(estimator) => Some(estimator.theta_ref.clone()),
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
        match (provenance.method.learns_ratio(), description.theta_ref) {
            (true, _) => Ok(Self::Ratio(RatioEstimator { network, provenance })),
            (false, Some(theta_ref)) => Ok(Self::Score(ScoreEstimator {
                network,
                provenance,
                theta_ref,
            })),
            (false, None) => Err(broken("a score estimator without its reference point")),
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
    if let Some(what) = description.scaling.inconsistency() {
        return Err(what.into());
    }
    let theta = match description.provenance.method.learns_ratio() {
        true => description.scaling.n_parameters(),
        false => 0,
    };
    let (found, needed) = (description.network.inputs, description.scaling.n_features() + theta);
    match found == needed {
        true => Ok(()),
        false => Err(format!("its network has {found} inputs, but an event has {needed}")),
    }
}

fn layer_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}

/// Name, shape and little-endian bytes of each weight (`[inputs, outputs]`) and bias.
fn named_tensors(network: &Network) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let bytes = |values: Vec<f32>| values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    let shapes = network.config.layers();
    let layers = shapes.into_iter().zip(network.mlp.parameters()).enumerate();
    layers
        .flat_map(|(layer, (shape, (weight, bias)))| {
            [
                (layer_name(layer, "weight"), shape.to_vec(), bytes(weight)),
                (layer_name(layer, "bias"), vec![shape[1]], bytes(bias)),
            ]
        })
        .collect()
}

fn restore(config: MlpConfig, scaling: Scaling, tensors: &SafeTensors) -> Result<Network, String> {
    let read = |name: String, shape: &[usize]| {
        let view = tensors.tensor(&name).map_err(|error| error.to_string())?;
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
    };
    let layers = config.layers().into_iter().enumerate();
    let parameters = layers
        .map(|(layer, shape)| {
            Ok((
                read(layer_name(layer, "weight"), &shape)?,
                read(layer_name(layer, "bias"), &shape[1..])?,
            ))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let mlp = config.build(parameters, &Device::flex());
    Ok(Network { config, mlp, scaling })
}
