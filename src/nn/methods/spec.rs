//! Properties of a method that training, model files and checks ask for.

use burn::tensor::Tensor;

use super::{Colour, Display, Line, Marker};
use crate::Activation;
use crate::batch::Batch;

/// No cross-entropy can tell ratios beyond e³⁰ from one another.
const SATURATION: f32 = 30.0;

/// All that sets a method apart from others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    /// Name, in lower case.
    pub name: &'static str,
    /// Name and style in tables and figures.
    pub display: Display,
    /// Quantity that the network learns.
    pub target: Target,
    /// Loss of the only output of the network, `[n]`, on a batch of n rows; none for a regression on scores or derivatives.
    pub loss: Option<fn(Tensor<1>, Batch) -> Tensor<1>>,
    /// Loss with relative errors of the ratio, for methods that regress on it.
    pub relative_loss: Option<fn(Tensor<1>, Batch) -> Tensor<1>>,
    /// Use of the joint ratio.
    pub ratio_label: RatioLabel,
    /// The method learns from the joint score: in a term of its own, or as its only label.
    pub needs_score: bool,
    /// Events with their own hypothesis are compared with the same events with the hypotheses of others; no denominator is needed.
    pub contrasts_hypotheses: bool,
    /// The hypothesis of an event is replaced by draws from the posterior given its path.
    pub augments_hypotheses: bool,
    /// Hypotheses that an event is shown with at once, unless the settings say otherwise; several compete with each other.
    pub n_hypotheses: usize,
    /// The weights of the lowest validation loss are kept even where the last ones are worse by chance only: labels of single
    /// draws, a class or an observation, can be learned by heart.
    pub keeps_lowest_loss: bool,
    /// Activation of the hidden layers, unless the settings say otherwise.
    pub activation: Activation,
    /// First learning rate, unless the settings say otherwise.
    pub learning_rate: f64,
    /// Weight w of the score term, unless the settings say otherwise: α = w/⟨t²⟩ for standardised parameters, so that the two terms
    /// are of comparable size whatever the units and the spread of the parameters.
    pub score_weight: f64,
    /// |log r̂| that few events should exceed, if the output is a log ratio.
    pub log_ratio_limit: Option<f32>,
}

/// Quantities that a network can learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// ℓ(x, θ), the log ratio of θ to a denominator.
    Ratio,
    /// The derivatives of the ratio at one point, and with them ℓ(x, θ).
    Derivatives,
    /// t(x), or t(x|θ).
    Score,
    /// ln p(x|θ).
    Likelihood,
    /// ln q(θ|x).
    Posterior,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ratio => "a ratio",
            Self::Derivatives => "the derivatives of a ratio",
            Self::Score => "a score",
            Self::Likelihood => "a likelihood",
            Self::Posterior => "a posterior",
        })
    }
}

/// Uses of the joint ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RatioLabel {
    /// It is not used.
    Unused,
    /// An event stands for both classes, in the shares that the joint ratio gives.
    Soft,
    /// It is the target of a regression.
    Target,
}

impl Spec {
    /// Defaults of methods with gold, found by a scan: gold has little noise, and profits from a fast network.
    pub(super) const GOLD: Self = Self {
        name: "",
        display: Display {
            label: "",
            gold: "",
            colour: Colour::Black,
            line: Line::Solid,
            marker: Marker::Disc,
        },
        target: Target::Ratio,
        loss: None,
        relative_loss: None,
        ratio_label: RatioLabel::Unused,
        needs_score: false,
        contrasts_hypotheses: false,
        augments_hypotheses: false,
        n_hypotheses: 1,
        keeps_lowest_loss: false,
        activation: Activation::Silu,
        learning_rate: 3e-3,
        score_weight: 0.3,
        log_ratio_limit: Some(SATURATION),
    };

    /// Defaults of classifiers with class labels, found by a scan: a fast network would follow the noise of the labels.
    pub(super) const HARD_LABELS: Self = Self {
        keeps_lowest_loss: true,
        activation: Activation::Tanh,
        learning_rate: 3e-4,
        ..Self::GOLD
    };
}
