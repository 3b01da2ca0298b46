//! `motherlode train`: trains an estimator on a data set.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::console::{Console, check_no_input, warning_lines};
use super::training_options::TrainingOptions;
use super::{Registry, SimulatorName, open_simulator};
use crate::count::count;
use motherlode_core::OutputLock;
use motherlode_core::dataset::Reader;
use motherlode_core::error::Result;
use motherlode_nn::{Ensemble, Method, Model, Provenance, Settings, TrainingData};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Method: carl, nre, cnre, bnre, rolr, alice, calice, cascal, rascal, alices, calices, sally, sallino, derivatives, nde, scandal, npe
    /// or anpe.
    method: Method,
    /// Data set to train on.
    file: PathBuf,
    /// Model file to write; an interrupted training resumes from FILE.training.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output if it exists.
    #[arg(long)]
    force: bool,
    /// Seed of the initial weights, the validation split and the order of the events.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of networks to train as one ensemble, with consecutive seeds.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count::<usize>)]
    members: usize,
    /// Memory for the events of each network in training, in MiB; a larger data set is read from its file during training, in an
    /// order that depends on this number, as the weights then do.
    #[arg(long, value_name = "MIB", default_value_t = Settings::default().memory >> 20, value_parser = count::<u64>)]
    memory: u64,
    /// Omit the examination of the network on held-out and simulated data, whose result the model file stores.
    #[arg(long)]
    no_certificate: bool,
    #[command(flatten)]
    settings: TrainingOptions,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let mut settings = Settings {
        memory: options.memory.saturating_mul(1 << 20),
        certificate: !options.no_certificate,
        ..options.settings.settings(options.seed)
    };
    settings.check()?;
    check_no_input(Some(&options.output), [&*options.file])?;
    let _lock = OutputLock::new_file(&options.output, options.force)?;
    let reader = Reader::open(&options.file)?;
    let state = state_file(&options.output);
    let mut data = TrainingData::from(&reader).resumed_from(&state);
    // The simulator is needed for labels at fresh hypotheses only; another program may have mined the file.
    let source = open_simulator(registry, &SimulatorName::from(reader.header()));
    if let Ok(simulator) = &source {
        data = data.with_simulator(&**simulator);
        settings = settings.with_labels_for(&**simulator);
    }
    let resumed_at = data.interrupted_at();
    let progress = console.progress(options.method.name());
    let model = match options.members {
        1 => Model::train(options.method, data, &settings, &progress)?,
        n => Model::Ensemble(Ensemble::train(options.method, data, &settings, n, &progress)?),
    };
    drop(progress);
    model.write(&options.output, options.force)?;
    data.remove_checkpoints()?;
    let members: Vec<&Provenance> = model.members().iter().filter_map(Model::provenance).collect();
    let (text, mut json) = match members[..] {
        [single] => single_result(options.method, single),
        _ => ensemble_result(options.method, &members),
    };
    json["file"] = json!(options.output);
    json["resumed_at"] = json!(resumed_at);
    let note = members[0].score_note().map(|note| format!("\nnote: {note}"));
    let text = format!(
        "{}{text}\nwrote {}{}",
        resumed_line(&resumed_at),
        options.output.display(),
        note.unwrap_or_default()
    );
    console.print(&(text + &certificates(&members) + &training_warnings(&members)), json)
}

/// Path of the state of an interrupted training, beside its output.
fn state_file(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".training");
    name.into()
}

fn resumed_line(steps: &[usize]) -> String {
    let steps: Vec<String> = steps.iter().map(usize::to_string).collect();
    match steps[..] {
        [] => String::new(),
        _ => format!("resumed an interrupted training at step {}\n", steps.join(", ")),
    }
}

fn single_result(method: Method, provenance: &Provenance) -> (String, Value) {
    let text = format!(
        "trained {method} on {} events: {}",
        provenance.n_events,
        training_line(provenance)
    );
    (text, training_json(provenance))
}

fn ensemble_result(method: Method, members: &[&Provenance]) -> (String, Value) {
    let mut text = format!(
        "trained {} members of {method} on {} events",
        members.len(),
        members[0].n_events
    );
    for provenance in members {
        text += &format!("\nseed {}: {}", provenance.settings.seed, training_line(provenance));
    }
    let members: Vec<Value> = members.iter().map(|provenance| training_json(provenance)).collect();
    (text, json!({ "members": members }))
}

/// The training of a network, as JSON.
pub(super) fn training_json(provenance: &Provenance) -> Value {
    json!({
        "validation_loss": provenance.best_loss(),
        "warnings": provenance.warnings(),
        "provenance": provenance,
    })
}

/// The certificates of the trainings.
pub(super) fn certificates(members: &[&Provenance]) -> String {
    let text = |member: &&Provenance| {
        let seed = match members.len() {
            1 => String::new(),
            _ => format!("seed {}: ", member.settings.seed),
        };
        member.certificate.as_ref().map(|found| format!("\n{seed}{found}"))
    };
    members.iter().filter_map(text).collect()
}

/// Warnings of the trainings, one line each.
pub(super) fn training_warnings(members: &[&Provenance]) -> String {
    let of_member = |provenance: &&Provenance| {
        let member = match members.len() {
            1 => String::new(),
            _ => format!("seed {}: ", provenance.settings.seed),
        };
        warning_lines(provenance.warnings().iter().map(|warning| format!("{member}{warning}")))
    };
    let lines = members.iter().flat_map(of_member);
    lines.map(|line| format!("\n{line}")).collect()
}

fn training_line(provenance: &Provenance) -> String {
    format!(
        "{} steps, best validation loss {:.6} at step {}",
        provenance.steps,
        provenance.best_loss().unwrap_or(f64::NAN),
        provenance.best_step
    )
}
