//! Ratios that are quadratic in θ, as those of effective field theories, and positive whatever the weights.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::{Mlp, MlpConfig};

/// The shape of a quadratic ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct QuadraticConfig {
    /// The perceptron of x; its outputs are the entries of a triangular matrix.
    pub quadratic: MlpConfig,
    /// The standardised θ1 at which the ratio is one, `[p]`; without it the ratio has a free norm.
    pub origin: Option<Vec<f32>>,
    /// Number of parameters p.
    pub n_parameters: usize,
}

impl QuadraticConfig {
    /// For m columns of x and p parameters, with hidden layers like those of `like`.
    pub(crate) fn new(m: usize, p: usize, origin: Option<Vec<f32>>, like: &MlpConfig) -> Self {
        Self {
            quadratic: MlpConfig {
                inputs: m,
                outputs: n_entries(p),
                ..like.clone()
            },
            origin,
            n_parameters: p,
        }
    }

    /// A network with weights drawn from `seed`.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Quadratic {
        let p = self.n_parameters;
        let zeros = |n: usize| Tensor::zeros([1, n], device);
        Quadratic {
            network: self.quadratic.init(seed, device),
            rate: Param::from_tensor(zeros(n_entries(p))),
            origin: self.origin.clone(),
            n_parameters: p,
        }
    }
}

/// Entries of a lower triangle of p + 1 rows.
fn n_entries(p: usize) -> usize {
    (p + 1) * (p + 2) / 2
}

/// ℓ(x, θ) = ln vᵀL(x)L(x)ᵀv − ln vᵀSSᵀv with v = (1, θ − θ1), L and S lower triangular.
///
/// Where the differential rate is a quadratic polynomial of θ, so is the ratio of x, up to the ratio of the total rates;
/// a quadratic that is nowhere negative is a sum of squares, which is what L Lᵀ makes of it (a Cholesky decomposition). S
/// is the same for every x and stands for the total rate. With a fixed θ1, L₀₀ = S₀₀ = 1: the ratio is one there.
///
/// # Sources
/// Chen, Glioti, Panico and Wulzer 2020, arXiv:2007.10356 (quadratic classifier); Brehmer, Kling, Espejo and Cranmer 2019,
/// arXiv:1907.10621 (morphing-aware ratio estimators).
#[derive(Module, Debug)]
pub(crate) struct Quadratic {
    network: Mlp,
    rate: Param<Tensor<2>>,
    #[module(skip)]
    origin: Option<Vec<f32>>,
    #[module(skip)]
    n_parameters: usize,
}

impl Quadratic {
    /// ℓ, `[n, m + p]` → `[n, 1]`.
    pub(crate) fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.forward_with_gradient(inputs).0
    }

    /// ℓ and its gradient with respect to θ: `[n, 1]` and `[n, p]`.
    pub(crate) fn forward_with_gradient(&self, inputs: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let ([n, columns], p) = (inputs.dims(), self.n_parameters);
        let theta = self.relative_to_origin(inputs.clone().narrow(1, columns - p, p));
        let entries = self.network.forward(inputs.narrow(1, 0, columns - p));
        let (above, above_gradient) = self.log_quadratic(entries, &theta);
        let (below, below_gradient) = self.log_quadratic(self.rate.val().repeat_dim(0, n), &theta);
        (above - below, above_gradient - below_gradient)
    }

    /// θ − θ1.
    fn relative_to_origin(&self, theta: Tensor<2>) -> Tensor<2> {
        match &self.origin {
            Some(origin) => {
                let data = TensorData::new(origin.clone(), [1, origin.len()]);
                theta.clone() - Tensor::from_data(data, &theta.device())
            }
            None => theta,
        }
    }

    /// ln vᵀLLᵀv and its gradient to θ, from the entries of L column by column.
    fn log_quadratic(&self, entries: Tensor<2>, theta: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (n, p) = (entries.dims()[0], self.n_parameters);
        let one = || theta.ones_like().narrow(1, 0, 1);
        let v = Tensor::cat(vec![one(), theta.clone()], 1);
        let mut sum: Option<Tensor<2>> = None;
        let mut slope: Option<Tensor<2>> = None;
        let mut at = 0;
        for column in 0..=p {
            // Column `column` of L begins on the diagonal.
            let length = p + 1 - column;
            let mut l = entries.clone().narrow(1, at, length);
            at += length;
            if column == 0 {
                l = self.with_norm(l, one());
            }
            let amplitude = (l.clone() * v.clone().narrow(1, column, length)).sum_dim(1);
            // ∂(amplitude²)/∂θ; θ begins at the second entry of v.
            let to_theta = match column {
                0 => l.narrow(1, 1, p),
                _ => {
                    let above = Tensor::zeros([n, column - 1], &theta.device());
                    if column == 1 { l } else { Tensor::cat(vec![above, l], 1) }
                }
            };
            let step = to_theta * amplitude.clone() * 2.0;
            slope = Some(slope.map_or(step.clone(), |slope| slope + step));
            let square = amplitude.square();
            sum = Some(sum.map_or(square.clone(), |sum| sum + square));
        }
        let sum = sum.expect("L has a first column") + f32::MIN_POSITIVE;
        let slope = slope.expect("L has a first column");
        (sum.clone().log(), slope / sum)
    }

    /// The first column of L with its diagonal entry: 1 where the ratio is pinned, positive elsewhere.
    fn with_norm(&self, column: Tensor<2>, one: Tensor<2>) -> Tensor<2> {
        let first = match self.origin {
            Some(_) => one,
            None => activation::softplus(column.clone().narrow(1, 0, 1), 1.0) + 1e-6,
        };
        Tensor::cat(vec![first, column.narrow(1, 1, self.n_parameters)], 1)
    }
}
