//! `motherlode train`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Registry;
use super::say::Say;
use super::settings::SettingsOptions;
use crate::dataset::AugmentedData;
use crate::error::{Error, Result};
use crate::estimator::{Method, Model, TrainingData};

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
    let model = Model::train(options.method, recalled, &settings, &mut show)?;
    drop(progress);
    model.write(&options.output, options.force)?;
    let provenance = model.provenance();
    let best = provenance
        .curve
        .step
        .iter()
        .position(|&step| step == provenance.best_step);
    let loss = best.map(|at| provenance.curve.validation[at]);
    let words = format!(
        "trained {} on {} events: {} steps, best validation loss {:.6} at step {}\nwrote {}",
        options.method,
        provenance.n_events,
        provenance.steps,
        loss.unwrap_or(f64::NAN),
        provenance.best_step,
        options.output.display(),
    );
    say.result(
        &words,
        json!({ "file": options.output, "validation_loss": loss, "provenance": provenance }),
    )
}
