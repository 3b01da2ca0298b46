//! A ratio of two hypotheses that changes its sign when they change places.

use burn::module::Module;
use burn::tensor::Tensor;

use super::Mlp;

/// ℓ(x, θ0, θ1) = f(x, θ0, θ1) − f(x, θ1, θ0) of a perceptron f: antisymmetric whatever its weights.
///
/// # Source
/// Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621 (doubly parameterised estimators).
#[derive(Module, Debug)]
pub(crate) struct Antisymmetric {
    network: Mlp,
    #[module(skip)]
    n_parameters: usize,
}

impl Antisymmetric {
    /// Wraps a perceptron of `[x, θ0, θ1]`, with p parameters each.
    pub(crate) fn new(network: Mlp, n_parameters: usize) -> Self {
        Self { network, n_parameters }
    }

    /// ℓ, `[n, m + 2p]` → `[n, 1]`: one pass over both orders of the hypotheses, end to end.
    pub(crate) fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let n = inputs.dims()[0];
        let both = self.network.forward(self.both_orders(inputs));
        both.clone().narrow(0, 0, n) - both.narrow(0, n, n)
    }

    /// ℓ and its gradient with respect to θ0 and θ1: `[n, 1]` and `[n, 2p]`.
    pub(crate) fn forward_with_gradient(&self, inputs: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (n, p) = (inputs.dims()[0], self.n_parameters);
        let both = self.both_orders(inputs);
        let (value, gradient) = self.network.forward_with_gradient(both, 2 * p);
        let [there, back] = [gradient.clone().narrow(0, 0, n), gradient.narrow(0, n, n)];
        let back = swapped(back, 0, p);
        (value.clone().narrow(0, 0, n) - value.narrow(0, n, n), there - back)
    }

    fn both_orders(&self, inputs: Tensor<2>) -> Tensor<2> {
        let p = self.n_parameters;
        let m = inputs.dims()[1] - 2 * p;
        Tensor::cat(vec![inputs.clone(), swapped(inputs, m, p)], 0)
    }

    /// See [`Mlp::blocks`].
    pub(crate) fn blocks(&self) -> Vec<usize> {
        self.network.blocks()
    }
}

/// The last 2p columns, which begin at `m`, with their halves exchanged.
fn swapped(rows: Tensor<2>, m: usize, p: usize) -> Tensor<2> {
    let [first, second] = [m, m + p].map(|start| rows.clone().narrow(1, start, p));
    let mut parts = vec![second, first];
    if m > 0 {
        parts.insert(0, rows.narrow(1, 0, m));
    }
    Tensor::cat(parts, 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::network::{Activation, MlpConfig, floats};
    use crate::testing::{assert_all_close, doubles, scattered};

    const ROWS: usize = 33;

    fn network(m: usize, p: usize, device: &Device) -> Antisymmetric {
        let config = MlpConfig {
            inputs: m + 2 * p,
            hidden: vec![20, 10],
            outputs: 1,
            activation: Activation::Silu,
        };
        Antisymmetric::new(config.init(3, device), p)
    }

    fn inputs(columns: usize, device: &Device) -> Tensor<2> {
        scattered([ROWS, columns], 2.0, device)
    }

    #[test]
    fn the_gradient_is_burns_own() {
        let device = Device::flex().autodiff();
        for (m, p) in [(0, 1), (1, 1), (3, 2)] {
            let network = network(m, p, &device);
            let x = inputs(m + 2 * p, &device).require_grad();
            let all = x.grad(&network.forward(x.clone()).sum().backward()).unwrap();
            let expected = doubles(all.narrow(1, m, 2 * p));
            let found = doubles(network.forward_with_gradient(x.detach()).1);
            assert_all_close(&found, &expected, 0.0, "gradient");
        }
    }

    #[test]
    fn hypotheses_that_change_places_change_the_sign_and_not_a_bit_else() {
        let device = Device::flex();
        let network = network(2, 2, &device);
        let rows = inputs(6, &device);
        let there = floats(network.forward(rows.clone()));
        let back = floats(network.forward(swapped(rows, 2, 2)));
        assert!(
            there
                .iter()
                .zip(&back)
                .all(|(there, back)| *there == -back && *there != 0.0)
        );
    }
}
