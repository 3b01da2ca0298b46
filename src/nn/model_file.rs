//! Models in files, and all that is checked when one is read.

use std::path::Path;

use super::methods::Target;
use super::model_format::{self, Description, Member, OpenModel};
use super::trained::Trained;
use super::{
    Architecture, Ensemble, ImportedEstimator, LikelihoodEstimator, Model, Network, PosteriorEstimator, Provenance,
    RatioEstimator, ScoreEstimator,
};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::write_atomically;

impl Model {
    /// Writes the model to `path`: to a temporary file first, which then takes its name.
    ///
    /// # Errors
    /// If the file cannot be written, or exists and `force` is false.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        match path.exists() && !force {
            true => Err(Error::exists(path)),
            false => write_atomically(path, &self.to_bytes()?),
        }
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// If a number in the record of the training has no JSON, or the members of an ensemble have not learned the same.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let networks = self.networks()?;
        let member = |network: &Network, trained: Option<&Self>| Member {
            network: network.architecture.clone(),
            scaling: network.scaling.clone(),
            theta_ref: trained.and_then(Self::theta_ref).map(<[f64]>::to_vec),
            provenance: trained.and_then(Self::provenance).cloned(),
        };
        let import = self.import().cloned();
        let members = match &import {
            Some(_) => networks.iter().map(|network| member(network, None)).collect(),
            None => networks
                .iter()
                .zip(self.members())
                .map(|(network, model)| member(network, Some(model)))
                .collect(),
        };
        let description = Description::new(import, members, self.calibration().cloned());
        model_format::to_bytes(&description, &networks)
    }

    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// If the file cannot be read, is no model of this crate, is truncated, or was written by a newer version.
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

    fn restore(file: &OpenModel, description: Description) -> Result<Self> {
        let Description {
            import,
            members,
            calibration,
            ..
        } = description;
        if members.is_empty() {
            return Err(file.broken("it has no members"));
        }
        let damaged = |error: Error| file.broken(&error.to_string());
        let model = match import {
            Some(import) => Self::Imported(ImportedEstimator::restore(file, import, members)?),
            None => {
                let restored = members.into_iter().enumerate().map(|(k, member)| {
                    restore_member(file, k, member).map_err(|what| file.broken(&format!("member {k}: {what}")))
                });
                let mut models = restored.collect::<Result<Vec<_>>>()?;
                match models.len() {
                    1 => models.remove(0),
                    _ => Self::Ensemble(Ensemble::new(models).map_err(damaged)?),
                }
            }
        };
        match calibration {
            None => Ok(model),
            Some(calibration) => model.calibrated(calibration).map_err(damaged),
        }
    }
}

fn restore_member(file: &OpenModel, k: usize, mut member: Member) -> Result<Model, String> {
    let provenance = member.provenance.take().ok_or("it has no record of its training")?;
    member.scaling.inputs.name(&provenance.data.observables);
    check_shapes(&member, &provenance)?;
    let network = file.network(k, member.network, member.scaling)?;
    let takes_theta = provenance.method.takes_theta(&provenance.data.design);
    let (target, theta_ref) = (provenance.method.spec().target, member.theta_ref);
    let trained = Trained { network, provenance };
    match target {
        Target::Likelihood => Ok(Model::Likelihood(LikelihoodEstimator { trained })),
        Target::Posterior => PosteriorEstimator::new(trained)
            .map(Model::Posterior)
            .map_err(|error| error.to_string()),
        Target::Ratio | Target::Derivatives => Ok(Model::Ratio(RatioEstimator { trained })),
        Target::Score if theta_ref.is_none() && !takes_theta => {
            Err("a score estimator without its reference point".into())
        }
        Target::Score => Ok(Model::Score(ScoreEstimator { trained, theta_ref })),
    }
}

/// Checks that losses belong to steps, and that the network takes what the scaling makes of an event, and answers with as many numbers as the method learns.
fn check_shapes(member: &Member, provenance: &Provenance) -> Result<(), String> {
    let Member { scaling, network, .. } = member;
    if let Some(what) = scaling.inconsistency() {
        return Err(what.into());
    }
    let curve = &provenance.curve;
    let lengths = [curve.step.len(), curve.train.len(), curve.validation.len()];
    if lengths.iter().any(|length| *length != lengths[0]) {
        return Err(format!(
            "its curve has {} steps, {} training losses and {} validation losses: as many of each are needed",
            lengths[0], lengths[1], lengths[2]
        ));
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
        Architecture::Posterior(config) => {
            if let Some(what) = config.inconsistency(p, scaling.n_features()) {
                return Err(what.into());
            }
        }
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
