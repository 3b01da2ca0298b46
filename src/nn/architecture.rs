//! The kinds of networks that estimators are made of, behind one face.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use ndarray::{ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::density::{ConditionalDensity, DensityConfig};
use super::methods::Target;
use super::network::{Antisymmetric, EncodedMlp, EncodedMlpConfig, Mlp, MlpConfig, Quadratic, QuadraticConfig, floats};
use super::posterior::{PosteriorConfig, PosteriorNet};
use super::train::Filled;
use super::{Encoding, Expansion, Head, Method, Scaling, Settings};
use motherlode_core::dataset::Header;
use motherlode_core::error::Result;
use motherlode_core::gold::n_derivatives;

/// The kind and shape of a network, as a model file holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Architecture {
    /// ln p̂(x|θ).
    Density(DensityConfig),
    /// ℓ(x, θ0, θ1) = −ℓ(x, θ1, θ0).
    Antisymmetric {
        /// The perceptron of `[x, θ0, θ1]`.
        antisymmetric: MlpConfig,
        /// Number of parameters p.
        n_parameters: usize,
    },
    /// ℓ(x, θ), the logarithm of a quotient of positive quadratics in θ.
    Quadratic(QuadraticConfig),
    /// ln q(θ|x).
    Posterior(Box<PosteriorConfig>),
    /// The derivatives of r(x|θ) at one point, and with them ℓ(x, θ).
    Expansion(Expansion),
    /// ℓ(x, θ), or t̂(x), of an encoded x.
    Encoded(EncodedMlpConfig),
    /// ℓ(x, θ), or t̂(x).
    Perceptron(MlpConfig),
}

/// A network of any kind.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them in a training")]
pub(crate) enum Net {
    Density(ConditionalDensity),
    Antisymmetric(Antisymmetric),
    Quadratic(Quadratic),
    Encoded(EncodedMlp),
    Perceptron(Mlp),
    Posterior(PosteriorNet),
}

impl Architecture {
    /// Chooses the network for the method and the settings. Where the method learns a density, `observations` are all distinct
    /// observations, `[n, m]`.
    ///
    /// The derivatives of an expansion are the outputs of what is given here; see [`Expansion::around`].
    ///
    /// # Errors
    /// If the settings do not fit the data.
    pub(crate) fn for_method(
        method: Method,
        header: &Header,
        settings: &Settings,
        scaling: &Scaling,
        observations: ArrayView2<f64>,
    ) -> Result<Self> {
        let (p, m) = (scaling.n_parameters(), scaling.n_features());
        let parameters = if method.takes_theta(&header.design) { p } else { 0 };
        let outputs = match method.spec().target {
            Target::Score => p,
            Target::Derivatives => n_derivatives(p),
            Target::Ratio | Target::Likelihood | Target::Posterior => 1,
        };
        let activation = settings.activation.unwrap_or_default();
        let perceptron = |inputs, outputs| MlpConfig {
            inputs,
            hidden: settings.hidden.clone(),
            outputs,
            activation,
        };
        if method.learns_likelihood() {
            return DensityConfig::for_observations(observations, p, settings.density).map(Self::Density);
        }
        if let Some(encoding) = settings
            .encoding
            .as_ref()
            .filter(|encoding| **encoding != Encoding::Vector)
        {
            let encoder = encoding.encoder(&scaling.inputs, &header.observables, activation)?;
            return EncodedMlpConfig::new(encoder, m, parameters, perceptron(0, outputs)).map(Self::Encoded);
        }
        Ok(match settings.head {
            _ if method.spec().loss.is_none() => Self::Perceptron(perceptron(m + parameters, outputs)),
            Head::Plain => Self::Perceptron(perceptron(m + p, 1)),
            Head::Antisymmetric => Self::Antisymmetric {
                antisymmetric: perceptron(m + 2 * p, 1),
                n_parameters: p,
            },
            Head::Quadratic => {
                let origin = header.design.theta1().map(|theta1| {
                    let mut origin = Vec::with_capacity(p);
                    scaling.push_theta(theta1, &mut origin);
                    origin
                });
                Self::Quadratic(QuadraticConfig::new(m, p, origin, &perceptron(m, 1)))
            }
        })
    }

