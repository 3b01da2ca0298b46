//! The settings of a training.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Encoding;
use crate::input::{InputPlan, TransformKind};
use crate::methods::{RatioLabel, Target};
use crate::{Activation, Method};
use motherlode_core::cost::{Cost, check_count, check_memory};
use motherlode_core::error::{Error, Result};

/// Gradient steps, unless the settings say otherwise.
const STEPS: usize = 4_000;
/// Events for which these are enough, the most steps that others are given, and what their number is a multiple of.
const GROWTH: (f64, f64, f64) = (2_500.0, 20_000.0, 100.0);
/// The most paths that a label is averaged over by default.
pub(super) const PATHS: usize = 16;
/// Choices that may be made again to find them, some seconds of work; more for more events, as there are more steps.
const CHOICES: f64 = 2.7e8;

/// How to train. What is left open (`None`) is filled in for each method by [`for_method`](Self::for_method).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers; the one that suits the method if absent.
    pub activation: Option<Activation>,
    /// The optimiser.
    pub optimizer: Optimizer,
    /// Gradient steps; 4000 if absent, and √(n/2500) times as many for more than 2500 events with gold, 20 000 at the most: what they know is
    /// learned only then, where classes would be learned by heart.
    pub steps: Option<usize>,
    /// Events in a batch.
    pub batch: usize,
    /// Learning rate at the first step; the one that suits the method if absent.
    pub learning_rate: Option<f64>,
    /// Learning rate at the last step; it falls geometrically in between.
    pub final_learning_rate: f64,
    /// Share of each step's weights in their running average, which is what is validated and kept; 1 for no average.
    pub averaging: f64,
    /// Share of the events kept for validation, of 32 768 at the most; more would cost time and tell no more.
    pub validation: f64,
    /// Stop once the validation loss has not improved for this share of `steps` and is worse than the best beyond chance;
    /// the best weights are kept then.
    pub patience: f64,
    /// Largest norm of the gradient of one weight matrix or bias; longer ones are shortened.
    pub clip: Option<f64>,
    /// Where labels come from; events are relabeled wherever the method and the data allow, if absent: the events must remember their
    /// paths, and what these tell of θ must be known.
    #[serde(default)]
    pub labels: Option<Labels>,
    /// Hypotheses that an event is shown with in one step, where events are relabeled or hypotheses contrasted; each is a
    /// row of the batch. As many as suit the method if absent.
    #[serde(default)]
    pub hypotheses: Option<usize>,
    /// Latent paths over which a label at a fresh hypothesis is averaged: that of the event, and others to the same observation, where
    /// the simulator has some. As many as events and paths, by number and length, allow if absent.
    #[serde(default)]
    pub paths: Option<usize>,
    /// Bytes that events may occupy while a network is trained on them; an ensemble takes them for each of the members that
    /// are in training at once. More events are shuffled block by block and window by window, wherever they come from: their order, and with
    /// it the weights of the network, then depends on this number.
    #[serde(default = "default_memory")]
    pub memory: u64,
    /// Head of a ratio network.
    #[serde(default)]
    pub head: Head,
    /// Observables that are a set of particles or an image, for networks with the plain head; what the simulator declares
    /// ([`Layout`](motherlode_core::trace::Layout)) if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The kind of a conditional density; the one that suits the data if absent.
    #[serde(default)]
    pub density: Option<DensityKind>,
    /// Errors of the ratio that ROLR and RASCAL minimise; relative ones where some joint ratios outweigh half of the others, and squared
    /// ones elsewhere, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_errors: Option<RatioErrors>,
    /// Weight α of the score term, for standardised parameters; chosen from the data if absent.
    pub alpha: Option<f64>,
    /// Transforms of observables, by name; the others are chosen automatically.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub transforms: BTreeMap<String, TransformKind>,
    /// Numbers that stand for a missing value, by the name of the observable; NaN always does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, f64>,
    /// Examines the network when its training ends ([`Provenance::certificate`](crate::Provenance::certificate)).
    #[serde(default = "examined", skip_serializing_if = "is_examined")]
    pub certificate: bool,
    /// The seed of the initial weights, the validation split and the order of the events.
    pub seed: u64,
}

fn examined() -> bool {
    true
}

fn is_examined(certificate: &bool) -> bool {
    *certificate
}

/// 512 MiB.
fn default_memory() -> u64 {
    512 << 20
}

/// Errors of a ratio that a regression on it minimises; both have their minimum at the exact ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RatioErrors {
    /// (r − r̂)², as published: ratios that are large, or small, count most.
    Squared,
    /// Those of r/r̂: all ratios count alike.
    Relative,
}

