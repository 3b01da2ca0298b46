//! The training loop.

use burn::tensor::Device;
use motherlode_core::Progress;

use super::batch_loader::BatchLoader;
use super::checkpoint::{Checkpoint, CheckpointKeeper};
use super::early_stopping::KeptWeights;
use super::trainer::{Candidates, scalar};
use super::{Finding, Objective, Rows, Settings, Trainer, TrainingState};
use crate::batch::Batch;
use crate::network::floats;
use crate::{Curve, Net};
use motherlode_core::error::{Error, ErrorKind, Result};

/// Number of validations in a training.
const CHECKS: usize = 50;
/// The fewest blocks of validation events; their losses tell how far a difference is chance.
const BLOCKS: usize = 20;
/// The most rows evaluated at once.
const EVALUATION_BATCH: usize = 2_048;

/// A trained network and how it got there.
pub(crate) struct Fitted {
    pub network: Net,
    pub curve: Curve,
    pub steps: usize,
    pub best_step: usize,
    pub findings: Vec<Finding>,
}

/// Inputs of a training besides the network and the batches.
pub(crate) struct Task<'a> {
    pub objective: Objective,
    pub validation: &'a Rows,
    pub settings: &'a Settings,
    /// An autodiff device.
    pub device: &'a Device,
    /// Keeps what is needed to go on after an interruption.
    pub keeper: Option<CheckpointKeeper>,
}

/// Trains `network` (on an autodiff device) and returns it with its last weights or, if these are worse beyond chance, with
/// those of the lowest validation loss.
///
/// Weights are averaged over the last steps before they are validated: single steps follow the noise of their batch. From a
/// checkpoint, training goes on as if it had never been interrupted, provided that `batches` starts at its cursor. If the loss
/// stops being a number, training stops, and the weights validated before are all there is to choose from.
///
/// # Errors
/// If the loss stops being a number before the first validation, the checkpoint is not of this network, or `progress` stops the
/// training: after the step at hand, with a checkpoint.
pub(crate) fn fit(
    network: Net,
    from: Option<Checkpoint>,
    batches: &mut BatchLoader<'_>,
    mut task: Task<'_>,
    progress: &dyn Progress,
) -> Result<Fitted> {
    let settings = task.settings;
    let mut trainer = Trainer::new(network, task.objective, settings);
    let (mut at, mut candidates) = match from {
        Some(checkpoint) => {
            progress.report(checkpoint.state.step as u64, settings.planned_steps() as u64);
            trainer.resume(checkpoint)?
        }
        None => Default::default(),
    };
    let planned = settings.planned_steps();
    let every = planned.div_ceil(CHECKS);
    while !at.over {
        let due = at.is_validation_due(every, planned);
        let done = match due {
            true => validate(&trainer, &mut at, &mut candidates, &task, progress),
            false => step(&mut trainer, &mut at, batches, &task),
        };
        let done = done.and_then(|()| if at.over || due { Ok(()) } else { progress.check() });
        let stopped = done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Interrupted);
        if at.over || stopped || task.keeper.as_ref().is_some_and(CheckpointKeeper::is_due) {
            save(&trainer, &at, &candidates, &mut task)?;
        }
        done?;
    }
    finish(at, candidates, &task, progress)
}

/// Takes a step.
fn step(trainer: &mut Trainer, at: &mut TrainingState, batches: &mut BatchLoader<'_>, task: &Task<'_>) -> Result<()> {
    let batch = batches.next_batch(at.step)?.into_batch(task.device);
    let loss = trainer.step(batch, task.settings.learning_rate_at(at.step));
    at.count(loss, batches.cursor());
    Ok(())
}

/// Writes a checkpoint, if one is kept and this state can be resumed from.
fn save(trainer: &Trainer, at: &TrainingState, candidates: &Candidates, task: &mut Task<'_>) -> Result<()> {
    let resumable = at.running.is_finite() && at.diverged.is_none_or(|_| at.best.is_some());
    match task.keeper.as_mut().filter(|_| resumable) {
        Some(keeper) => keeper.save(&trainer.checkpoint(at, candidates)),
        None => Ok(()),
    }
}

