//! Models trained here, and how a model file describes them.

use motherlode_core::Progress;
use std::path::Path;

use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};

use super::container::{self, Container, prefix};
use super::methods::Target;
use super::trained::Network;
use super::{
    Architecture, CalibratedModel, Ensemble, LikelihoodEstimator, Method, Provenance, RatioEstimator, Scaling,
    ScoreEstimator, Settings, TrainingData, imported,
};
use motherlode_core::error::Result;
use motherlode_stats::calibration::Calibration;

/// The format in which models are written that were trained here.
const FORMAT_VERSION: u32 = 3;
/// The format of those that were calibrated as well.
const CALIBRATED_VERSION: u32 = 5;
/// The last version whose files hold one model, without a list.
const LAST_WITHOUT_MEMBERS: u32 = 2;

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
    /// One of the others, its ratios calibrated.
    Calibrated(Box<CalibratedModel>),
}

#[derive(Serialize, Deserialize)]
struct Description {
    format_version: u32,
    crate_version: String,
    members: Vec<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calibration: Option<Calibration>,
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
        progress: &dyn Progress,
    ) -> Result<Self> {
        Ok(match method.spec().target {
            Target::Score => Self::Score(ScoreEstimator::train(data, settings, progress)?),
            Target::Likelihood => Self::Likelihood(LikelihoodEstimator::train(method, data, settings, progress)?),
            Target::Ratio | Target::Derivatives => {
                Self::Ratio(RatioEstimator::train(method, data, settings, progress)?)
            }
        })
    }

    /// How it was trained; an ensemble, how its first member was.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Ratio(estimator) => &estimator.provenance,
            Self::Score(estimator) => &estimator.provenance,
            Self::Likelihood(estimator) => &estimator.provenance,
            Self::Ensemble(ensemble) => ensemble.provenance(),
            Self::Calibrated(calibrated) => calibrated.model().provenance(),
        }
    }

    pub(super) fn network(&self) -> &Network {
        match self {
            Self::Ratio(estimator) => &estimator.network,
            Self::Score(estimator) => &estimator.network,
            Self::Likelihood(estimator) => &estimator.network,
            Self::Ensemble(ensemble) => ensemble.members()[0].network(),
            Self::Calibrated(calibrated) => calibrated.model().network(),
        }
    }

    /// Writes the model to `path`: to a temporary file first, which then takes its name.
    ///
    /// # Errors
    /// If the file cannot be written, or exists and `force` is false.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        let calibration = match self {
            Self::Calibrated(calibrated) => Some(calibrated.calibration().clone()),
            _ => None,
        };
        let description = Description {
            format_version: calibration.as_ref().map_or(FORMAT_VERSION, |_| CALIBRATED_VERSION),
            crate_version: env!("CARGO_PKG_VERSION").into(),
            members: self.members().iter().map(Member::of).collect(),
            calibration,
        };
        let networks: Vec<&Network> = self.members().iter().map(Self::network).collect();
        container::write(path, force, &description, &networks)
    }

    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, is no model of this crate, is truncated, or was written by a newer version.
    pub fn read(path: &Path) -> Result<Self> {
        Self::restore(&Container::read(path)?)
    }

    /// The model in an opened file.
    pub(super) fn restore(file: &Container) -> Result<Self> {
        let broken = |what: &str| file.broken(what);
        if file.version == imported::FORMAT_VERSION {
            return Err(
                file.error("holds a network that was trained elsewhere, but one that was trained here is needed")
            );
        }
        let tensors = file.tensors()?;
        if file.version <= LAST_WITHOUT_MEMBERS {
            let member: Member = file.description()?;
            return member.restore("", &tensors).map_err(|what| broken(&what));
        }
        let Description {
            members, calibration, ..
        } = file.description()?;
        let named = |k: usize, what: String| format!("member {k}: {what}");
        let mut models = members
            .into_iter()
            .enumerate()
            .map(|(k, member)| member.restore(&prefix(k), &tensors).map_err(|what| named(k, what)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|what| broken(&what))?;
        let model = match (models.pop(), models.is_empty()) {
            (None, _) => return Err(broken("it has no members")),
            (Some(single), true) => single,
            (Some(last), false) => {
                models.push(last);
                let ensemble = Ensemble::new(models).map_err(|error| broken(&error.to_string()))?;
                Self::Ensemble(ensemble)
            }
        };
        match calibration {
            None => Ok(model),
            Some(calibration) => model
                .calibrated(calibration)
                .map_err(|error| broken(&error.to_string())),
        }
    }

    /// The model with its ratios calibrated.
    ///
    /// # Errors
    /// As [`CalibratedModel::new`].
    pub fn calibrated(self, calibration: Calibration) -> Result<Self> {
        let calibrated = CalibratedModel::new(self, calibration)?;
        Ok(Self::Calibrated(Box::new(calibrated)))
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
        let network = container::restore(self.network, self.scaling, prefix, tensors)?;
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
    let (theta, outputs) = if provenance.method.spec().loss.is_some() {
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
