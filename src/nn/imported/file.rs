//! Imported estimators in model files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Import, ImportedEstimator, Learned};
use crate::container::{self, Container, prefix};
use crate::density::DensityConfig;
use crate::trained::Network;
use crate::{Architecture, Scaling};
use motherlode_core::error::Result;

/// The first format that knows imports.
pub(crate) const FORMAT_VERSION: u32 = 4;

#[derive(Serialize, Deserialize)]
struct Description {
    format_version: u32,
    crate_version: String,
    import: Import,
    networks: Vec<Member>,
}

/// One network of a file. The tensors of network K have names that begin with `member.K.`.
#[derive(Serialize, Deserialize)]
struct Member {
    network: Architecture,
    scaling: Scaling,
}

impl ImportedEstimator {
    /// Writes the estimator to `path`, as a model file: to a temporary file first, which then takes its name.
    ///
    /// # Errors
    /// If the file cannot be written, or exists and `force` is false.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        let member = |network: &Network| Member {
            network: network.architecture.clone(),
            scaling: network.scaling.clone(),
        };
        let description = Description {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            import: self.import.clone(),
            networks: self.members.iter().map(member).collect(),
        };
        let networks: Vec<&Network> = self.members.iter().collect();
        container::write(path, force, &description, &networks)
    }

    /// The estimator in an opened file; all of it is checked.
    pub(crate) fn restore(file: &Container) -> Result<Self> {
        let Description { import, networks, .. } = file.description()?;
        if networks.is_empty() {
            return Err(file.broken("it has no networks"));
        }
        let tensors = file.tensors()?;
        let restored = networks.into_iter().enumerate().map(|(k, mut member)| {
            if let Some(names) = &import.observables {
                member.scaling.inputs.name(names);
            }
            check_shapes(&import, &member)?;
            container::restore(member.network, member.scaling, &prefix(k), &tensors)
        });
        let members = restored
            .enumerate()
            .map(|(k, network)| network.map_err(|what| file.broken(&format!("member {k}: {what}"))))
            .collect::<Result<_>>()?;
        Ok(Self { members, import })
    }
}

/// Whether the network takes what the scaling makes of an event and as many hypotheses, and answers with as many numbers,
/// as what it has learned needs.
fn check_shapes(import: &Import, member: &Member) -> std::result::Result<(), String> {
    let Member { network, scaling } = member;
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
