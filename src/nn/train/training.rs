//! A whole training: from a method, events and settings to a network and the record of how it came about.

use burn::module::Module;
use burn::tensor::Device;
use motherlode_core::Progress;

use super::batch_loader::WindowLoader;
use super::checkpoint::CheckpointKeeper;
use super::data_scan::append;
use super::posterior_start;
use super::row_source::{EventBlock, RowSources};
use super::{DataScan, Finding, Labels, Objective, Rows, ScoreScale, Settings, Task, TrainingPlan, check_gold, fit};
use crate::certificate::{self, Examination};
use crate::{Architecture, Expansion, Head, Method, Network, Provenance, RatioErrors, Scaling, TrainingData};
use motherlode_core::dataset::{AugmentedData, Events};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Relabeler;
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
    let plan = TrainingPlan::new(method, data, settings, progress)?;
    let (header, n_events) = (data.events.header(), data.events.n_events());
    let derived_by = (method.learns_derivatives())
        .then(|| required(data.simulator))
        .transpose()?;
    let scan = scan(data.events, method, &plan, progress)?;
    let train = EventBlock::new(scan.fitted, 0, derived_by, progress)?;
    let held_out = plan.settings.certificate.then(|| scan.validation.clone());
    let validation = EventBlock::new(scan.validation, VALIDATION, derived_by, progress)?;

    let augmentation = posterior_start::augmentation(method, data, progress)?;
    let mut architecture = match method.learns_posterior() {
        true => {
            posterior_start::architecture(data, &plan, &scan.scaling, &train.data, augmentation.as_ref(), progress)?
        }
        false => Architecture::for_method(method, header, &plan.settings, &scan.scaling, scan.observations.view())?,
    };
    if let (Some(simulator), Some(derivatives)) = (derived_by, &train.derivatives) {
        let theta_ref = validation.data.theta0.row(0).to_vec();
        architecture = Architecture::Expansion(Expansion::around(architecture, simulator, theta_ref, derivatives)?);
    }
    let seed = plan.settings.seed;
    let train = train.spread(architecture.counting(), seed);
    let validation = validation.spread(architecture.counting(), seed);
    let relabeled = plan.settings.labels == Some(Labels::Relabeled);
    let relabeler = data
        .simulator
        .filter(|_| relabeled)
        .map(|by| Relabeler::new(by, header));
    let relabeler = relabeler.transpose()?;
    let score_scale = score_scale(method, &plan, &train.data, &scan.scaling);
    let sources = RowSources {
        method,
        settings: &plan.settings,
        scaling: &scan.scaling,
        architecture: &architecture,
        relabeler: relabeler.as_ref(),
        derived_by,
        augmentation: augmentation.as_ref(),
        score_scale: score_scale.as_ref(),
    };
    let whole = (plan.windows.count() == 1).then_some(train);
    let validation = sources.validation_rows(&validation, progress)?;
    let ratio_errors = plan.settings.ratio_errors;
    let ratio_errors = ratio_errors.unwrap_or_else(|| RatioErrors::suited_to(scan.effective_share));
    let objective = Objective {
        method,
        head: plan.settings.head,
        ratio_errors,
        alpha: alpha(method, &plan.settings, &validation),
        n_parameters: header.parameters.len(),
    };

    let events = (header, n_events, scan.fingerprint);
    let training = (env!("CARGO_PKG_VERSION"), method, events, &plan.settings, &architecture);
    let keeper = data
        .checkpoint()
        .map(|path| CheckpointKeeper::new(&path, &training))
        .transpose()?;
    let from = keeper.as_ref().map_or(Ok(None), CheckpointKeeper::load)?;
    let start = from.as_ref().map(|checkpoint| checkpoint.state.cursor);
    let device = Device::flex().autodiff();
    let network = architecture.init(plan.settings.seed, &device)?;
    let loader = WindowLoader {
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
    let fitted = loader.run(start.unwrap_or_default(), whole.as_ref(), progress, |batches| {
        one_thread(|| fit(network, from, batches, task, progress))?
    })?;

    let heavy = Finding::in_weights(scan.effective_share, ratio_errors).into_iter();
    let of_inputs = Finding::in_inputs(&plan, scan.scaling.n_features(), &scan.constant);
    let unresolved = plan.unresolved.clone();
    let network = Network {
        net: fitted.network.valid(),
        scaling: scan.scaling.clone(),
        architecture: architecture.clone(),
    };
    let examination = held_out.as_ref().map(|events| Examination {
        method,
        network: &network,
        settings: &plan.settings,
        n_events,
        events,
        rows: &validation,
        simulator: data.simulator,
        held_out_rows: plan.held_out.rows(),
        ranges: scan.ranges.as_ref(),
    });
    let certificate = examination
        .map(|examination| one_thread(|| examination.run(progress))?)
        .transpose()?
        .flatten();
    let examined = certificate
        .iter()
        .flat_map(|found| certificate::findings(found, &header.parameters));
    let provenance = Provenance {
        method,
        data: header.clone(),
        n_events: n_events as usize,
        steps: fitted.steps,
        best_step: fitted.best_step,
        score_scaled: score_scale.is_some(),
        curve: fitted.curve,
        findings: heavy
            .chain(unresolved)
            .chain(of_inputs)
            .chain(fitted.findings)
            .chain(examined)
            .collect(),
        certificate,
        settings: Settings {
            alpha: Some(objective.alpha),
            ratio_errors: method.regresses_ratio().then_some(ratio_errors),
            ..plan.settings.clone()
        },
    };
    Ok((network, provenance))
}

