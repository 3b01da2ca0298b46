//! The categorical density: a probability for each value that a discrete observation takes.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::conditioner::{Conditioner, ConditionerConfig};
use super::noise::choose;
use super::{Classes, Differentiable, Dual, check_network};
use crate::Activation;
use crate::network::floats;
use motherlode_core::error::{Error, Result};

/// The shape of a categorical density, with the values that it knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoricalConfig {
    /// Number of parameters p.
    pub n_parameters: usize,
    /// The values of x, in user units.
    pub classes: Classes,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
}

impl CategoricalConfig {
    /// A network of 64 + 64 hidden units for the given values of x.
    pub fn new(classes: Classes, n_parameters: usize) -> Self {
        Self {
            n_parameters,
            classes,
            hidden: vec![64, 64],
            activation: Activation::default(),
        }
    }

    /// Checks that the network can be built.
    ///
    /// # Errors
    /// Names the first value that does not fit and what is needed.
    pub fn check(&self) -> Result<()> {
        check_network(1, self.n_parameters, &self.hidden)?;
        match self.classes.is_empty() {
            true => Err(Error::data("a categorical density needs at least one class, got none")),
            false => Ok(()),
        }
    }

    /// A network of weights drawn from `seed`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<Categorical> {
        self.check()?;
        let config = ConditionerConfig {
            positions: &[],
            n_parameters: self.n_parameters,
            hidden: &self.hidden,
            lowest_degree: 0,
            owners: &vec![0; self.classes.len()],
            activation: self.activation,
            output_scale: 1.0,
        };
        Ok(Categorical {
            network: config.init(&mut Pcg64Mcg::seed_from_u64(seed), device),
            n_classes: self.classes.len(),
        })
    }
}

/// A conditional probability p̂(x|θ) of discrete x: the softmax of one network output for each class.
///
/// # Shapes
/// - x: `[n, 1]`, the class of each event as a number 0..K; θ: `[n, p]`
///
/// # Source
/// Used for the Galton board in Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.
#[derive(Module, Debug)]
pub(crate) struct Categorical {
    network: Conditioner,
    #[module(skip)]
    n_classes: usize,
}

impl Categorical {
    /// ln p̂(x|θ), `[n, 1]` and `[n, p]` → `[n, 1]`.
    pub(super) fn log_prob<D: Differentiable>(&self, x: &D, theta: &D) -> D {
        let logits = self.network.forward(None, theta);
        logits.clone().pick(&x.one_hot(self.n_classes)) - logits.log_sum_exp_rows()
    }

    /// A class for each row of `theta`, `[n, p]` → `[n, 1]`.
    pub(super) fn sample(&self, theta: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        let ([n, _], device) = (theta.dims(), theta.device());
        let shares = floats(
            self.network
                .forward(None, &Dual::constant(theta))
                .softmax_rows()
                .into_value(),
        );
        let classes = shares.chunks(self.n_classes).map(|shares| choose(shares, rng) as f32);
        Tensor::from_data(TensorData::new(classes.collect::<Vec<_>>(), [n, 1]), &device)
    }
}
