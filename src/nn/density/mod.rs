//! Conditional densities p̂(x|θ): what NDE and SCANDAL train.
//!
//! Each is written once, over values that may carry their derivatives to θ, and gives ln p̂(x|θ) exactly, its gradient
//! ∇θ ln p̂ inside the graph, so that a loss may hold it, and samples.

mod affine;
mod categorical;
mod classes;
mod conditioner;
mod counts;
mod differentiable;
mod dual;
mod flow;
mod graph;
mod mixture;
mod noise;
mod spline;
mod units;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use ndarray::ArrayView2;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

pub use categorical::CategoricalConfig;
pub use classes::Classes;
pub(super) use classes::Distinct;
pub use counts::CountsConfig;
pub use flow::{FlowConfig, Transform};
pub use mixture::MixtureConfig;

use super::DensityKind;
use categorical::Categorical;
use counts::Counts;
use differentiable::Differentiable;
use dual::Dual;
use flow::Flow;
use mixture::Mixture;
use motherlode_core::error::{Error, Result};

/// The kind and shape of a conditional density.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "density", rename_all = "lowercase")]
pub enum DensityConfig {
    /// An autoregressive flow, of splines or of affine maps.
    Flow(FlowConfig),
    /// A mixture of Gaussians.
    Mixture(MixtureConfig),
    /// Probabilities of discrete values.
    Categorical(CategoricalConfig),
    /// Probabilities of whole numbers.
    Counts(CountsConfig),
}

/// Counts of more values than this have a density of counts, unless asked for otherwise.
const MOST_DEFAULT_CLASSES: usize = 256;

impl DensityConfig {
    /// A density for observations like `x`, `[n, m]` in user units, with p parameters.
    ///
    /// Left open, the kind is categorical for one observable that counts and takes few values, a density of counts if it takes many, a
    /// mixture for one continuous observable, and a spline flow for several.
    ///
    /// # Errors
    /// If the kind does not fit the data.
    pub(crate) fn for_observations(x: ArrayView2<f64>, n_parameters: usize, kind: Option<DensityKind>) -> Result<Self> {
        let (m, p) = (x.ncols(), n_parameters);
        let config = match kind {
            Some(DensityKind::Spline) => Self::Flow(FlowConfig::spline(m, p).with_counting(counting(x))),
            Some(DensityKind::Affine) => Self::Flow(FlowConfig::affine(m, p).with_counting(counting(x))),
            Some(DensityKind::Mixture) => Self::Mixture(MixtureConfig::new(m, p)),
            Some(DensityKind::Counts) => Self::Counts(counts(x, p)?),
            Some(DensityKind::Categorical) => Self::Categorical(CategoricalConfig::new(Classes::of(x)?, p)),
            None if m == 1 && x.iter().all(|value| value.fract() == 0.0) => match Classes::of(x) {
                Ok(classes) if classes.len() <= MOST_DEFAULT_CLASSES => {
                    Self::Categorical(CategoricalConfig::new(classes, p))
                }
                _ => Self::Counts(counts(x, p)?),
            },
            None if m == 1 => Self::Mixture(MixtureConfig::new(m, p)),
            None => Self::Flow(FlowConfig::spline(m, p).with_counting(counting(x))),
        };
        config.check().map(|()| config)
    }

    /// Observables that count, among several: their values are spread over the bins of the integers for training.
    pub(crate) fn counting(&self) -> &[usize] {
        match self {
            Self::Flow(config) => &config.counting,
            _ => &[],
        }
    }

    /// Columns of x as the network takes it: m standardised observables, one class, or the bin of a count.
    pub(crate) fn n_columns(&self) -> usize {
        match self {
            Self::Flow(config) => config.n_observables,
            Self::Mixture(config) => config.n_observables,
            Self::Categorical(_) => 1,
            Self::Counts(_) => 3,
        }
    }

    /// Checks that the density can be built.
    ///
    /// # Errors
    /// Names the first value that does not fit and what is needed.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Flow(config) => config.check(),
            Self::Mixture(config) => config.check(),
            Self::Categorical(config) => config.check(),
            Self::Counts(config) => config.check(),
        }
    }

    /// A density with weights drawn from `seed`, from a stream of its own.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<ConditionalDensity> {
        Ok(match self {
            Self::Flow(config) => ConditionalDensity::Flow(config.init(seed, device)?),
            Self::Mixture(config) => ConditionalDensity::Mixture(config.init(seed, device)?),
            Self::Categorical(config) => ConditionalDensity::Categorical(config.init(seed, device)?),
            Self::Counts(config) => ConditionalDensity::Counts(config.init(seed, device)?),
        })
    }

    /// A density that starts close to a standard normal, whatever the condition, where there is such a one.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init_near_normal(&self, seed: u64, device: &Device) -> Result<ConditionalDensity> {
        match self {
            Self::Mixture(config) => config.init_near_normal(seed, device).map(ConditionalDensity::Mixture),
            other => other.init(seed, device),
        }
    }
}

