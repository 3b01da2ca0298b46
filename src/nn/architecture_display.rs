//! Networks in words, for `inspect`.

use std::fmt::{Display, Formatter, Result};

use super::density::{DensityConfig, Transform};
use super::network::{EncoderConfig, MlpConfig, QuadraticConfig};
use super::{Activation, Architecture, Model};

impl Model {
    /// Its network in words; that of an ensemble's first member, which the others are like.
    pub fn architecture(&self) -> String {
        self.first_network().architecture.to_string()
    }

    /// Number of weights and biases of its network; of an ensemble, those of one member.
    pub fn n_weights(&self) -> usize {
        let tensors = self.first_network().net.tensors();
        tensors.iter().map(|tensor| tensor.values.len()).sum()
    }
}

impl Display for Architecture {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Density(config) => write!(f, "{config}"),
            Self::Antisymmetric { antisymmetric, .. } => write!(f, "antisymmetric head on a {antisymmetric}"),
            Self::Quadratic(QuadraticConfig { quadratic, .. }) => write!(f, "quadratic head on a {quadratic}"),
            Self::Expansion(expansion) => {
                write!(
                    f,
                    "expansion around θ = {:?}, {}",
                    expansion.theta_ref, expansion.network
                )
            }
            Self::Encoded(config) => write!(f, "{}{}", config.encoder, config.mlp),
            Self::Perceptron(config) => write!(f, "{config}"),
            Self::Posterior(config) => write!(
                f,
                "posterior: {}linear regression, then a {}",
                config.encoder, config.residual
            ),
        }
    }
}

impl Display for MlpConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let ends = |n: usize| std::iter::once(n.to_string());
        let hidden = self.hidden.iter().map(usize::to_string);
        let widths: Vec<String> = ends(self.inputs).chain(hidden).chain(ends(self.outputs)).collect();
        let activation = format!("{:?}", self.activation).to_lowercase();
        write!(f, "perceptron {}, {activation}", widths.join(" → "))
    }
}

impl Display for EncoderConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::None => Ok(()),
            Self::DeepSet(config) => write!(
                f,
                "deep set of {} particles with {} features each, {}, {} outputs, before a ",
                config.particles,
                config.features,
                hidden(&config.hidden, config.activation),
                config.width
            ),
            Self::ResidualCnn(config) => {
                let [channels, height, width] = config.image;
                write!(
                    f,
                    "residual network of images of {channels} × {height} × {width}, {} and {} filters, {} outputs, before a ",
                    config.filters,
                    2 * config.filters,
                    config.width
                )
            }
        }
    }
}

impl Display for DensityConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Flow(flow) => {
                let kind = match flow.transform {
                    Transform::Affine | Transform::Unbounded => "masked autoregressive flow",
                    Transform::Spline { .. } => "neural spline flow",
                };
                let layers = hidden(&flow.hidden, flow.activation);
                write!(
                    f,
                    "{kind} of {} observables, {} layers, each {layers}",
                    flow.n_observables, flow.layers
                )
            }
            Self::Mixture(mixture) => {
                let layers = hidden(&mixture.hidden, mixture.activation);
                write!(f, "mixture of {} Gaussians, {layers}", mixture.components)
            }
            Self::Counts(counts) => {
                let layers = hidden(&counts.hidden, counts.activation);
                write!(
                    f,
                    "probabilities of counts from {} logistic distributions, {layers}",
                    counts.components
                )
            }
            Self::Categorical(categorical) => {
                let layers = hidden(&categorical.hidden, categorical.activation);
                write!(f, "probabilities of {} values, {layers}", categorical.classes.len())
            }
        }
    }
}

/// Hidden layers, as `100×100 silu`.
fn hidden(widths: &[usize], activation: Activation) -> String {
    let widths: Vec<String> = widths.iter().map(usize::to_string).collect();
    format!("hidden layers {} {activation:?}", widths.join("×")).to_lowercase()
}
