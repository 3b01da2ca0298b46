//! The density of counts: a mixture of logistic distributions of the logarithm, each integrated over the bin of an integer.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::conditioner::{Conditioner, ConditionerConfig};
use super::noise::choose;
use super::{Differentiable, Dual, check_network};
use crate::Activation;
use crate::network::floats;
use motherlode_core::error::{Error, Result};

/// Initial weights of the last layer, relative to Glorot's.
const OUTPUT_SCALE: f32 = 0.5;
/// Largest |ln s| of a width: ten thousand counts may be known to a few.
const LOG_SCALE_LIMIT: f64 = 12.0;

/// The shape of a density of one observable that counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountsConfig {
    /// Number of parameters p.
    pub n_parameters: usize,
    /// The smallest count there is, 0; none if counts may be negative.
    pub least: Option<f64>,
    /// Middle of the logarithms ±ln(1 + |x|) of the data.
    pub centre: f64,
    /// A quarter of their range.
    pub scale: f64,
    /// Number of logistic distributions K.
    pub components: usize,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
}

impl CountsConfig {
    /// Eight logistic distributions, a network of 64 + 64 hidden units, for counts from `low` to `high`.
    pub fn new(low: f64, high: f64, n_parameters: usize) -> Self {
        let [from, to] = [low, high].map(logarithm);
        Self {
            n_parameters,
            least: (low >= 0.0).then_some(0.0),
            centre: 0.5 * (from + to),
            scale: if to > from { 0.25 * (to - from) } else { 1.0 },
            components: 8,
            hidden: vec![64, 64],
            activation: Activation::default(),
        }
    }

    /// Checks that the density can be built.
    ///
    /// # Errors
    /// Names the first value that does not fit and what is needed.
    pub fn check(&self) -> Result<()> {
        check_network(1, self.n_parameters, &self.hidden)?;
        let sound = self.centre.is_finite() && self.scale.is_finite() && self.scale > 0.0;
        match self.components > 0 && sound && self.least.is_none_or(f64::is_finite) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "a density of counts needs a component and a finite centre and positive scale, got {} components, centre {} and scale {}",
                self.components, self.centre, self.scale
            ))),
        }
    }

    /// A density of weights drawn from `seed`, its means spread like standardised data: equal components would stay so.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<Counts> {
        self.check()?;
        let (mut rng, k) = (Pcg64Mcg::seed_from_u64(seed), self.components);
        let config = ConditionerConfig {
            positions: &[],
            n_parameters: self.n_parameters,
            hidden: &self.hidden,
            lowest_degree: 0,
            owners: &vec![0; 3 * k],
            activation: self.activation,
            output_scale: OUTPUT_SCALE,
        };
        let network = config.init(&mut rng, device);
        let mut bias = vec![0.0; 3 * k];
        bias[k..2 * k].fill_with(|| rng.sample(StandardNormal));
        Ok(Counts {
            network: network.with_output_bias(bias, device),
            repeat: Tensor::from_data(TensorData::new(vec![1.0_f32; k], [1, k]), device),
            k,
        })
    }

    /// Appends a count as the network takes it: middle and half the width of its bin, and 0 if the bin is open below.
    pub(super) fn push_x(&self, x: f64, to: &mut Vec<f32>) {
        let [below, above] = [x - 0.5, x + 0.5].map(|edge| (logarithm(edge) - self.centre) / self.scale);
        let closed = self.least.is_none_or(|least| x > least);
        to.extend([0.5 * (below + above), 0.5 * (above - below)].map(|number| number as f32));
        to.push(f32::from(u8::from(closed)));
    }

    /// The count in whose bin a standardised logarithm lies.
    pub(super) fn count(&self, logarithm: f32) -> f64 {
        let logarithm = f64::from(logarithm) * self.scale + self.centre;
        let count = logarithm.abs().exp_m1().copysign(logarithm).round();
        self.least.map_or(count, |least| count.max(least)) + 0.0
    }
}

/// ±ln(1 + |x|).
fn logarithm(x: f64) -> f64 {
    x.abs().ln_1p().copysign(x)
}

/// A conditional probability P̂(n|θ) = Σ_k π_k(θ) \[F((g(n + ½) − μ_k)/s_k) − F((g(n − ½) − μ_k)/s_k)\] of whole numbers n, with
/// g(x) = ±ln(1 + |x|) and the logistic distribution function F. It sums to one over all n; 0, the least count, has all that lies below.
///
/// # Shapes
/// - x: `[n, 3]`, middle and half the width of a bin, and whether it is closed below; θ: `[n, p]`
///
/// # Source
/// As for pixels in Salimans, Karpathy, Chen and Kingma 2017, arXiv:1701.05517.
#[derive(Module, Debug)]
pub(crate) struct Counts {
    network: Conditioner,
    /// A number once for each component, `[1, K]`.
    repeat: Tensor<2>,
    #[module(skip)]
    k: usize,
}

impl Counts {
    /// ln P̂(n|θ), `[n, 3]` and `[n, p]` → `[n, 1]`.
    ///
    /// # Precision
    /// F(a) − F(b) = F(a) F(−b) (1 − e^{b − a}) and 1 − e^{−d} = 2t/(1 + t), t = tanh(d/2): nothing cancels.
    pub(super) fn log_prob<D: Differentiable>(&self, x: &D, theta: &D) -> D {
        let k = self.k;
        let numbers = self.network.forward(None, theta);
        let [logits, means, log_scales] = [0, 1, 2].map(|part| numbers.columns(part * k, (part + 1) * k));
        let [middle, half, closed] = [0, 1, 2].map(|column| x.columns(column, column + 1).matmul(self.repeat.clone()));
        let inverse = log_scales.bounded(LOG_SCALE_LIMIT).scale(-1.0).exp();
        let middle = (middle - means) * inverse.clone();
        let half = half * inverse;
        let above = middle.clone() + half.clone();
        let below = middle - half.clone();
        let t = half.activate(Activation::Tanh);
        let width = t.clone().ln() - t.shift(1.0).ln();
        let at_most = above.scale(-1.0).softplus().scale(-1.0);
        let more_than = width.shift(std::f64::consts::LN_2) - below.softplus();
        let log_mass = at_most + closed * more_than;
        (logits.clone() + log_mass).log_sum_exp_rows() - logits.log_sum_exp_rows()
    }

    /// A standardised logarithm for each row of `theta`, `[n, p]` → `[n, 3]`, as the first column.
    pub(super) fn sample(&self, theta: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        let ([n, _], device, k) = (theta.dims(), theta.device(), self.k);
        let numbers = self.network.forward(None, &Dual::constant(theta));
        let shares = floats(numbers.columns(0, k).softmax_rows().into_value());
        let means = floats(numbers.columns(k, 2 * k).into_value());
        let log_scales = floats(numbers.columns(2 * k, 3 * k).bounded(LOG_SCALE_LIMIT).into_value());
        let mut x = Vec::with_capacity(3 * n);
        for row in 0..n {
            let component = row * k + choose(&shares[row * k..(row + 1) * k], rng);
            let share: f64 = rng.random_range(f64::EPSILON..1.0);
            let logistic = (share / (1.0 - share)).ln() as f32;
            x.extend([means[component] + log_scales[component].exp() * logistic, 0.0, 1.0]);
        }
        Tensor::from_data(TensorData::new(x, [n, 3]), &device)
    }
}
