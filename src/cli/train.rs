//! `motherlode train`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::say::Say;
use crate::dataset::AugmentedData;
use crate::error::{Error, Result};
use crate::estimator::{Activation, Labels, Method, Model, Optimizer, RatioEstimator, ScoreEstimator, Settings};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The method: carl, nre, cnre, bnre, rolr, alice, calice, cascal, rascal, alices, calices or sally.
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

/// How to train.
#[derive(Debug, Args)]
pub(super) struct SettingsOptions {
    /// Widths of the hidden layers, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = Settings::default().hidden)]
    hidden: Vec<usize>,
    /// Activation of the hidden layers [default: tanh for carl and the nre methods, silu for those with gold].
    #[arg(long, value_enum)]
    activation: Option<ActivationName>,
    /// The optimiser.
    #[arg(long, value_enum, default_value_t = OptimizerName::Adam)]
    optimizer: OptimizerName,
    /// Gradient steps, whatever the number of events.
    #[arg(long, default_value_t = Settings::default().steps)]
    steps: usize,
    /// Events in a batch.
    #[arg(long, default_value_t = Settings::default().batch)]
    batch: usize,
    /// Learning rate at the first step [default: 0.0003 for carl and the nre methods, 0.003 for those with gold].
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Learning rate at the last step; it falls geometrically in between.
    #[arg(long, default_value_t = Settings::default().final_learning_rate)]
    final_learning_rate: f64,
    /// Share of each step's weights in their running average, which is what is kept; 1 for no average.
    #[arg(long, default_value_t = Settings::default().averaging)]
    averaging: f64,
    /// Share of the events kept for validation.
    #[arg(long, default_value_t = Settings::default().validation)]
    validation: f64,
    /// Stop once the validation loss has not improved for this share of the steps; the best weights are kept.
    #[arg(long, default_value_t = Settings::default().patience)]
    patience: f64,
    /// Largest norm of the gradient of a weight matrix or bias [default: no limit].
    #[arg(long, value_name = "NORM")]
    clip: Option<f64>,
    /// Where labels come from: the data set, or what its events remember, at fresh hypotheses every time [default:
    /// recalled, wherever the method and the data allow].
    #[arg(long, value_enum)]
    labels: Option<LabelsName>,
    /// Hypotheses that an event is shown with in one step, where labels are recalled or hypotheses contrasted; each is a
    /// row of the batch [default: 8 for cnre, calice and calices, 1 for the other methods].
    #[arg(long)]
    hypotheses: Option<usize>,
    /// Latent paths over which a recalled label is averaged: that of the event, and others to the same observation, where
    /// the simulator has some [default: up to 16; fewer where there are many events,
    /// or long paths].
    #[arg(long)]
    paths: Option<usize>,
    /// Weight of the score term, for standardised parameters [default: from the data].
    #[arg(long)]
    alpha: Option<f64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ActivationName {
    Tanh,
    Silu,
    Softplus,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LabelsName {
    Stored,
    Recalled,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OptimizerName {
    Adam,
    Amsgrad,
}

impl SettingsOptions {
    pub(super) fn settings(self, seed: u64) -> Settings {
        Settings {
            hidden: self.hidden,
            activation: self.activation.map(|name| match name {
                ActivationName::Tanh => Activation::Tanh,
                ActivationName::Silu => Activation::Silu,
                ActivationName::Softplus => Activation::Softplus,
            }),
            optimizer: match self.optimizer {
                OptimizerName::Adam => Optimizer::Adam,
                OptimizerName::Amsgrad => Optimizer::Amsgrad,
            },
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            final_learning_rate: self.final_learning_rate,
            averaging: self.averaging,
            validation: self.validation,
            patience: self.patience,
            clip: self.clip,
            labels: self.labels.map(|name| match name {
                LabelsName::Stored => Labels::Stored,
                LabelsName::Recalled => Labels::Recalled,
            }),
            hypotheses: self.hypotheses,
            paths: self.paths,
            alpha: self.alpha,
            seed,
        }
    }
}

pub(super) fn run(options: Options, say: &Say) -> Result<()> {
    let settings = options.settings.settings(options.seed);
    settings.check()?;
    if options.output.exists() && !options.force {
        return Err(Error::exists(&options.output));
    }
    let data = AugmentedData::read(&options.file)?;
    let mut progress = say.progress(options.method.name());
    let mut show = |done: usize, total: usize| progress.show(done as u64, total as u64);
    let model = match options.method {
        Method::Sally => Model::Score(ScoreEstimator::train(&data, &settings, &mut show)?),
        method => Model::Ratio(RatioEstimator::train(method, &data, &settings, &mut show)?),
    };
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
