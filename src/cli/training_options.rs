//! The options of a training, shared by the commands that train.

use std::fmt::Display;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use motherlode_nn::input::TransformKind;
use motherlode_nn::{Activation, DensityKind, Encoding, Head, Labels, Optimizer, Settings};

/// How to train.
#[derive(Debug, Args)]
pub(super) struct TrainingOptions {
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
    /// Share of the events kept for validation, of 32768 at the most.
    #[arg(long, default_value_t = Settings::default().validation)]
    validation: f64,
    /// Stop once the validation loss has not improved for this share of the steps and is worse than the best beyond
    /// chance; the best weights are kept then.
    #[arg(long, default_value_t = Settings::default().patience)]
    patience: f64,
    /// Largest norm of the gradient of a weight matrix or bias [default: no limit].
    #[arg(long, value_name = "NORM")]
    clip: Option<f64>,
    /// Where labels come from: the data set, or what its events remember, at fresh hypotheses every time [default:
    /// recalled, wherever the method and the data allow; stored for event files with nuisance parameters, which are slow to ask].
    #[arg(long, value_enum)]
    labels: Option<LabelsName>,
    /// Hypotheses that an event is shown with in one step, where labels are recalled or hypotheses contrasted; each is a
    /// row of the batch [default: 8 for cnre, calice and calices, 1 for the other methods].
    #[arg(long)]
    hypotheses: Option<usize>,
    /// Latent paths over which a recalled label is averaged: that of the event, and others to the same observation, where
    /// the simulator has some [default: up to 16; fewer where there are many events, or long paths].
    #[arg(long)]
    paths: Option<usize>,
    /// What the network of a ratio makes of its outputs.
    #[arg(long, value_enum, default_value_t = HeadName::Plain)]
    head: HeadName,
    /// Observables that are a set of particles, FIRST:PARTICLESxOBSERVABLES, or an image, FIRST:CHANNELSxHEIGHTxWIDTH,
    /// one after the other from the observable FIRST on.
    #[arg(long = "encode", value_name = "FIRST:SHAPE")]
    encoding: Option<Encoding>,
    /// The kind of density that nde and scandal train [default: categorical for one observable that counts, a mixture for
    /// one that is continuous, a spline flow for several].
    #[arg(long, value_enum)]
    density: Option<DensityName>,
    /// Weight of the score term, for standardised parameters [default: from the data].
    #[arg(long)]
    alpha: Option<f64>,
    /// Transform of an observable: standardise, signed-log, quantile, angle (in radians), angle:PERIOD or categorical; may
    /// be repeated [default: signed-log where tails are heavy, else standardise].
    #[arg(long = "transform", value_name = "NAME=KIND", value_parser = named::<TransformKind>)]
    transforms: Vec<(String, TransformKind)>,
    /// Number that stands for a missing value of an observable; may be repeated.
    #[arg(long = "missing", value_name = "NAME=VALUE", value_parser = named::<f64>)]
    missing: Vec<(String, f64)>,
}

/// `NAME=VALUE`; a name may have an equals sign of its own.
fn named<T: FromStr<Err: Display>>(text: &str) -> Result<(String, T), String> {
    let (name, value) = text
        .rsplit_once('=')
        .ok_or("give the name of an observable, an equals sign and a value")?;
    Ok((
        name.to_owned(),
        value.parse().map_err(|error: T::Err| error.to_string())?,
    ))
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
enum HeadName {
    /// The log ratio of θ to the denominator of the data.
    Plain,
    /// The log ratio of any two hypotheses, antisymmetric by construction.
    Antisymmetric,
    /// A quotient of positive quadratics in θ, for effective theories.
    Quadratic,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DensityName {
    /// A neural spline flow.
    Spline,
    /// A masked autoregressive flow, for two observables or more.
    Affine,
    /// A mixture of Gaussians.
    Mixture,
    /// Probabilities of discrete values.
    Categorical,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OptimizerName {
    Adam,
    Amsgrad,
}

impl TrainingOptions {
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
            memory: Settings::default().memory,
            head: match self.head {
                HeadName::Plain => Head::Plain,
                HeadName::Antisymmetric => Head::Antisymmetric,
                HeadName::Quadratic => Head::Quadratic,
            },
            encoding: self.encoding,
            density: self.density.map(|name| match name {
                DensityName::Spline => DensityKind::Spline,
                DensityName::Affine => DensityKind::Affine,
                DensityName::Mixture => DensityKind::Mixture,
                DensityName::Categorical => DensityKind::Categorical,
            }),
            alpha: self.alpha,
            transforms: self.transforms.into_iter().collect(),
            missing: self.missing.into_iter().collect(),
            seed,
        }
    }
}
