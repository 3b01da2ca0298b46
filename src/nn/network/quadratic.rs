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
        Quadratic {
            network: self.quadratic.init(seed, device),
            rate: Param::from_tensor(Tensor::zeros([1, n_entries(p)], device)),
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
/// is the same for every x and stands for the total rate. Both have positive diagonals. With a fixed θ1, L₀₀ = S₀₀ = 1: the
/// ratio is one there.
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
        let v = Tensor::cat(vec![theta.ones_like().narrow(1, 0, 1), theta.clone()], 1);
        let mut sum: Option<Tensor<2>> = None;
        let mut slope: Option<Tensor<2>> = None;
        let mut at = 0;
        for column in 0..=p {
            // Column `column` of L begins on the diagonal.
            let length = p + 1 - column;
            let mut l = entries.clone().narrow(1, at, length);
            at += length;
            l = self.with_diagonal(l, column == 0);
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

    /// A column of L with its diagonal entry: 1 where the ratio is pinned, positive elsewhere.
    ///
    /// Positive, a Cholesky decomposition is unique. An entry of either sign that enters squared would have no slope at zero: the
    /// rate would never leave it, and a network that has begun with both signs would keep the x between them at zero.
    fn with_diagonal(&self, column: Tensor<2>, first: bool) -> Tensor<2> {
        let length = column.dims()[1];
        let entry = column.clone().narrow(1, 0, 1);
        let entry = match self.origin {
            Some(_) if first => entry.ones_like(),
            _ => activation::softplus(entry, 1.0) + 1e-6,
        };
        match length {
            1 => entry,
            _ => Tensor::cat(vec![entry, column.narrow(1, 1, length - 1)], 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Activation, floats};
    use crate::testing::{assert_all_close, doubles, scattered};

    const ROWS: usize = 33;

    /// A ratio of two columns of x and `p` parameters, with a rate that is not the initial one.
    fn quadratic(p: usize, origin: Option<Vec<f32>>, device: &Device) -> Quadratic {
        let like = MlpConfig {
            inputs: 0,
            hidden: vec![20, 10],
            outputs: 0,
            activation: Activation::Silu,
        };
        let mut network = QuadraticConfig::new(2, p, origin, &like).init(3, device);
        let rate = (0..n_entries(p)).map(|i| 0.3 + 0.1 * i as f32).collect();
        network.rate = Param::from_data(TensorData::new::<f32, _>(rate, [1, n_entries(p)]), device);
        network
    }

    fn inputs(columns: usize, device: &Device) -> Tensor<2> {
        scattered([ROWS, columns], 2.0, device)
    }

    #[test]
    fn the_gradient_is_burns_own() {
        let device = Device::flex().autodiff();
        for p in 1..=3 {
            for origin in [None, Some(vec![0.4; p])] {
                let network = quadratic(p, origin, &device);
                let x = inputs(2 + p, &device).require_grad();
                let all = x.grad(&network.forward(x.clone()).sum().backward()).unwrap();
                let expected = doubles(all.narrow(1, 2, p));
                let found = doubles(network.forward_with_gradient(x.detach()).1);
                assert_all_close(&found, &expected, 0.0, "gradient");
            }
        }
    }

    /// exp(ℓ) times the rate is a quadratic polynomial in θ: its third differences vanish.
    #[test]
    fn the_ratio_is_a_quotient_of_quadratics() {
        let device = Device::flex();
        let network = quadratic(1, Some(vec![0.4]), &device);
        let [s0, s1, s2] = [1.0, 0.4, 0.5f64.exp().ln_1p() + 1e-6]; // S of `quadratic`, with the pinned norm
        let rate = |theta: f64| (s0 + s1 * (theta - 0.4)).powi(2) + (s2 * (theta - 0.4)).powi(2);
        let ratio = |theta: f64| {
            let row = Tensor::from_data(TensorData::new(vec![0.3, -0.7, theta as f32], [1, 3]), &device);
            f64::from(floats(network.forward(row))[0]).exp() * rate(theta)
        };
        let third = ratio(1.5) - 3.0 * ratio(0.5) + 3.0 * ratio(-0.5) - ratio(-1.5);
        assert!(third.abs() < 1e-5 * ratio(1.5).max(ratio(-1.5)), "{third}");
    }

    #[test]
    fn a_pinned_ratio_is_exactly_one_at_its_origin() {
        let device = Device::flex();
        let network = quadratic(2, Some(vec![0.4, -1.3]), &device);
        let origin = Tensor::from_data(TensorData::new(vec![0.4f32, -1.3], [1, 2]), &device).repeat_dim(0, ROWS);
        let rows = Tensor::cat(vec![inputs(2, &device), origin], 1);
        assert!(floats(network.forward(rows)).iter().all(|&log| log == 0.0));
    }

    /// Nothing is stuck at the start: every entry of the rate has a slope.
    #[test]
    fn the_initial_rate_is_no_saddle() {
        let device = Device::flex().autodiff();
        let network = QuadraticConfig::new(2, 2, Some(vec![0.0; 2]), &quadratic_like()).init(1, &device);
        let slopes = network.forward(inputs(4, &device)).sum().backward();
        let slopes = floats(network.rate.val().grad(&slopes).unwrap());
        // The first entry is the norm, which is pinned.
        assert!(slopes[1..].iter().all(|slope| slope.abs() > 1e-3), "{slopes:?}");
    }

    fn quadratic_like() -> MlpConfig {
        MlpConfig {
            inputs: 0,
            hidden: vec![5],
            outputs: 0,
            activation: Activation::Tanh,
        }
    }
}