/// Scans the events; those of a file that fit into memory are read once for the scan and for the training.
fn scan(events: Events, method: Method, plan: &TrainingPlan, progress: &dyn Progress) -> Result<DataScan> {
    match events {
        Events::File(_) if plan.windows.count() == 1 => {
            let mut whole = None;
            for block in plan.windows.all() {
                progress.check()?;
                append(&mut whole, events.portion(block, plan.fields, progress)?.into_owned());
            }
            let whole = whole.ok_or_else(|| Error::data("there are no events"))?;
            DataScan::new(Events::Memory(&whole), method, plan, progress)
        }
        _ => DataScan::new(events, method, plan, progress),
    }
}

/// The simulator, for a method whose labels are in no file.
fn required(simulator: Option<&dyn Instrumented>) -> Result<&dyn Instrumented> {
    simulator.ok_or_else(|| {
        Error::data(
            "derivatives are learned from second derivatives along the paths of the events, which take the simulator: train \
             where it is registered, or choose sally",
        )
    })
}

/// Sizes of the scores, where they differ much between the hypotheses that a network with one hypothesis learns at.
fn score_scale(method: Method, plan: &TrainingPlan, events: &AugmentedData, scaling: &Scaling) -> Option<ScoreScale> {
    let one_hypothesis = method.takes_theta(&events.header.design) && plan.settings.head != Head::Antisymmetric;
    let learns = method.needs_score() && !method.learns_derivatives() && one_hypothesis;
    (learns && plan.settings.alpha.is_none())
        .then(|| ScoreScale::fit(events, scaling))
        .flatten()
}

/// The weight α of the score term.
fn alpha(method: Method, settings: &Settings, validation: &Rows) -> f64 {
    let by_data = || default_alpha(method, validation.mean_square_score());
    settings.alpha.unwrap_or_else(by_data)
}

/// The weight α of the score term, if the settings leave it to the data.
fn default_alpha(method: Method, mean_square_score: f64) -> f64 {
    let spec = method.spec();
    match spec.loss.is_some() && mean_square_score > 0.0 {
        true => spec.score_weight / mean_square_score,
        false => 0.0,
    }
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    Ok(pool
        .map_err(|error| Error::training(format!("cannot start a training thread: {error}")))?
        .install(work))
}
