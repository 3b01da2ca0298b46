//! Mixture density networks: a sum of Gaussians whose places, widths and weights a network reads off θ.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::affine::LOG_SCALE_LIMIT;
use super::conditioner::{Conditioner, ConditionerConfig};
use super::noise::{LOG_2PI, choose};
use super::{Differentiable, Dual, check_network};
use crate::Activation;
use crate::network::floats;
use motherlode_core::error::{Error, Result};

/// Initial weights of the last layer, relative to Glorot's, and initial standard deviation of the means.
const START: (f32, f32) = (0.5, 1.0);
/// Both numbers for a mixture that starts close to a standard normal, whatever the condition.
const NEAR_NORMAL: (f32, f32) = (0.05, 0.1);

/// The shape of a mixture density network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MixtureConfig {
    /// Number of observables m.
    pub n_observables: usize,
    /// Number of parameters p.
    pub n_parameters: usize,
    /// Number of Gaussians K.
    pub components: usize,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
}

impl MixtureConfig {
    /// Eight Gaussians, a network of 64 + 64 hidden units.
    pub fn new(n_observables: usize, n_parameters: usize) -> Self {
        Self {
            n_observables,
            n_parameters,
            components: 8,
            hidden: vec![64, 64],
            activation: Activation::default(),
        }
    }

    /// Checks that the mixture can be built.
    ///
    /// # Errors
    /// Names the first value that does not fit and what is needed.
    pub fn check(&self) -> Result<()> {
        check_network(self.n_observables, self.n_parameters, &self.hidden)?;
        match self.components {
            0 => Err(Error::usage("a mixture needs at least one component, got 0")),
            _ => Ok(()),
        }
    }

    /// A mixture of weights drawn from `seed`, its means spread like standardised data: equal components would stay so.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<Mixture> {
        self.init_from(START, seed, device)
    }

    /// A mixture of weights drawn from `seed` that starts close to a standard normal.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init_near_normal(&self, seed: u64, device: &Device) -> Result<Mixture> {
        self.init_from(NEAR_NORMAL, seed, device)
    }

    fn init_from(&self, (output_scale, spread): (f32, f32), seed: u64, device: &Device) -> Result<Mixture> {
        self.check()?;
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let layout = Layout {
            m: self.n_observables,
            k: self.components,
        };
        let config = ConditionerConfig {
            positions: &[],
            n_parameters: self.n_parameters,
            hidden: &self.hidden,
            lowest_degree: 0,
            owners: &vec![0; layout.ends()[3]],
            activation: self.activation,
            output_scale,
        };
        let network = config.init(&mut rng, device);
        let mut bias = vec![0.0; layout.ends()[3]];
        if self.components > 1 {
            bias[layout.k..layout.ends()[1]].fill_with(|| spread * rng.sample::<f32, _>(StandardNormal));
        }
        Ok(Mixture {
            network: network.with_output_bias(bias, device),
            arrange: Arrange::new(layout, device),
            layout,
        })
    }
}

/// Which outputs of the network are what: K logits, K m means, K m log scales, K m(m − 1)/2 entries below the diagonal.
#[derive(Debug, Clone, Copy)]
struct Layout {
    m: usize,
    k: usize,
}

impl Layout {
    /// Pairs (i, j) of observables with j < i.
    fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.m).flat_map(|i| (0..i).map(move |j| (i, j)))
    }

    fn n_pairs(self) -> usize {
        self.m * (self.m - 1) / 2
    }

    /// Where logits, means, log scales and entries end.
    fn ends(self) -> [usize; 4] {
        let Self { m, k } = self;
        [k, k + k * m, k + 2 * k * m, k + 2 * k * m + k * self.n_pairs()]
    }
}

/// Matrices of ones and zeros that bring numbers to their places: one product instead of many slices.
#[derive(Module, Debug)]
struct Arrange {
    /// x once for each component, `[m, K m]`.
    repeat: Tensor<2>,
    /// The sum over the observables of each component, `[K m, K]`.
    total: Tensor<2>,
    /// For each pair (i, j) of each component: the number at j, and the sum at i; `[K m, K pairs]` and its like.
    from: Option<Tensor<2>>,
    onto: Option<Tensor<2>>,
}

