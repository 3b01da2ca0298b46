//! Autoregressive flows: normal noise, made into observables one after the other.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::conditioner::{Conditioner, ConditionerConfig};
use super::noise::{LOG_2PI, normal};
use super::spline::{Spline, n_shape};
use super::{Differentiable, Dual, affine, check_network};
use crate::Activation;
use motherlode_core::error::{Error, Result};

/// Initial weights of the last layer of each conditioner, relative to Glorot's: a flow starts close to the identity.
const OUTPUT_SCALE: f32 = 0.1;
/// More bins would leave no room for shares of a smallest size.
const MOST_BINS: usize = 128;

/// Transform of one observable by one layer of a flow, given the observables before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transform {
    /// u = (x − μ)/σ: masked autoregressive flow (Papamakarios, Pavlakou and Murray 2017, arXiv:1705.07057).
    Affine,
    /// u = (x − μ)√ρ with any ln ρ, in layers that all have the order of the data, and without hidden units for what θ alone
    /// decides: the flow of MadMiner (arXiv:1907.10621), for networks that were trained there.
    Unbounded,
    /// An affine transform, then a monotone rational-quadratic spline inside ±`bound`: neural spline flow (Durkan, Bekasov, Murray
    /// and Papamakarios 2019, arXiv:1906.04032). The affine part brings narrow densities into the reach of few bins.
    ///
    /// ln p̂ is continuous, but its derivatives, ∇θ ln p̂ among them, jump where an observable crosses a knot.
    Spline {
        /// Number of bins.
        bins: usize,
        /// Half the width of the interval that the spline bends; beyond, it is the identity.
        bound: f64,
    },
}

/// The shape of an autoregressive flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowConfig {
    /// Number of observables m.
    pub n_observables: usize,
    /// Number of parameters p.
    pub n_parameters: usize,
    /// Transform of a layer.
    pub transform: Transform,
    /// Number of layers; the order of the observables changes from one to the next.
    pub layers: usize,
    /// Widths of the hidden layers of the network in each layer.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Observables that count: in training each value is spread evenly over ±½, and the density at a whole number is its probability.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counting: Vec<usize>,
}

impl FlowConfig {
    /// A neural spline flow: two layers of 8 bins inside ±5, networks of 64 + 64 hidden units.
    pub fn spline(n_observables: usize, n_parameters: usize) -> Self {
        let transform = Transform::Spline { bins: 8, bound: 5.0 };
        Self::new(n_observables, n_parameters, transform, 2)
    }

    /// A masked autoregressive flow: five affine layers, networks of 64 + 64 hidden units.
    pub fn affine(n_observables: usize, n_parameters: usize) -> Self {
        Self::new(n_observables, n_parameters, Transform::Affine, 5)
    }

    fn new(n_observables: usize, n_parameters: usize, transform: Transform, layers: usize) -> Self {
        Self {
            n_observables,
            n_parameters,
            transform,
            layers,
            hidden: vec![64, 64],
            activation: Activation::default(),
            counting: vec![],
        }
    }

    /// Sets the observables that count, of several.
    pub(crate) fn with_counting(self, counting: Vec<usize>) -> Self {
        Self { counting, ..self }
    }

