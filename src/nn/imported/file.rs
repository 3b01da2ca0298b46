//! Imported estimators from model files.

use super::{Import, ImportedEstimator, Learned};
use crate::Architecture;
use crate::density::DensityConfig;
use crate::model_format::{Member, OpenModel};
use motherlode_core::error::Result;

impl ImportedEstimator {
    /// The estimator in an opened file; all of it is checked.
    pub(crate) fn restore(file: &OpenModel, import: Import, members: Vec<Member>) -> Result<Self> {
        let restored = members.into_iter().enumerate().map(|(k, mut member)| {
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
