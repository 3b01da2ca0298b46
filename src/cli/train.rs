//! `motherlode train`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Registry;
use super::say::Say;
use super::settings::SettingsOptions;
use crate::dataset::AugmentedData;
use crate::error::{Error, Result};
use crate::estimator::{Ensemble, Method, Model, Provenance, TrainingData};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The method: carl, nre, cnre, bnre, rolr, alice, calice, cascal, rascal, alices, calices, sally, derivatives, nde
    /// or scandal.
    method: Method,
    /// The data set.
    file: PathBuf,
    /// The model file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
    /// The seed of the initial weights, the validation split and the order of the events.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Train this many networks, with the seeds that follow, and keep them as one ensemble.
    #[arg(long, value_name = "N", default_value_t = 1)]
    members: usize,
    #[command(flatten)]
    settings: SettingsOptions,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    let settings = options.settings.settings(options.seed);
    settings.check()?;
    if options.output.exists() && !options.force {
        return Err(Error::exists(&options.output));
    }
    let data = AugmentedData::read(&options.file)?;
    let mut progress = say.progress(options.method.name());
    let mut show = |done: usize, total: usize| progress.show(done as u64, total as u64);
    let simulator = registry
        .iter()
        .find(|simulator| simulator.name() == data.header.simulator);
    let recalled = match simulator {
        Some(simulator) => data.recalled_by(simulator.as_ref()),
        None => TrainingData::from(&data),
    };
    let model = match options.members {
        1 => Model::train(options.method, recalled, &settings, &mut show)?,
        n => Model::Ensemble(Ensemble::train(options.method, recalled, &settings, n, &mut show)?),
    };
    drop(progress);
    model.write(&options.output, options.force)?;
    let members: Vec<&Provenance> = model.members().iter().map(Model::provenance).collect();
    let (words, mut json) = match members[..] {
        [single] => single_result(options.method, single),
        _ => ensemble_result(options.method, &members),
    };
    json["file"] = json!(options.output);
    say.result(&format!("{words}\nwrote {}", options.output.display()), json)
}

fn single_result(method: Method, provenance: &Provenance) -> (String, Value) {
    let words = format!(
        "trained {method} on {} events: {}",
        provenance.n_events,
        course(provenance)
    );
    let loss = best_loss(provenance);
    (words, json!({ "validation_loss": loss, "provenance": provenance }))
}

fn ensemble_result(method: Method, members: &[&Provenance]) -> (String, Value) {
    let mut words = format!(
        "trained {} members of {method} on {} events",
        members.len(),
        members[0].n_events
    );
    for provenance in members {
        words += &format!("\nseed {}: {}", provenance.settings.seed, course(provenance));
    }
    let members: Vec<Value> = members
        .iter()
        .map(|provenance| json!({ "validation_loss": best_loss(provenance), "provenance": provenance }))
        .collect();
    (words, json!({ "members": members }))
}

/// The lowest validation loss, which is that of the weights that were kept.
fn best_loss(provenance: &Provenance) -> Option<f64> {
    let curve = &provenance.curve;
    let best = curve.step.iter().position(|&step| step == provenance.best_step);
    best.map(|at| curve.validation[at])
}

fn course(provenance: &Provenance) -> String {
    format!(
        "{} steps, best validation loss {:.6} at step {}",
        provenance.steps,
        best_loss(provenance).unwrap_or(f64::NAN),
        provenance.best_step
    )
}
