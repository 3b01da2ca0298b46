//! A whole training: from a method, events and settings to a network and the record of how it came about.

use burn::module::Module;
use burn::tensor::Device;
use motherlode_core::Progress;

use super::checkpoint::Keeper;
use super::feed::Loader;
use super::source::{Portion, Sources};
use super::{Finding, Labels, Objective, Plan, Rows, Settings, Survey, Task, check_gold, fit};
use crate::{Architecture, Expansion, Loss, Method, Network, Provenance, TrainingData};
use motherlode_core::dataset::Events;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Recall;
use motherlode_core::trace::Instrumented;

/// The number of the portion of the validation events, which no event has.
const VALIDATION: u64 = u64::MAX >> 16;

/// Trains the network of `method`, on one thread: two trainings side by side are faster than one on two threads, and
/// the result does not depend on how many threads there are.
///
/// # Errors
/// If the settings make no sense, the data lack what the method needs or cannot be read, the checkpoint is of another
/// training, or the loss stops being a number.
pub(crate) fn train_network(
    method: Method,
    data: TrainingData<'_>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<(Network, Provenance)> {
    settings.check()?;
    check_gold(data.events, method)?;
    let plan = Plan::new(method, data, settings)?;
    let (header, n_events) = (data.events.header(), data.events.n_events());
    let derived_by = (method == Method::Derivatives)
        .then(|| required(data.simulator))
        .transpose()?;
    let survey = survey(data.events, method, &plan)?;
    let train = Portion::new(survey.fitted, 0, derived_by)?;
    let validation = Portion::new(survey.validation, VALIDATION, derived_by)?;

    let observations = survey.observations.view();
    let mut architecture = Architecture::of(method, header, &plan.settings, &survey.scaling, observations)?;
    if let (Some(simulator), Some(derivatives)) = (derived_by, &train.derivatives) {
        let theta_ref = validation.data.theta0.row(0).to_vec();
        architecture = Architecture::Expansion(Expansion::around(architecture, simulator, theta_ref, derivatives)?);
    }
    let recalled = plan.settings.labels == Some(Labels::Recalled);
    let recall = data.simulator.filter(|_| recalled).map(|by| Recall::new(by, header));
    let recall = recall.transpose()?;
    let sources = Sources {
        method,
        settings: &plan.settings,
        scaling: &survey.scaling,
        architecture: &architecture,
        recall: recall.as_ref(),
        derived_by,
    };
    let validation = sources.questions(&validation)?;
    let objective = objective(method, &plan.settings, &validation, header.parameters.len());

    let events = (header, n_events, survey.fingerprint);
    let training = (env!("CARGO_PKG_VERSION"), method, events, &plan.settings, &architecture);
    let keeper = data
        .checkpoint()
        .map(|path| Keeper::new(&path, &training))
        .transpose()?;
    let from = keeper.as_ref().map_or(Ok(None), Keeper::load)?;
    let start = from.as_ref().map(|checkpoint| checkpoint.standing.cursor);
    let device = Device::flex().autodiff();
    let network = architecture.init(plan.settings.seed, &device)?;
    let loader = Loader {
        events: data.events,
        plan: &plan,
        sources,
    };
    let task = Task {
        objective,
        validation: &validation,
        settings: &plan.settings,
        device: &device,
        keeper,
    };
    let whole = (plan.windows.count() == 1).then_some(train);
    let fitted = loader.feed(start.unwrap_or_default(), whole, |feed| {
        one_thread(|| fit(network, from, feed, task, progress))?
    })?;

    let heavy = Finding::in_weights(survey.effective_share);
    let unresolved = plan.unresolved.map(|points| Finding::Unresolved { points, recalled });
    let provenance = Provenance {
        method,
        data: header.clone(),
        n_events: n_events as usize,
        steps: fitted.steps,
        best_step: fitted.best_step,
        curve: fitted.curve,
        findings: heavy.into_iter().chain(unresolved).chain(fitted.findings).collect(),
        settings: Settings {
            alpha: Some(objective.alpha),
            ..plan.settings.clone()
        },
    };
    let network = Network {
        net: fitted.network.valid(),
        scaling: survey.scaling.clone(),
        architecture: architecture.clone(),
    };
    Ok((network, provenance))
}

/// The first pass; events of a file that fit into memory are read once for it and for the training.
fn survey(events: Events, method: Method, plan: &Plan) -> Result<Survey> {
    match events {
        Events::File(_) if plan.windows.count() == 1 => {
            let data = events.portion(0..events.n_events(), plan.fields)?;
            Survey::of(Events::Memory(&data), method, plan)
        }
        _ => Survey::of(events, method, plan),
    }
}

/// The simulator, for a method whose labels are in no file.
fn required(simulator: Option<&dyn Instrumented>) -> Result<&dyn Instrumented> {
    simulator.ok_or_else(|| {
        Error::usage(
            "derivatives are learned from second derivatives along the paths of the events, which take the simulator: train \
             where it is registered, or choose sally",
        )
    })
}

fn objective(method: Method, settings: &Settings, validation: &Rows, n_parameters: usize) -> Objective {
    Objective {
        method,
        head: settings.head,
        alpha: settings
            .alpha
            .unwrap_or_else(|| default_alpha(method, validation.mean_square_score())),
        n_parameters,
    }
}

/// The weight of the score term, when it is left to the data: α = weight / ⟨t²⟩ for standardised parameters, so that
/// the two terms are of comparable size whatever the units and the spread of the parameters.
fn default_alpha(method: Method, mean_square_score: f64) -> f64 {
    let weight = match method.loss() {
        Some(Loss::Ratio) => 1.0,      // the squared ratio is noisier than a cross-entropy
        Some(Loss::Likelihood) => 0.5, // and a likelihood a little
        Some(_) => 0.3,
        None => return 0.0,
    };
    if mean_square_score > 0.0 {
        weight / mean_square_score
    } else {
        0.0
    }
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    Ok(pool
        .map_err(|error| Error::training(format!("cannot start a training thread: {error}")))?
        .install(work))
}