/// Where the labels of an event come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// From the data set: those of one hypothesis, the same every time.
    Stored,
    /// Computed from the stored choices of the event ([`Relabeler`](motherlode_core::gold::Relabeler)): those of fresh
    /// hypotheses every time.
    #[serde(rename = "recalled")] // as model files have it
    Relabeled,
}

/// Heads of a ratio network: the function of its outputs that is the log ratio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// ℓ(x, θ), the log ratio of θ to the denominator of the data.
    #[default]
    Plain,
    /// ℓ(x, θ0, θ1) for any two hypotheses, antisymmetric by construction; takes relabeled events.
    Antisymmetric,
    /// ℓ(x, θ) as the logarithm of a quotient of quadratics in θ, positive by construction: for effective theories, whose
    /// rates are quadratic.
    Quadratic,
}

/// The kind of a conditional density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DensityKind {
    /// A neural spline flow.
    Spline,
    /// A masked autoregressive flow, for two observables or more.
    Affine,
    /// A mixture of Gaussians.
    Mixture,
    /// Probabilities of discrete values.
    Categorical,
    /// Probabilities of whole numbers of any size, for one observable that counts.
    Counts,
}

/// The rule that turns gradients into steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// Adam (arXiv:1412.6980).
    #[default]
    Adam,
    /// AMSGrad (arXiv:1904.09237), whose second moment never shrinks.
    Amsgrad,
}

/// Most steps of a training.
const MOST_STEPS: u64 = 1_000_000_000;
/// Most paths that a label is averaged over.
const MOST_PATHS: u64 = 10_000;
/// A weight in single precision, its gradient and their copies, the two moments of the optimiser, the running average and the best so far.
const BYTES_PER_WEIGHT: f64 = 4.0 * 10.0;

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![100, 100, 100],
            activation: None,
            optimizer: Optimizer::Adam,
            steps: None,
            batch: 128,
            learning_rate: None,
            final_learning_rate: 1e-5,
            averaging: 0.01,
            validation: 0.2,
            patience: 0.3,
            clip: None,
            labels: None,
            hypotheses: None,
            paths: None,
            memory: default_memory(),
            head: Head::Plain,
            encoding: None,
            density: None,
            ratio_errors: None,
            alpha: None,
            transforms: BTreeMap::new(),
            missing: BTreeMap::new(),
            certificate: true,
            seed: 0,
        }
    }
}