/// A density of counts, for one observable of whole numbers.
fn counts(x: ArrayView2<f64>, n_parameters: usize) -> Result<CountsConfig> {
    if x.ncols() != 1 || x.iter().any(|value| value.fract() != 0.0) {
        return Err(Error::usage(format!(
            "a density of counts is one of a single observable of whole numbers, and there are {} observables, or values between: leave out \
             --density, or choose another",
            x.ncols()
        )));
    }
    let low = x.iter().copied().fold(f64::INFINITY, f64::min);
    let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(CountsConfig::new(low, high, n_parameters))
}

/// The columns of several that hold whole numbers only.
fn counting(x: ArrayView2<f64>) -> Vec<usize> {
    let whole = |column: &usize| x.column(*column).iter().all(|value| value.fract() == 0.0);
    (0..x.ncols()).filter(whole).collect()
}

/// Checks that a density has observables, parameters, and no empty hidden layer.
fn check_network(n_observables: usize, n_parameters: usize, hidden: &[usize]) -> Result<()> {
    match (n_observables, n_parameters) {
        (0, _) => Err(Error::data("a density needs at least one observable, got none")),
        (_, 0) => Err(Error::data(
            "a conditional density needs at least one parameter, got none",
        )),
        _ if hidden.contains(&0) => Err(Error::usage(format!(
            "hidden layers of widths {hidden:?} were asked for; each must have at least one unit"
        ))),
        _ => Ok(()),
    }
}

/// A conditional density p̂(x|θ) of standardised x and θ.
///
/// The density of x in user units is smaller by the product of the standard deviations that x was divided by; the
/// score in user units is divided by those of θ. Probabilities of discrete x need neither.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them in a training")]
pub(crate) enum ConditionalDensity {
    Flow(Flow),
    Mixture(Mixture),
    Categorical(Categorical),
    Counts(Counts),
}

impl ConditionalDensity {
    /// ln p̂(x|θ).
    ///
    /// # Shapes
    /// - `x`: `[n, m]`, or `[n, 1]` of classes for a categorical density; `theta`: `[n, p]` → `[n]`
    pub(crate) fn log_prob(&self, x: Tensor<2>, theta: Tensor<2>) -> Tensor<1> {
        self.log_prob_of(Dual::constant(x), &Dual::constant(theta))
            .into_value()
            .squeeze_dim(1)
    }

    /// ln p̂(x|θ) and ∇θ ln p̂(x|θ), both in the graph: a loss of either trains the weights.
    ///
    /// Costs about 1 + 2p times as much as the former alone.
    ///
    /// # Shapes
    /// - as [`log_prob`](Self::log_prob) → `[n]` and `[n, p]`
    pub(crate) fn log_prob_with_gradient(&self, x: Tensor<2>, theta: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
        let none = theta.zeros_like();
        value_and_slopes(self.log_prob_of(Dual::constant(x), &Dual::parameters(theta)), none)
    }

    /// ln p̂(x|θ) and ∇x ln p̂(x|θ), both in the graph.
    ///
    /// # Shapes
    /// - as [`log_prob`](Self::log_prob) → `[n]` and `[n, m]`
    pub(crate) fn log_prob_with_slopes(&self, x: Tensor<2>, theta: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
        let none = x.zeros_like();
        value_and_slopes(self.log_prob_of(Dual::parameters(x), &Dual::constant(theta)), none)
    }

    /// The columns of x and those of θ of rows that hold both, end to end.
    pub(crate) fn split(&self, rows: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let [_, columns] = rows.dims();
        let m = match self {
            Self::Flow(flow) => flow.n_observables(),
            Self::Mixture(mixture) => mixture.n_observables(),
            Self::Categorical(_) => 1,
            Self::Counts(_) => 3,
        };
        (rows.clone().narrow(1, 0, m), rows.narrow(1, m, columns - m))
    }

    /// One observation for each row of `theta`, from `rng` and nothing else.
    ///
    /// # Shapes
    /// - `theta`: `[n, p]`, on a device without autodiff → `[n, m]`, or `[n, 1]` of classes
    pub(crate) fn sample(&self, theta: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        match self {
            Self::Flow(flow) => flow.sample(theta, rng),
            Self::Mixture(mixture) => mixture.sample(theta, rng),
            Self::Categorical(categorical) => categorical.sample(theta, rng),
            Self::Counts(counts) => counts.sample(theta, rng),
        }
    }

    /// ln p̂(x|θ), `[n, m]` and `[n, p]` → `[n, 1]`.
    fn log_prob_of<D: Differentiable>(&self, x: D, theta: &D) -> D {
        match self {
            Self::Flow(flow) => flow.log_prob(x, theta),
            Self::Mixture(mixture) => mixture.log_prob(x, theta),
            Self::Categorical(categorical) => categorical.log_prob(&x, theta),
            Self::Counts(counts) => counts.log_prob(&x, theta),
        }
    }
}

/// Values, `[n]`, and their slopes, `[n, k]`: `none` where there are no tangents.
fn value_and_slopes(found: Dual, none: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
    let (value, tangents) = found.into_parts();
    let slopes = tangents.map_or(none, |tangents| tangents.squeeze_dim::<2>(2).transpose());
    (value.squeeze_dim(1), slopes)
}

#[cfg(test)]
mod tests;
