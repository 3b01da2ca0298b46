//! Options of a training, shared by the commands that train.

use std::fmt::Display;
use std::str::FromStr;

use clap::Args;

use super::one_of::one_of;
use crate::count::count;
use motherlode_nn::input::TransformKind;
use motherlode_nn::{Activation, DensityKind, Encoding, Head, Labels, Optimizer, RatioErrors, Settings};

/// Training options.
#[derive(Debug, Args)]
pub(super) struct TrainingOptions {
    /// Widths of the hidden layers, separated by commas.
    #[arg(long, value_delimiter = ',', default_values_t = Settings::default().hidden, value_parser = count::<usize>)]
    hidden: Vec<usize>,
    /// Activation of the hidden layers [default: tanh for carl and the nre methods, silu for those with gold].
    #[arg(long, value_parser = one_of([
        ("tanh", "", Activation::Tanh),
        ("silu", "", Activation::Silu),
        ("softplus", "", Activation::Softplus),
    ]))]
    activation: Option<Activation>,
    /// Optimiser.
    #[arg(long, default_value = "adam", value_parser = one_of([
        ("adam", "", Optimizer::Adam),
        ("amsgrad", "", Optimizer::Amsgrad),
    ]))]
    optimizer: Optimizer,
    /// Number of gradient steps [default: 4000; for methods with gold and more than 2500 events √(events/2500) times as many, up to 20000].
    #[arg(long, value_parser = count::<usize>)]
    steps: Option<usize>,
    /// Number of events in a batch.
    #[arg(long, default_value_t = Settings::default().batch, value_parser = count::<usize>)]
    batch: usize,
    /// Learning rate at the first step [default: 0.0003 for carl and the nre methods, 0.003 for those with gold].
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Learning rate at the last step; the rate decreases geometrically.
    #[arg(long, default_value_t = Settings::default().final_learning_rate)]
    final_learning_rate: f64,
    /// Share of each step's weights in their running average, which the model keeps; 1 disables averaging.
    #[arg(long, default_value_t = Settings::default().averaging)]
    averaging: f64,
    /// Fraction of the events for validation, at most 32768 events.
    #[arg(long, default_value_t = Settings::default().validation)]
    validation: f64,
    /// Stop early if the validation loss has not improved for this fraction of the steps and is significantly worse than the best; the
    /// model then keeps the best weights.
    #[arg(long, default_value_t = Settings::default().patience)]
    patience: f64,
    /// Largest gradient norm of a weight matrix or bias; larger gradients are scaled down [default: no limit].
    #[arg(long, value_name = "NORM")]
    clip: Option<f64>,
    /// Source of the labels: stored in the data set, or recalled from the stored paths at new hypotheses in every batch [default:
    /// recalled where method and data allow; stored for event files with nuisance parameters, where new hypotheses are slow].
    #[arg(long, value_parser = one_of([("stored", "", Labels::Stored), ("recalled", "", Labels::Relabeled)]))]
    labels: Option<Labels>,
    /// Number of hypotheses for each event of a batch, for recalled labels and contrastive methods; each makes one row [default: 8 for
    /// cnre, calice and calices, 1 for the other methods].
    #[arg(long, value_parser = count::<usize>)]
    hypotheses: Option<usize>,
    /// Number of latent paths to the same observation over which a recalled label is averaged, where the simulator provides them
    /// [default: up to 16; fewer for many events or long paths].
    #[arg(long, value_parser = count::<usize>)]
    paths: Option<usize>,
    /// Output layer of a ratio network.
    #[arg(long, default_value = "plain", value_parser = one_of([
        ("plain", "Log ratio of θ to the denominator of the data", Head::Plain),
        ("antisymmetric", "Log ratio of any two hypotheses, antisymmetric by construction", Head::Antisymmetric),
        ("quadratic", "Quotient of positive quadratic polynomials in θ, for effective field theories", Head::Quadratic),
    ]))]
    head: Head,
    /// Encode consecutive observables, from FIRST on, as a set of particles (FIRST:PARTICLESxOBSERVABLES) or as an image
    /// (FIRST:CHANNELSxHEIGHTxWIDTH); `vector` encodes none [default: as the simulator declares, otherwise a plain vector].
    #[arg(long = "encode", value_name = "FIRST:SHAPE")]
    encoding: Option<Encoding>,
    /// Density model of nde and scandal [default: for one observable, categorical if it counts and takes few values, counts if many, and
    /// mixture if it is continuous; spline for several], and of npe and anpe [default: spline;
    /// mixture for one parameter].
    #[arg(long, value_parser = one_of([
        ("spline", "Neural spline flow", DensityKind::Spline),
        ("affine", "Masked autoregressive flow, for two observables or more", DensityKind::Affine),
        ("mixture", "Mixture of Gaussians", DensityKind::Mixture),
        ("categorical", "Probabilities of discrete values", DensityKind::Categorical),
        ("counts", "Probabilities of whole numbers of any size", DensityKind::Counts),
    ]))]
    density: Option<DensityKind>,
    /// Errors of the ratio that rolr and rascal minimise [default: relative where some joint ratios outweigh half of the
    /// others, otherwise squared].
    #[arg(long, value_parser = one_of([
        ("squared", "(r - r_hat)^2, as published", RatioErrors::Squared),
        ("relative", "Errors of r/r_hat, of which large and small ratios have as many", RatioErrors::Relative),
    ]))]
    ratio_errors: Option<RatioErrors>,
    /// Weight of the score term of the loss, for standardised parameters [default: computed from the data].
    #[arg(long)]
    alpha: Option<f64>,
    /// Transform of an observable: standardise, signed-log, quantile, angle (in radians), angle:PERIOD or categorical; repeat the option
    /// for several observables [default: signed-log for heavy tails, standardise otherwise].
    #[arg(long = "transform", value_name = "NAME=KIND", value_parser = name_and_value::<TransformKind>)]
    transforms: Vec<(String, TransformKind)>,
    /// Number that marks a missing value of an observable; repeat the option for several observables [default: none].
    #[arg(long = "missing", value_name = "NAME=VALUE", value_parser = name_and_value::<f64>)]
    missing: Vec<(String, f64)>,
}

/// Parses `NAME=VALUE`; the name may contain an equals sign.
fn name_and_value<T: FromStr<Err: Display>>(text: &str) -> Result<(String, T), String> {
    let (name, value) = text.rsplit_once('=').ok_or("not of the form NAME=VALUE")?;
    Ok((
        name.to_owned(),
        value.parse().map_err(|error: T::Err| error.to_string())?,
    ))
}

impl TrainingOptions {
    pub(super) fn settings(self, seed: u64) -> Settings {
        Settings {
            hidden: self.hidden,
            activation: self.activation,
            optimizer: self.optimizer,
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            final_learning_rate: self.final_learning_rate,
            averaging: self.averaging,
            validation: self.validation,
            patience: self.patience,
            clip: self.clip,
            labels: self.labels,
            hypotheses: self.hypotheses,
            paths: self.paths,
            memory: Settings::default().memory,
            head: self.head,
            encoding: self.encoding,
            density: self.density,
            ratio_errors: self.ratio_errors,
            alpha: self.alpha,
            transforms: self.transforms.into_iter().collect(),
            missing: self.missing.into_iter().collect(),
            certificate: true,
            seed,
        }
    }
}
