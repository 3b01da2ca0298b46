//! The network of one estimator of MadMiner, with the scaling of its inputs.

use std::collections::BTreeSet;

use super::perceptron::Perceptron;
use super::{ImportOptions, flow};
use crate::imported::madminer_files::{EstimatorType, SavedEstimator};
use crate::input::Inputs;
use crate::network::Antisymmetric;
use crate::trained::Network;
use crate::{Activation, Architecture, Net, Scaling};
use motherlode_core::error::{Error, Result};

/// The network, and what is remarkable about it.
///
/// Settings are compared with the weights before anything is made of their size.
pub(super) fn read(saved: &SavedEstimator, options: &ImportOptions) -> Result<(Network, Vec<String>)> {
    let mut remarks = Vec::new();
    check_kind(saved)?;
    let activation = activation(saved, &mut remarks)?;
    let (architecture, net, scaling) = match saved.settings.estimator_type {
        EstimatorType::Likelihood => {
            let (architecture, net) = flow(saved, activation)?;
            (architecture, net, scaling(saved, options, &mut remarks)?)
        }
        _ => {
            let perceptron = perceptron(saved, activation)?;
            let scaling = scaling(saved, options, &mut remarks)?;
            let (architecture, net) = arranged(saved, perceptron, scaling.inputs.n_observables())?;
            (architecture, net, scaling)
        }
    };
    let network = Network {
        architecture,
        net,
        scaling,
    };
    Ok((network, remarks))
}

fn check_kind(saved: &SavedEstimator) -> Result<()> {
    let refused = |what: String| Err(Error::file(saved.weights.path(), what));
    let settings = &saved.settings;
    if settings.components.is_some() {
        return refused("is a morphing-aware estimator, which is not read: train a parameterised one".into());
    }
    // MadMiner counts dropout among the layers, before each of which but the first the activation is applied.
    if settings.dropout_prob > 0.0 {
        return refused(format!(
            "was trained with dropout ({}): MadMiner then applies the activation to the inputs too, and twice between layers; \
             such a network is not read: train again with `dropout_prob=0`",
            settings.dropout_prob
        ));
    }
    match settings.nuisance_mode_default.as_deref() {
        None | Some("keep") => {}
        Some(mode) => {
            return refused(format!(
                "answers with the score after nuisance parameters were removed (`{mode}`), which is not read: save it again after \
                 setting `nuisance_mode_default` to \"keep\""
            ));
        }
    }
    if settings.n_observables == 0 || settings.n_parameters == 0 {
        return refused("has no observables or no parameters".into());
    }
    Ok(())
}

fn activation(saved: &SavedEstimator, remarks: &mut Vec<String>) -> Result<Activation> {
    match saved.settings.activation.as_str() {
        "tanh" => Ok(Activation::Tanh),
        "softplus" => Ok(Activation::Softplus),
        "relu" => Ok(Activation::Relu),
        "sigmoid" => {
            remarks.push("its activation is called sigmoid, by which MadMiner means relu; here it is relu too".into());
            Ok(Activation::Relu)
        }
        "lrelu" => Ok(Activation::LeakyRelu),
        "elu" => Ok(Activation::Elu),
        "selu" => Ok(Activation::Selu),
        "log_sigmoid" => Ok(Activation::LogSigmoid),
        other => Err(Error::file(
            saved.weights.path(),
            format!(
                "has the activation `{other}`, which is not read: tanh, softplus, relu, lrelu, elu, selu and log_sigmoid are"
            ),
        )),
    }
}

/// Inputs of the network: all columns of x, scaled, of which it may not use all.
fn inputs(saved: &SavedEstimator, options: &ImportOptions, remarks: &mut Vec<String>) -> Result<Inputs> {
    let settings = &saved.settings;
    let named = options.observables.as_ref().map(Vec::len);
    let columns = match (&settings.features, &saved.x, named) {
        (None, ..) => settings.n_observables,
        (Some(_), Some(x), _) if !x.is_identity() => x.means.len(),
        (Some(_), _, Some(named)) => named,
        (Some(_), _, None) => {
            return Err(Error::usage(
                "this estimator sees some columns of x, and no file says how many there are: name all of them with --observables",
            ));
        }
    };
    let unscaled = || (vec![0.0; columns], vec![1.0; columns]);
    let (means, sds) = match &saved.x {
        Some(x) if x.means.len() == columns => (x.means.clone(), x.sds.clone()),
        Some(x) if x.is_identity() => {
            remarks.push(
                "x was not scaled; MadMiner has saved that with one entry for each training event instead of each observable, and \
                 cannot evaluate what it has saved. Here x enters as it is"
                    .into(),
            );
            unscaled()
        }
        Some(x) => {
            let found = x.means.len();
            let what = format!("belongs to {columns} columns of x, but their scaling has {found} entries");
            return Err(Error::file(saved.weights.path(), what));
        }
        None => {
            remarks.push(
                "no scaling of x lies beside the weights (`_x_means.npy`, `_x_stds.npy`), so x enters as it is, as in MadMiner: if \
                 these files were left behind, import again with them"
                    .into(),
            );
            unscaled()
        }
    };
    let mut inputs = Inputs::standardised(&means, &sds);
    if let Some(names) = &options.observables {
        inputs.name(names);
    }
    Ok(inputs)
}

