//! The autoregressive flow of MadMiner.

use burn::tensor::Device;

use crate::density::{DensityConfig, FlowConfig, Transform};
use crate::imported::madminer_files::{SavedEstimator, Settings};
use crate::{Activation, Architecture, Net};
use motherlode_core::arrays::StateDict;
use motherlode_core::error::{Error, Result};

/// The flow of a saved likelihood estimator.
///
/// # Errors
/// If it is of a kind that is not read, or weights are missing or have other shapes.
pub(super) fn read(saved: &SavedEstimator, activation: Activation) -> Result<(Architecture, Net)> {
    let (settings, weights) = (&saved.settings, &saved.weights);
    check_kind(settings, weights)?;
    let config = FlowConfig {
        n_observables: settings.n_observables,
        n_parameters: settings.n_parameters,
        transform: Transform::Unbounded,
        layers: settings.n_mades.unwrap_or(1),
        hidden: settings.n_hidden.clone(),
        activation,
        counting: vec![],
    };
    // All shapes are checked against the file before memory of their size is asked for.
    let layers = (0..config.layers).map(|layer| made(weights, layer, &config));
    let values = layers.collect::<Result<Vec<_>>>()?.concat();
    let architecture = Architecture::Density(DensityConfig::Flow(config));
    let net = architecture.init(0, &Device::flex())?.filled(&values);
    Ok((architecture, net))
}

fn check_kind(settings: &Settings, weights: &StateDict) -> Result<()> {
    let refused = |what: &str| Err(Error::file(weights.path(), what));
    if settings.batch_norm.is_some() {
        return refused(
            "is a flow with batch normalisation, whose running means MadMiner does not save: MadMiner itself answers NaN after \
             loading it; train again with `batch_norm=None`",
        );
    }
    if settings.n_components.is_some_and(|n| n > 1) {
        return refused(
            "is a flow onto a mixture (`n_components` > 1), which is not read: only flows onto a normal one are",
        );
    }
    if settings.n_hidden.is_empty() {
        return refused("is a flow without hidden layers, which is not read");
    }
    Ok(())
}

/// The weights and biases of one layer of the flow, as a conditioner has them: of x and θ side by side, with the numbers of an
/// observable next to each other.
fn made(weights: &StateDict, layer: usize, config: &FlowConfig) -> Result<Vec<f32>> {
    let (m, p) = (config.n_observables, config.n_parameters);
    let tensor = |name: &str, shape: &[usize]| weights.values(&format!("mades.{layer}.{name}"), shape);
    let mut values = Vec::new();
    let mut inputs = m;
    for (depth, &width) in config.hidden.iter().enumerate() {
        values.extend(tensor(&format!("Ws.{depth}"), &[inputs, width])?);
        if depth == 0 {
            values.extend(tensor("Wx", &[p, width])?);
        }
        values.extend(tensor(&format!("bs.{depth}"), &[width])?);
        inputs = width;
    }
    values.extend(alternating(tensor("Wm", &[inputs, m])?, tensor("Wp", &[inputs, m])?));
    values.extend(alternating(tensor("bm", &[m])?, tensor("bp", &[m])?));
    Ok(values)
}

/// One number of each, in turn.
fn alternating<'a>(first: &'a [f32], second: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    first.iter().zip(second).flat_map(|(first, second)| [*first, *second])
}