impl Arrange {
    fn new(layout: Layout, device: &Device) -> Self {
        let Layout { m, k } = layout;
        let matrix = |shape: [usize; 2], ones: Vec<[usize; 2]>| {
            let mut values = vec![0.0_f32; shape[0] * shape[1]];
            ones.into_iter()
                .for_each(|[row, column]| values[row * shape[1] + column] = 1.0);
            Tensor::<2>::from_data(TensorData::new(values, shape), device)
        };
        let cells = || (0..k).flat_map(move |c| (0..m).map(move |i| (c, i)));
        let n_pairs = layout.n_pairs();
        let pairs = || (0..k).flat_map(move |c| layout.pairs().map(move |(i, j)| [c * m + i, c * m + j]));
        let from = || pairs().enumerate().map(|(pair, [_, j])| [j, pair]).collect();
        let onto = || pairs().enumerate().map(|(pair, [i, _])| [pair, i]).collect();
        Self {
            repeat: matrix([m, k * m], cells().map(|(c, i)| [i, c * m + i]).collect()),
            total: matrix([k * m, k], cells().map(|(c, i)| [c * m + i, c]).collect()),
            from: (n_pairs > 0).then(|| matrix([k * m, k * n_pairs], from())),
            onto: (n_pairs > 0).then(|| matrix([k * n_pairs, k * m], onto())),
        }
    }
}

/// A conditional density p̂(x|θ) = Σ_k π_k(θ) N(x; μ_k(θ), Σ_k(θ)) with full covariances.
///
/// Each covariance is given by what makes its Gaussian white: u = e^{−s} (d + A d), d = x − μ, with A below the diagonal,
/// so that ln N = −½|u|² − Σ s − (m/2) ln 2π, and no matrix is inverted. |s| is bounded: no component can collapse onto a
/// single event.
///
/// # Source
/// Bishop 1994, Mixture density networks, NCRG/94/004.
#[derive(Module, Debug)]
pub(crate) struct Mixture {
    network: Conditioner,
    arrange: Arrange,
    #[module(skip)]
    layout: Layout,
}

impl Mixture {
    /// Number of observables m.
    pub(super) fn n_observables(&self) -> usize {
        self.layout.m
    }

    /// ln p̂(x|θ), `[n, m]` and `[n, p]` → `[n, 1]`.
    pub(super) fn log_prob<D: Differentiable>(&self, x: D, theta: &D) -> D {
        let [logits, means, log_scales, entries] = self.numbers(theta);
        let distance = x.matmul(self.arrange.repeat.clone()) - means;
        let log_scales = log_scales.bounded(LOG_SCALE_LIMIT);
        let skewed = match (&self.arrange.from, &self.arrange.onto) {
            (Some(from), Some(onto)) => {
                let moved = distance.clone().matmul(from.clone()) * entries;
                distance + moved.matmul(onto.clone())
            }
            _ => distance,
        };
        let u = skewed * log_scales.clone().scale(-1.0).exp();
        let log_gauss = (u.square().scale(-0.5) - log_scales).matmul(self.arrange.total.clone());
        let normalisation = logits.clone().log_sum_exp_rows();
        let log_sum = (logits + log_gauss).log_sum_exp_rows();
        (log_sum - normalisation).shift(-0.5 * self.layout.m as f64 * LOG_2PI)
    }

    /// Logits, means, log scales before they are bounded, and entries below the diagonal, component by component.
    fn numbers<D: Differentiable>(&self, theta: &D) -> [D; 4] {
        let numbers = self.network.forward(None, theta);
        let [a, b, c, d] = self.layout.ends();
        // A width of zero is no tensor: without pairs, the last is never looked at.
        let entries = if d > c {
            numbers.columns(c, d)
        } else {
            numbers.columns(0, 1)
        };
        [
            numbers.columns(0, a),
            numbers.columns(a, b),
            numbers.columns(b, c),
            entries,
        ]
    }

    /// One observation for each row of `theta`, `[n, p]` → `[n, m]`.
    pub(super) fn sample(&self, theta: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        let Layout { m, k } = self.layout;
        let ([n, _], device, n_pairs) = (theta.dims(), theta.device(), self.layout.n_pairs());
        let [logits, means, log_scales, entries] = self.numbers(&Dual::constant(theta));
        let shares = floats(logits.softmax_rows().into_value());
        let means = floats(means.into_value());
        let log_scales = floats(log_scales.bounded(LOG_SCALE_LIMIT).into_value());
        let entries = floats(entries.into_value());
        let mut x = Vec::with_capacity(n * m);
        for row in 0..n {
            let component = row * k + choose(&shares[row * k..(row + 1) * k], rng);
            let at = component * m;
            let below = &entries[(component * n_pairs).min(entries.len())..];
            let mut distance: Vec<f32> = Vec::with_capacity(m);
            for i in 0..m {
                let u: f32 = rng.sample(StandardNormal);
                let row_of_entries = &below[i * i.saturating_sub(1) / 2..];
                let earlier: f32 = row_of_entries.iter().zip(&distance).map(|(a, d)| a * d).sum();
                distance.push(u * log_scales[at + i].exp() - earlier);
                x.push(means[at + i] + distance[i]);
            }
        }
        Tensor::from_data(TensorData::new(x, [n, m]), &device)
    }
}