impl Settings {
    /// Checks that every value makes sense.
    ///
    /// # Errors
    /// Names the first value that does not, and the values it may take.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, value: f64| match value.is_finite() && value > 0.0 {
            true => Ok(()),
            false => Err(Error::usage(format!("{name} must be positive and finite, got {value}"))),
        };
        positive("the number of steps", self.planned_steps() as f64)?;
        positive("the batch size", self.batch as f64)?;
        self.hypotheses
            .map_or(Ok(()), |n| positive("the number of hypotheses", n as f64))?;
        self.paths
            .map_or(Ok(()), |n| positive("the number of paths", n as f64))?;
        self.learning_rate
            .map_or(Ok(()), |rate| positive("the learning rate", rate))?;
        positive("the final learning rate", self.final_learning_rate)?;
        positive("the patience", self.patience)?;
        positive("the memory", self.memory as f64)?;
        self.clip
            .map_or(Ok(()), |clip| positive("the gradient norm limit", clip))?;
        if let Some(alpha) = self.alpha.filter(|alpha| !alpha.is_finite() || *alpha < 0.0) {
            return Err(Error::usage(format!(
                "alpha must be finite and not negative, got {alpha}"
            )));
        }
        if !(0.0 < self.averaging && self.averaging <= 1.0) {
            let got = self.averaging;
            return Err(Error::usage(format!(
                "the averaging share must lie above 0 and not above 1, got {got}"
            )));
        }
        if !(0.0 < self.validation && self.validation < 1.0) {
            let got = self.validation;
            return Err(Error::usage(format!(
                "the validation share must lie between 0 and 1, got {got}"
            )));
        }
        if self
            .encoding
            .as_ref()
            .is_some_and(|encoding| *encoding != Encoding::Vector)
            && self.head != Head::Plain
        {
            return Err(Error::usage(
                "sets and images are encoded in front of the plain head only: leave out --head or --encode",
            ));
        }
        if self.hypotheses.is_some_and(|n| n > self.batch) {
            let (n, batch) = (self.hypotheses.unwrap_or(1), self.batch);
            return Err(Error::usage(format!(
                "{n} hypotheses of one event do not fit into a batch of {batch} rows: take fewer, or a larger batch"
            )));
        }
        if self.hidden.is_empty() || self.hidden.contains(&0) {
            return Err(Error::usage(
                "a network needs at least one hidden layer, and no layer of width 0",
            ));
        }
        self.check_cost()
    }

    /// Refuses what no machine can train.
    fn check_cost(&self) -> Result<()> {
        check_count("steps", self.planned_steps() as u64, MOST_STEPS, Cost::Seconds(1e-4))?;
        let paths = self.paths.unwrap_or(1) as u64;
        check_count("paths to each observation", paths, MOST_PATHS, Cost::Seconds(1e-3))?;
        let inner = self.hidden.windows(2).map(|pair| pair[0] as f64 * pair[1] as f64);
        let n_weights = self.hidden.iter().map(|width| *width as f64).sum::<f64>() + inner.sum::<f64>();
        let bytes = n_weights * BYTES_PER_WEIGHT;
        check_memory(
            &format!("a network of {n_weights:.0} weights or more in training"),
            bytes,
        )
    }

    /// The settings with what was left open filled in as it suits the method.
    pub fn for_method(&self, method: Method) -> Self {
        let spec = method.spec();
        Self {
            activation: self.activation.or(Some(spec.activation)),
            learning_rate: self.learning_rate.or(Some(spec.learning_rate)),
            hypotheses: self.hypotheses.or(Some(spec.n_hypotheses)),
            ..self.clone()
        }
    }

    /// The choices about observables. A density only standardises them.
    pub(crate) fn input_plan(&self, method: Method, observables: &[String]) -> Result<InputPlan> {
        let asked = InputPlan {
            transforms: self.transforms.clone(),
            missing: self.missing.clone(),
            together: match &self.encoding {
                Some(encoding) => encoding.together(observables)?,
                None => vec![],
            },
        };
        if !method.learns_likelihood() {
            return Ok(asked);
        }
        let plain = |kind: &TransformKind| *kind == TransformKind::Standardise;
        let encodes = self
            .encoding
            .as_ref()
            .is_some_and(|encoding| *encoding != Encoding::Vector);
        if encodes || !self.missing.is_empty() || !asked.transforms.values().all(plain) {
            return Err(Error::usage(format!(
                "{method} learns the density of the observables as they are: leave out --encode, --missing, and every --transform \
                 but standardise"
            )));
        }
        let names = observables.iter().cloned();
        Ok(InputPlan {
            transforms: names.map(|name| (name, TransformKind::Standardise)).collect(),
            ..asked
        })
    }

    /// The paths to average labels over: fewer where there are many events, or long paths.
    ///
    /// A path is found by some two replays for each of its choices, and looked at under some hundred hypotheses.
    pub(crate) fn paths_for(&self, n_events: u64, n_choices: u64) -> usize {
        let n_choices = n_choices as f64;
        let replays = 2.0 * n_choices / n_events.max(1) as f64 + 128.0;
        let affordable = CHOICES * growth(n_events) / (n_choices * replays).max(1.0);
        self.paths.unwrap_or((affordable as usize).clamp(1, PATHS))
    }

    /// Gradient steps that are planned for a method and a number of events.
    pub fn steps_for(&self, method: Method, n_events: u64) -> usize {
        let spec = method.spec();
        let with_gold = spec.needs_score || spec.ratio_label != RatioLabel::Unused;
        let grows = match spec.target {
            Target::Posterior => true,
            Target::Ratio | Target::Likelihood => with_gold,
            Target::Score | Target::Derivatives => false,
        };
        let (_, most, multiple) = GROWTH;
        let longer = (STEPS as f64 * growth(n_events)).min(most);
        let default = match grows {
            true => ((longer / multiple).round() * multiple) as usize,
            false => STEPS,
        };
        self.steps.unwrap_or(default)
    }

    /// Gradient steps, once they are known.
    pub fn planned_steps(&self) -> usize {
        self.steps.unwrap_or(STEPS)
    }

    /// The learning rate of a step.
    pub(crate) fn learning_rate_at(&self, step: usize) -> f64 {
        let progress = step as f64 / (self.planned_steps().max(2) - 1) as f64;
        let first = self.learning_rate.unwrap_or(self.final_learning_rate);
        first * (self.final_learning_rate / first).powf(progress)
    }
}

/// Factor by which a training is longer than one with few events.
fn growth(n_events: u64) -> f64 {
    (n_events as f64 / GROWTH.0).sqrt().max(1.0)
}
