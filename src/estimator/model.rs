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
    Architecture, Ensemble, LikelihoodEstimator, Method, Net, Provenance, RatioEstimator, Scaling, ScoreEstimator,
    Settings, TrainingData,
};
use crate::error::{Error, Result};
use crate::file::write_atomically;

/// The version of the model files this crate writes.
///
/// 2: transforms of the observables where 1 had their means and standard deviations. 3: a list of members where 2 had one
/// model.
const FORMAT_VERSION: u32 = 3;
/// The last version whose files hold one model, without a list.
const LAST_WITHOUT_MEMBERS: u32 = 2;
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
    /// Several of one of these kinds, with other seeds.
    Ensemble(Ensemble),
}

#[derive(Serialize, Deserialize)]
struct Description {
    format_version: u32,
    crate_version: String,
    members: Vec<Member>,
}

/// One estimator of a file. The tensors of member K have names that begin with `member.K.`.
#[derive(Serialize, Deserialize)]
struct Member {
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
            Method::Sally | Method::Sallino => Self::Score(ScoreEstimator::train(data, settings, progress)?),
            Method::Nde | Method::Scandal => {
                Self::Likelihood(LikelihoodEstimator::train(method, data, settings, progress)?)
            }
            _ => Self::Ratio(RatioEstimator::train(method, data, settings, progress)?),
        })
    }

    /// How it was trained; an ensemble, how its first member was.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Ratio(estimator) => &estimator.provenance,
            Self::Score(estimator) => &estimator.provenance,
            Self::Likelihood(estimator) => &estimator.provenance,
            Self::Ensemble(ensemble) => ensemble.provenance(),
        }
    }

    pub(super) fn network(&self) -> &Network {
        match self {
            Self::Ratio(estimator) => &estimator.network,
            Self::Score(estimator) => &estimator.network,
            Self::Likelihood(estimator) => &estimator.network,
            Self::Ensemble(ensemble) => ensemble.members()[0].network(),
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
        let description = Description {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            members: self.members().iter().map(Member::of).collect(),
        };
        let json = serde_json::to_string(&description).map_err(|error| Error::file(path, error.to_string()))?;
        let members = self.members().iter().enumerate();
        let tensors: Vec<_> = members
            .flat_map(|(k, member)| named_tensors(&prefix(k), member.network()))
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
        let version = version(path, json)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(&error.to_string()))?;
        let unreadable = |error: serde_json::Error| broken(&error.to_string());
        if version <= LAST_WITHOUT_MEMBERS {
            let member: Member = serde_json::from_str(json).map_err(unreadable)?;
            return member.restore("", &tensors).map_err(|what| broken(&what));
        }
        let Description { members, .. } = serde_json::from_str(json).map_err(unreadable)?;
        let named = |k: usize, what: String| format!("member {k}: {what}");
        let mut models = members
            .into_iter()
            .enumerate()
            .map(|(k, member)| member.restore(&prefix(k), &tensors).map_err(|what| named(k, what)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|what| broken(&what))?;
        match (models.pop(), models.is_empty()) {
            (None, _) => Err(broken("it has no members")),
            (Some(single), true) => Ok(single),
            (Some(last), false) => {
                models.push(last);
                let ensemble = Ensemble::new(models).map_err(|error| broken(&error.to_string()))?;
                Ok(Self::Ensemble(ensemble))
            }
        }
    }
}

impl Member {
    fn of(model: &Model) -> Self {
        let network = model.network();
        Self {
            network: network.architecture.clone(),
            scaling: network.scaling.clone(),
            theta_ref: model.theta_ref().map(<[f64]>::to_vec),
            provenance: model.provenance().clone(),
        }
    }

    fn restore(mut self, prefix: &str, tensors: &SafeTensors) -> Result<Model, String> {
        self.scaling.inputs.name(&self.provenance.data.observables);
        check_shapes(&self)?;
        let network = restore(self.network, self.scaling, prefix, tensors)?;
        let provenance = self.provenance;
        match (provenance.method, self.theta_ref) {
            (method, _) if method.learns_likelihood() => {
                Ok(Model::Likelihood(LikelihoodEstimator { network, provenance }))
            }
            (method, _) if method.learns_ratio() => Ok(Model::Ratio(RatioEstimator { network, provenance })),
            (method, None) if !method.takes_theta(&provenance.data.design) => {
                Err("a score estimator without its reference point".into())
            }
            (_, theta_ref) => Ok(Model::Score(ScoreEstimator {
                network,
                provenance,
                theta_ref,
            })),
        }
    }
}

/// What the names of a member's tensors begin with.
fn prefix(member: usize) -> String {
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
    if version.format_version > FORMAT_VERSION {
        let found = version.format_version;
        let what = format!(
            "has model format {found}, this motherlode reads up to {FORMAT_VERSION}: use the version that wrote it"
        );
        return Err(Error::file(path, what));
    }
    Ok(version.format_version)
}

/// Whether the network takes what the scaling makes of an event, and answers with as many numbers as the method learns.
fn check_shapes(member: &Member) -> Result<(), String> {
    let Member {
        scaling,
        network,
        provenance,
        ..
    } = member;
    if let Some(what) = scaling.inconsistency() {
        return Err(what.into());
    }
    let p = scaling.n_parameters();
    let takes_theta = provenance.method.takes_theta(&provenance.data.design);
    let (theta, outputs) = if provenance.method.loss().is_some() {
        (p, 1)
    } else if takes_theta {
        (p, p)
    } else {
        (0, p)
    };
    match network {
        Architecture::Expansion(expansion) => expansion.check(p)?,
        other if other.outputs() != outputs => {
            let found = other.outputs();
            return Err(format!("its network has {found} outputs, but {outputs} are needed"));
        }
        _ => {}
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