/// Judges the averaged weights of this step. If `progress` stops it, nothing has changed.
fn validate(
    trainer: &Trainer,
    at: &mut TrainingState,
    candidates: &mut Candidates,
    task: &Task<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let (steps, patience) = (task.settings.planned_steps(), task.settings.patience);
    let network = trainer.averaged();
    let losses = evaluate(&network, &task.objective, task, progress)?;
    progress.report(at.step as u64, steps as u64);
    let record = at.record_validation(losses, task.objective.method, steps, patience);
    if at.diverged.is_none() {
        if record {
            candidates.best = Some(network.clone());
        }
        candidates.last = Some(network);
    }
    Ok(())
}

/// Chooses among the weights, and collects the warnings.
fn finish(at: TrainingState, candidates: Candidates, task: &Task<'_>, progress: &dyn Progress) -> Result<Fitted> {
    let method = task.objective.method;
    let kept = at.kept(method).and_then(|(kept, validated)| {
        let network = match kept {
            KeptWeights::Best => candidates.best,
            KeptWeights::Last => candidates.last,
        };
        Some((network?, validated.step, validated.loss()))
    });
    let Some((network, best_step, loss)) = kept else {
        task.keeper.iter().for_each(CheckpointKeeper::discard);
        return Err(no_number(&task.objective, at.step));
    };
    Ok(Fitted {
        findings: findings(&at, &network, (best_step, loss), task, progress)?,
        network,
        best_step,
        steps: at.curve.step.last().copied().unwrap_or(0),
        curve: at.curve,
    })
}

/// Warnings about a training that kept `network`, of this step and this loss.
fn findings(
    at: &TrainingState,
    network: &Net,
    (best_step, loss): (usize, f64),
    task: &Task<'_>,
    progress: &dyn Progress,
) -> Result<Vec<Finding>> {
    let objective = task.objective;
    let diverged = at.diverged.map(|step| Finding::Diverged { step, best_step });
    let outputs = objective.method.spec().log_ratio_limit.map(|limit| {
        let outputs = by_blocks(task, progress, |batch| floats(network.forward(batch.inputs)))?.concat();
        let rows = task.validation;
        let labels = objective
            .method
            .has_soft_labels()
            .then_some([&rows.numerator[..], &rows.denominator[..]]);
        let saturated = Finding::in_outputs(&outputs, labels, limit);
        let classes = objective
            .method
            .only_classifies()
            .then(|| Finding::in_classes(&outputs))
            .flatten();
        Ok::<_, Error>([saturated, classes])
    });
    let term = objective.without_score().map(|rest| {
        let losses = evaluate(network, &rest, task, progress)?;
        let without = losses.iter().sum::<f64>() / losses.len() as f64;
        Ok::<_, Error>(Finding::in_loss(loss, without, objective.alpha))
    });
    let (outputs, term) = (outputs.transpose()?.into_iter().flatten(), term.transpose()?.flatten());
    let curve = Finding::in_curve(&at.curve, best_step, task.settings.planned_steps()).filter(|_| diverged.is_none());
    let before = std::iter::once(diverged).chain(outputs);
    Ok(before.chain([term, curve]).flatten().collect())
}

/// The mean loss of each block of events.
fn evaluate(network: &Net, objective: &Objective, task: &Task<'_>, progress: &dyn Progress) -> Result<Vec<f64>> {
    by_blocks(task, progress, |batch| scalar(&objective.loss(network, batch)))
}

/// Applies `measure` to each block of validation events; block sizes differ by at most one event. Between blocks, `progress` can stop it.
fn by_blocks<T>(task: &Task<'_>, progress: &dyn Progress, measure: impl Fn(Batch) -> T) -> Result<Vec<T>> {
    let (rows, device) = (task.validation, task.device.clone().inner());
    let n = rows.n_events();
    let blocks = BLOCKS.max((n * rows.per_event).div_ceil(EVALUATION_BATCH)).min(n);
    let block = |block: usize| {
        progress.check()?;
        let events: Vec<u32> = (block * n / blocks..(block + 1) * n / blocks)
            .map(|event| event as u32)
            .collect();
        Ok(measure(rows.gather(&events).into_batch(&device)))
    };
    (0..blocks).map(block).collect()
}

fn no_number(objective: &Objective, step: usize) -> Error {
    let remedy = match objective.method.needs_ratio() {
        true => "lower --learning-rate, set --clip, or choose alice or alices, whose labels are bounded",
        false => "lower --learning-rate or set --clip",
    };
    Error::training(format!(
        "the loss of {} is no number any more after {step} steps: {remedy}",
        objective.method
    ))
}

#[cfg(test)]
mod tests;