    /// Checks that the flow can be built and can learn more than a Gaussian.
    ///
    /// # Errors
    /// Names the first value that does not fit, what is needed and what to choose instead.
    pub fn check(&self) -> Result<()> {
        let m = self.n_observables;
        check_network(m, self.n_parameters, &self.hidden)?;
        let narrow = self.hidden.iter().find(|width| **width < m);
        if let (Some(width), Transform::Affine | Transform::Spline { .. }) = (narrow, self.transform) {
            return Err(Error::usage(format!(
                "a hidden layer of {width} units cannot keep {m} observables apart: a flow needs at least {m}"
            )));
        }
        match self.transform {
            Transform::Affine if m == 1 => Err(Error::usage(
                "an affine flow of one observable is a Gaussian, however many layers it has: choose a spline flow or a mixture",
            )),
            Transform::Affine if self.layers < 2 => Err(Error::usage(format!(
                "an affine flow of {} layers leaves its first observable a Gaussian: it needs at least 2",
                self.layers
            ))),
            _ if self.layers == 0 => Err(Error::usage("a flow needs at least one layer, got 0")),
            Transform::Spline { bins, .. } if !(2..=MOST_BINS).contains(&bins) => Err(Error::usage(format!(
                "a spline needs 2 to {MOST_BINS} bins, got {bins}"
            ))),
            Transform::Spline { bound, .. } if !(bound.is_finite() && bound > 0.0) => Err(Error::usage(format!(
                "the bound of a spline must be positive and finite, got {bound}"
            ))),
            _ => Ok(()),
        }
    }

    /// A flow close to the identity, with weights drawn from `seed`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<Flow> {
        self.check()?;
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let n_outputs = self.transform.n_numbers();
        let owners: Vec<usize> = (0..self.n_observables).flat_map(|i| vec![i; n_outputs]).collect();
        let unbounded = self.transform == Transform::Unbounded;
        let conditioner = |layer| {
            let config = ConditionerConfig {
                positions: &positions(self.n_observables, if unbounded { 0 } else { layer }),
                lowest_degree: usize::from(unbounded),
                n_parameters: self.n_parameters,
                hidden: &self.hidden,
                owners: &owners,
                activation: self.activation,
                output_scale: OUTPUT_SCALE,
            };
            config.init(&mut rng, device)
        };
        Ok(Flow {
            layers: (0..self.layers).map(conditioner).collect(),
            n_observables: self.n_observables,
            transform: self.transform,
        })
    }
}

/// The position of each observable in the order of a layer.
///
/// Layers come in pairs, an order and its reverse, the first pair in the order of the data and the others shuffled: what
/// comes first in one layer, and would stay a Gaussian there, comes last in the next. The orders follow from the shape
/// alone, so a model file need not hold them.
fn positions(m: usize, layer: usize) -> Vec<usize> {
    let pair = layer / 2;
    let mut positions: Vec<usize> = (0..m).collect();
    if pair > 0 {
        positions.shuffle(&mut Pcg64Mcg::seed_from_u64(pair as u64));
    }
    if layer % 2 == 1 {
        positions.iter_mut().for_each(|position| *position = m - 1 - *position);
    }
    positions
}

/// A conditional density p̂(x|θ) as a change of variables: layers of invertible maps take x to u, which is standard
/// normal, so that ln p̂(x|θ) = ln N(u; 0, 1) + Σ ln |du/dx|.
///
/// In each layer the map of an observable depends on θ and on the observables before it in the order; the Jacobian is
/// triangular and its determinant a product of slopes. Sampling inverts a layer in m passes.
///
/// # Source
/// Papamakarios, Pavlakou and Murray 2017, arXiv:1705.07057; Durkan, Bekasov, Murray and Papamakarios 2019,
/// arXiv:1906.04032.
#[derive(Module, Debug)]
pub(crate) struct Flow {
    layers: Vec<Conditioner>,
    #[module(skip)]
    n_observables: usize,
    #[module(skip)]
    transform: Transform,
}

impl Flow {
    /// Number of observables m.
    pub(super) fn n_observables(&self) -> usize {
        self.n_observables
    }

    /// ln p̂(x|θ), `[n, m]` and `[n, p]` → `[n, 1]`.
    pub(super) fn log_prob<D: Differentiable>(&self, x: D, theta: &D) -> D {
        let (u, log_slope) = self.noise(x, theta);
        (log_slope - u.square().scale(0.5))
            .sum_rows()
            .shift(-0.5 * self.n_observables as f64 * LOG_2PI)
    }