/// Inputs of the network, and the scaling of θ with which MadMiner evaluates, or that of its training.
fn scaling(saved: &SavedEstimator, options: &ImportOptions, remarks: &mut Vec<String>) -> Result<Scaling> {
    let inputs = inputs(saved, options, remarks)?;
    let (p, scale_theta) = (saved.settings.n_parameters, options.scale_theta);
    let forgotten = matches!(
        saved.settings.estimator_type,
        EstimatorType::DoubleParameterizedRatio | EstimatorType::Likelihood
    );
    let (mut theta_mean, mut theta_sd) = (vec![0.0; p], vec![1.0; p]);
    if let Some(theta) = saved.theta.as_ref() {
        if theta.means.len() != p {
            let found = theta.means.len();
            let what = format!("belongs to {p} parameters, but their scaling has {found} entries");
            return Err(Error::file(saved.weights.path(), what));
        }
        if !forgotten || scale_theta {
            (theta_mean, theta_sd) = (theta.means.clone(), theta.sds.clone());
        }
        if forgotten {
            remarks.push(match scale_theta {
                true => "theta is scaled as in training, as --scale-theta asks; MadMiner's own evaluation forgets to, so the answers \
                         differ from its: they are what the network has learned"
                    .into(),
                false => "MadMiner scaled theta in training, but does not when it evaluates this type of estimator. The answers here \
                          are MadMiner's: those of the network at other hypotheses than the ones asked for. For what it has \
                          learned, import again with --scale-theta"
                    .to_owned(),
            });
        }
    } else if scale_theta {
        return Err(Error::usage(
            "no scaling of theta was saved with this estimator: leave out --scale-theta",
        ));
    }
    Ok(Scaling {
        inputs,
        theta_mean,
        theta_sd,
    })
}

fn flow(saved: &SavedEstimator, activation: Activation) -> Result<(Architecture, Net)> {
    match &saved.settings.features {
        Some(_) => Err(Error::file(
            saved.weights.path(),
            "is a likelihood of some columns of x, which is not read: train it on a file with these columns alone",
        )),
        None => flow::read(saved, activation),
    }
}

/// The perceptron, if it has the shape that its settings need.
fn perceptron(saved: &SavedEstimator, activation: Activation) -> Result<Perceptron> {
    let settings = &saved.settings;
    let outputs = match settings.estimator_type {
        EstimatorType::Score => settings.n_parameters,
        _ => 1,
    };
    let perceptron = Perceptron::read(&saved.weights, "layers", activation)?;
    let needed = (
        n_thetas(saved).saturating_add(settings.n_observables),
        settings.n_hidden.as_slice(),
        outputs,
    );
    let config = &perceptron.config;
    let found = (config.inputs, config.hidden.as_slice(), config.outputs);
    match found == needed {
        true => Ok(perceptron),
        false => Err(Error::file(
            saved.weights.path(),
            format!(
                "holds a perceptron of {} inputs, hidden layers {:?} and {} outputs, but its settings need {}, {:?} and {}",
                found.0, found.1, found.2, needed.0, needed.1, needed.2
            ),
        )),
    }
}

/// Inputs of a perceptron that are parameters: they come first in MadMiner.
fn n_thetas(saved: &SavedEstimator) -> usize {
    let hypotheses = match saved.settings.estimator_type {
        EstimatorType::Score => 0,
        EstimatorType::DoubleParameterizedRatio => 2,
        EstimatorType::ParameterizedRatio | EstimatorType::Likelihood => 1,
    };
    saved.settings.n_parameters.saturating_mul(hypotheses)
}

/// The perceptron with its inputs in the order of this crate: all columns of x, then θ.
fn arranged(saved: &SavedEstimator, perceptron: Perceptron, columns: usize) -> Result<(Architecture, Net)> {
    let (settings, n_thetas) = (&saved.settings, n_thetas(saved));
    let (m, p) = (settings.n_observables, settings.n_parameters);
    let features = match &settings.features {
        Some(features) => features.clone(),
        None => (0..m).collect(),
    };
    let distinct: BTreeSet<_> = features.iter().collect();
    if features.len() != m || distinct.len() != m || features.iter().any(|column| *column >= columns) {
        let what = format!("sees the columns {features:?} of x, but should see {m} of {columns}, each once");
        return Err(Error::file(saved.weights.path(), what));
    }
    let place = |column| {
        features
            .iter()
            .position(|feature| *feature == column)
            .map(|at| n_thetas + at)
    };
    let from: Vec<_> = (0..columns).map(place).chain((0..n_thetas).map(Some)).collect();
    let perceptron = perceptron.with_inputs(&from);
    let config = perceptron.config.clone();
    Ok(match settings.estimator_type {
        EstimatorType::DoubleParameterizedRatio => (
            Architecture::Antisymmetric {
                antisymmetric: config,
                n_parameters: p,
            },
            Net::Antisymmetric(Antisymmetric::new(perceptron.build(), p)),
        ),
        _ => (Architecture::Perceptron(config), Net::Perceptron(perceptron.build())),
    })
}