    /// A network with weights drawn from `seed`.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<Net> {
        Ok(match self {
            Self::Density(config) => Net::Density(config.init(seed, device)?),
            Self::Antisymmetric {
                antisymmetric,
                n_parameters,
            } => Net::Antisymmetric(Antisymmetric::new(antisymmetric.init(seed, device), *n_parameters)),
            Self::Quadratic(config) => Net::Quadratic(config.init(seed, device)),
            Self::Expansion(expansion) => expansion.network.init(seed, device)?,
            Self::Encoded(config) => Net::Encoded(config.init(seed, device)),
            Self::Perceptron(config) => Net::Perceptron(config.init(seed, device)),
            Self::Posterior(config) => Net::Posterior(config.init(seed, device)?),
        })
    }

    /// Features of x and parameters that the network takes together, where its shape says so.
    pub(crate) fn inputs(&self) -> Option<usize> {
        match self {
            Self::Perceptron(config) => Some(config.inputs),
            Self::Encoded(config) => config.inputs(),
            Self::Antisymmetric {
                antisymmetric,
                n_parameters,
            } => antisymmetric.inputs.checked_sub(*n_parameters),
            Self::Quadratic(config) => Some(config.quadratic.inputs + config.n_parameters),
            Self::Expansion(expansion) => expansion.network.inputs(),
            Self::Density(_) | Self::Posterior(_) => None,
        }
    }

    /// Numbers that the network gives for an event.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Perceptron(config) => config.outputs,
            Self::Encoded(config) => config.mlp.outputs,
            Self::Expansion(expansion) => expansion.network.outputs(),
            Self::Density(_) | Self::Posterior(_) | Self::Antisymmetric { .. } | Self::Quadratic(_) => 1,
        }
    }

    /// Appends one observation as the network takes it.
    pub(crate) fn push_x(&self, x: ArrayView1<f64>, scaling: &Scaling, to: &mut Vec<f32>) {
        match self {
            Self::Density(config) => config.push_x(x, scaling, to),
            _ => scaling.push_x(x, to),
        }
    }

    /// Appends a hypothesis for an observation, whose features begin at `first` in `to`.
    pub(crate) fn push_theta<'a>(
        &self,
        theta: impl IntoIterator<Item = &'a f64>,
        first: usize,
        scaling: &Scaling,
        to: &mut Vec<f32>,
    ) {
        match self {
            Self::Posterior(config) => {
                let features = to[first..first + config.features].to_vec();
                let theta: Vec<f64> = theta.into_iter().copied().collect();
                config.push_theta(&theta, &features, to);
            }
            _ => scaling.push_theta(theta, to),
        }
    }

    /// Numbers that stand for a hypothesis.
    pub(crate) fn n_theta(&self, scaling: &Scaling) -> usize {
        match self {
            Self::Posterior(config) => config.dimensions(),
            _ => scaling.n_parameters(),
        }
    }

    /// Columns of an observation as the network takes it.
    pub(crate) fn n_columns(&self, scaling: &Scaling) -> usize {
        match self {
            Self::Density(config) => config.n_columns(),
            _ => scaling.n_features(),
        }
    }

    /// Observables that count, for a density of several.
    pub(crate) fn counting(&self) -> &[usize] {
        match self {
            Self::Density(config) => config.counting(),
            _ => &[],
        }
    }

    /// Logarithm of the volume of the standardisation: ln p̂ in user units is smaller by it than in standardised ones.
    pub(crate) fn log_volume(&self, scaling: &Scaling) -> f64 {
        match self {
            Self::Density(config) => config.log_volume(scaling),
            _ => 0.0,
        }
    }
}

impl Net {
    /// The outputs, `[n, inputs]` → `[n, outputs]`.
    pub(crate) fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Density(density) => {
                let (x, theta) = density.split(inputs);
                density.log_prob(x, theta).unsqueeze_dim(1)
            }
            Self::Antisymmetric(network) => network.forward(inputs),
            Self::Quadratic(network) => network.forward(inputs),
            Self::Encoded(network) => network.forward(inputs),
            Self::Perceptron(network) => network.forward(inputs),
            Self::Posterior(network) => network.forward(inputs),
        }
    }

    /// The only output and its gradient with respect to the last `k` inputs: `[n, 1]` and `[n, k]`, both in the graph.
    pub(crate) fn forward_with_gradient(&self, inputs: Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
        match self {
            Self::Density(density) => {
                let (x, theta) = density.split(inputs);
                let (log_prob, gradient) = density.log_prob_with_gradient(x, theta);
                (log_prob.unsqueeze_dim(1), gradient)
            }
            Self::Antisymmetric(network) => network.forward_with_gradient(inputs),
            Self::Quadratic(network) => network.forward_with_gradient(inputs),
            Self::Encoded(network) => network.forward_with_gradient(inputs, k),
            Self::Perceptron(network) => network.forward_with_gradient(inputs, k),
            Self::Posterior(network) => network.forward_with_gradient(inputs),
        }
    }

    /// How many parameters lie in each weight matrix and bias, in the order in which the module is walked.
    pub(crate) fn blocks(&self) -> Vec<usize> {
        match self {
            Self::Perceptron(network) => network.blocks(),
            Self::Antisymmetric(network) => network.blocks(),
            Self::Density(_) | Self::Quadratic(_) | Self::Encoded(_) | Self::Posterior(_) => {
                self.tensors().into_iter().map(|t| t.values.len()).collect()
            }
        }
    }

    /// The network with these numbers for its parameters, in the order in which they are walked.
    ///
    /// # Panics
    /// If there are fewer numbers than parameters.
    pub(crate) fn filled(self, values: &[f32]) -> Self {
        self.map(&mut Filled(values))
    }

    /// All parameters, with names.
    pub(crate) fn tensors(&self) -> Vec<NamedTensor> {
        let mut named = Named::default();
        self.visit(&mut named);
        named.tensors
    }
}

/// A tensor of parameters as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedTensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Collects the parameters of a module, each under the path of its fields.
#[derive(Default)]
struct Named {
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for Named {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.tensors.push(NamedTensor {
            name: self.path.join("."),
            shape: param.val().dims().to_vec(),
            values: floats(param.val()),
        });
    }
}
