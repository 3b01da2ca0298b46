//! Models trained here, and how a model file describes them.

use std::path::Path;

use super::methods::Target;
use super::model_format::{self, Description, Member, OpenModel};
use super::trained::Network;
use super::{
    Architecture, CalibratedModel, Ensemble, LikelihoodEstimator, Method, Provenance, RatioEstimator, ScoreEstimator,
    Settings, TrainingData,
};
use motherlode_core::Progress;
use motherlode_core::error::Result;
use motherlode_core::estimator::Estimator;
use motherlode_stats::calibration::Calibration;

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

    /// Its members; a model that is no ensemble is its own only one.
    pub fn members(&self) -> &[Self] {
        match self {
            Self::Ensemble(ensemble) => ensemble.members(),
            Self::Calibrated(calibrated) => calibrated.model().members(),
            single => std::slice::from_ref(single),
        }
    }

    /// The estimator of whichever kind.
    pub fn inner(&self) -> &dyn Estimator {
        match self {
            Self::Ratio(estimator) => estimator,
            Self::Score(estimator) => estimator,
            Self::Likelihood(estimator) => estimator,
            Self::Ensemble(ensemble) => ensemble,
            Self::Calibrated(calibrated) => &**calibrated,
        }
    }

    /// The one point at which it knows the score, `[p]`, if it does not know it anywhere.
    pub fn theta_ref(&self) -> Option<&[f64]> {
        self.inner().score_point()
    }

    /// Returns true if it knows log ratios.
    pub fn knows_ratio(&self) -> bool {
        self.inner().as_ratio().is_some()
    }

    /// Returns true if it knows scores.
    pub fn knows_score(&self) -> bool {
        self.inner().as_score().is_some()
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
        model_format::write(path, force, &self.to_bytes()?)
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// If a number in the record of the training has no JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut description = Description::new(self.members().iter().map(member_of).collect());
        if let Self::Calibrated(calibrated) = self {
            description.calibration = Some(calibrated.calibration().clone());
        }
        let networks: Vec<&Network> = self.members().iter().map(Self::network).collect();
        model_format::to_bytes(&description, &networks)
    }

    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, is no model of this crate, is truncated, was written by a newer version, or holds a network that
    /// was trained elsewhere (which [`ModelFile`](super::ModelFile) reads).
    pub fn read(path: &Path) -> Result<Self> {
        let (file, description) = OpenModel::read(path)?;
        Self::restore(&file, description)
    }

    /// The model in the bytes of a model file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (file, description) = OpenModel::from_bytes(bytes)?;
        Self::restore(&file, description)
    }

    /// The model in an opened file.
    pub(super) fn restore(file: &OpenModel, description: Description) -> Result<Self> {
        if description.import.is_some() {
            return Err(
                file.error("holds a network that was trained elsewhere, but one that was trained here is needed")
            );
        }
        let mut models = description
            .members
            .into_iter()
            .enumerate()
            .map(|(k, member)| {
                restore_member(file, k, member).map_err(|what| file.broken(&format!("member {k}: {what}")))
            })
            .collect::<Result<Vec<_>>>()?;
        let model = match models.len() {
            0 => return Err(file.broken("it has no members")),
            1 => models.remove(0),
            _ => Self::Ensemble(Ensemble::new(models).map_err(|error| file.broken(&error.to_string()))?),
        };
        match description.calibration {
            None => Ok(model),
            Some(calibration) => model
                .calibrated(calibration)
                .map_err(|error| file.broken(&error.to_string())),
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

fn member_of(model: &Model) -> Member {
    let network = model.network();
    Member {
        network: network.architecture.clone(),
        scaling: network.scaling.clone(),
        theta_ref: model.theta_ref().map(<[f64]>::to_vec),
        provenance: Some(model.provenance().clone()),
    }
}

fn restore_member(file: &OpenModel, k: usize, mut member: Member) -> Result<Model, String> {
    let provenance = member.provenance.take().ok_or("it has no record of its training")?;
    member.scaling.inputs.name(&provenance.data.observables);
    check_shapes(&member, &provenance)?;
    let network = file.network(k, member.network, member.scaling)?;
    let takes_theta = provenance.method.takes_theta(&provenance.data.design);
    match (provenance.method.spec().target, member.theta_ref) {
        (Target::Likelihood, _) => Ok(Model::Likelihood(LikelihoodEstimator { network, provenance })),
        (Target::Ratio | Target::Derivatives, _) => Ok(Model::Ratio(RatioEstimator { network, provenance })),
        (Target::Score, None) if !takes_theta => Err("a score estimator without its reference point".into()),
        (Target::Score, theta_ref) => Ok(Model::Score(ScoreEstimator {
            network,
            provenance,
            theta_ref,
        })),
    }
}

/// Checks that the network takes what the scaling makes of an event, and answers with as many numbers as the method learns.
fn check_shapes(member: &Member, provenance: &Provenance) -> Result<(), String> {
    let Member { scaling, network, .. } = member;
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
