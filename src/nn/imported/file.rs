//! Imported estimators in model files.

use std::path::Path;

use super::{Import, ImportedEstimator, Learned};
use crate::Architecture;
use crate::density::DensityConfig;
use crate::model_format::{self, Description, Member, OpenModel};
use crate::trained::Network;
use motherlode_core::error::Result;

impl ImportedEstimator {
    /// Writes the estimator to `path`, as a model file: to a temporary file first, which then takes its name.
    ///
    /// # Errors
    /// If the file cannot be written, or exists and `force` is false.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        model_format::write(path, force, &self.to_bytes()?)
    }

    /// The bytes of a model file.
    ///
    /// # Errors
    /// If a number in the account of where it comes from has no JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let member = |network: &Network| Member {
            network: network.architecture.clone(),
            scaling: network.scaling.clone(),
            theta_ref: None,
            provenance: None,
        };
        let mut description = Description::new(self.members.iter().map(member).collect());
        description.import = Some(self.import.clone());
        let networks: Vec<&Network> = self.members.iter().collect();
        model_format::to_bytes(&description, &networks)
    }

    /// The estimator in an opened file; all of it is checked.
    pub(crate) fn restore(file: &OpenModel, description: Description) -> Result<Self> {
        let import = description
            .import
            .ok_or_else(|| file.broken("it does not say where it comes from"))?;
        if description.members.is_empty() {
            return Err(file.broken("it has no members"));
        }
        let restored = description.members.into_iter().enumerate().map(|(k, mut member)| {
            if let Some(names) = &import.observables {
                member.scaling.inputs.name(names);
            }
            check_shapes(&import, &member)
                .and_then(|()| file.network(k, member.network, member.scaling))
                .map_err(|what| file.broken(&format!("member {k}: {what}")))
        });
        let members = restored.collect::<Result<_>>()?;
        Ok(Self { members, import })
    }
}

/// Checks that the network takes what the scaling makes of an event and as many hypotheses, and answers with as many numbers, as
/// what it has learned needs.
fn check_shapes(import: &Import, member: &Member) -> std::result::Result<(), String> {
    let Member { network, scaling, .. } = member;
    if let Some(what) = scaling.inconsistency() {
        return Err(what.into());
    }
    let (m, p) = (scaling.n_features(), scaling.n_parameters());
    let fits = match (&import.learned, network) {
        (Learned::Ratio, Architecture::Perceptron(config)) => (config.inputs, config.outputs) == (m + p, 1),
        (
            Learned::RatioOfTwo,
            Architecture::Antisymmetric {
                antisymmetric,
                n_parameters,
            },
        ) => (antisymmetric.inputs, antisymmetric.outputs, *n_parameters) == (m + 2 * p, 1, p),
        (Learned::Score { theta_ref }, Architecture::Perceptron(config)) => {
            (config.inputs, config.outputs, theta_ref.len()) == (m, p, p)
        }
        (Learned::Likelihood, Architecture::Density(DensityConfig::Flow(config))) => {
            (config.n_observables, config.n_parameters) == (m, p) && scaling.inputs.scales().is_some()
        }
        _ => false,
    };
    let lengths = [
        (&import.parameters, p),
        (&import.observables, scaling.inputs.n_observables()),
    ];
    let named = lengths
        .iter()
        .all(|(names, n)| names.as_ref().is_none_or(|names| names.len() == *n));
    match fits && named {
        true => Ok(()),
        false => Err(format!(
            "its network does not fit {m} features, {p} parameters, their names and {}",
            import.learned.name()
        )),
    }
}