    /// The noise u that x is made of, and ln |du/dx| observable by observable, both `[n, m]`.
    pub(super) fn noise<D: Differentiable>(&self, x: D, theta: &D) -> (D, D) {
        let (mut log_slope, mut u) = (x.zeros_like(), x);
        for conditioner in &self.layers {
            let numbers = conditioner.forward(Some(u.clone()), theta);
            let slope;
            (u, slope) = self.transform.forward(u, numbers, self.n_observables);
            log_slope = log_slope + slope;
        }
        (u, log_slope)
    }

    /// The observables that noise `u` makes, `[n, m]` and `[n, p]` → `[n, m]`.
    pub(super) fn observables(&self, u: Tensor<2>, theta: Tensor<2>) -> Tensor<2> {
        let theta = Dual::constant(theta);
        self.layers.iter().rev().fold(u, |u, conditioner| {
            // After k passes the first k observables of the order are right, and the others do not enter theirs.
            let mut x = u.zeros_like();
            for _ in 0..self.n_observables {
                let numbers = conditioner.forward(Some(Dual::constant(x)), &theta);
                x = self.transform.inverse(u.clone(), numbers);
            }
            x
        })
    }

    /// One observation for each row of `theta`, `[n, p]` → `[n, m]`.
    pub(super) fn sample(&self, theta: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        let u = normal([theta.dims()[0], self.n_observables], rng, &theta.device());
        self.observables(u, theta)
    }
}

impl Transform {
    /// Numbers that determine the map of one observable.
    fn n_numbers(self) -> usize {
        match self {
            Self::Affine | Self::Unbounded => 2,
            Self::Spline { bins, .. } => 2 + n_shape(bins),
        }
    }

    /// u and ln |du/dx| from x `[n, m]` and the numbers of its maps `[n, m · n_numbers]`.
    ///
    /// All observables of all events are one column: an operation is a pass over memory, and there are many.
    fn forward<D: Differentiable>(self, x: D, numbers: D, m: usize) -> (D, D) {
        let (x, numbers) = (x.in_rows_of(1), numbers.in_rows_of(self.n_numbers()));
        let (shift, spread) = (numbers.columns(0, 1), numbers.columns(1, 2));
        let (mut u, mut log_slope) = match self {
            Self::Unbounded => affine::forward_unbounded(x, shift, spread),
            _ => affine::forward(x, shift, spread),
        };
        if let Self::Spline { bins, bound } = self {
            let bent = Spline::new(&numbers.columns(2, self.n_numbers()), bins, bound).forward(u);
            (u, log_slope) = (bent.0, log_slope + bent.1);
        }
        (u.in_rows_of(m), log_slope.in_rows_of(m))
    }

    /// x from u, the inverse of [`forward`](Self::forward).
    fn inverse(self, u: Tensor<2>, numbers: Dual) -> Tensor<2> {
        let [n, m] = u.dims();
        let (mut u, numbers) = (u.reshape([n * m, 1]), numbers.in_rows_of(self.n_numbers()));
        if let Self::Spline { bins, bound } = self {
            u = Spline::new(&numbers.columns(2, self.n_numbers()), bins, bound).inverse(u);
        }
        let (u, shift, spread) = (Dual::constant(u), numbers.columns(0, 1), numbers.columns(1, 2));
        let x = match self {
            Self::Unbounded => affine::inverse_unbounded(u, shift, spread),
            _ => affine::inverse(u, shift, spread),
        };
        x.into_value().reshape([n, m])
    }
}

#[cfg(test)]
mod tests {
    use super::positions;

    #[test]
    fn every_second_layer_reverses_the_one_before() {
        assert_eq!([positions(3, 0), positions(3, 1)], [vec![0, 1, 2], vec![2, 1, 0]]);
        for pair in 0..4 {
            let [order, reverse] = [positions(5, 2 * pair), positions(5, 2 * pair + 1)];
            assert!(
                order.iter().zip(&reverse).all(|(a, b)| a + b == 4),
                "{order:?}, {reverse:?}"
            );
        }
        assert_ne!(positions(5, 0), positions(5, 2));
    }
}
