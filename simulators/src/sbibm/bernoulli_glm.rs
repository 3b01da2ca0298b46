//! A neuron that responds to a stimulus: logistic regression with a smooth filter.
//!
//! In each of 100 bins a neuron fires with probability σ((Xθ)ᵢ), where row i of X is 1 and the stimulus in the bins i, i − 1, …, i − 8. The
//! ten numbers x = Xᵀy are observed: the number of spikes, and the sums of the stimulus before them. θ ~ N(0, B⁻¹), where B prefers
//! smooth filters.
//!
//! The latent are the responses y, but the joint score Xᵀ(y − σ(Xθ)) depends on x only, so gold has no noise.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::prior::CorrelatedNormal;
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode_core::{Error, Prior, Real, Result};
use nalgebra::SMatrix;
use ndarray::ArrayView2;
use rand::RngExt;

use super::posterior::{LogDensity, around_modes, n_points};
use super::stimulus::STIMULUS;
use super::task::check_request;
use super::{ReferencePosterior, Task};

const P: usize = 10;
/// Taps of the filter.
const TAPS: usize = P - 1;
/// Precision of the bias.
const BIAS_PRECISION: f64 = 0.5;
/// θ beyond this is refused.
const FAR: f64 = 100.0;

type Square = SMatrix<f64, P, P>;

/// A neuron's responses to a fixed stimulus, of ten parameters: a bias and a filter.
#[derive(Debug, Clone)]
pub struct BernoulliGlm {
    /// X, a row for each bin.
    design: Vec<[f64; P]>,
}

impl Default for BernoulliGlm {
    fn default() -> Self {
        let delayed = |bin: usize, delay: usize| bin.checked_sub(delay).map_or(0.0, |bin| f64::from(STIMULUS[bin]));
        let row = |bin| std::array::from_fn(|k| k.checked_sub(1).map_or(1.0, |delay| delayed(bin, delay)));
        Self {
            design: (0..STIMULUS.len()).map(row).collect(),
        }
    }
}

/// B of the prior N(0, B⁻¹): 0.5 for the bias, and FᵀF for the filter, F = D² + diag √(j/9), D the differences of neighbours.
fn precision() -> Square {
    let differences = SMatrix::<f64, TAPS, TAPS>::from_fn(|i, j| match i.checked_sub(j) {
        Some(0) => 1.0,
        Some(1) => -1.0,
        _ => 0.0,
    });
    let ridge = SMatrix::<f64, TAPS, TAPS>::from_fn(|i, j| match i == j {
        true => (j as f64 / TAPS as f64).sqrt(),
        false => 0.0,
    });
    let smooth = differences * differences + ridge;
    let mut precision = Square::zeros();
    precision[(0, 0)] = BIAS_PRECISION;
    precision
        .fixed_view_mut::<TAPS, TAPS>(1, 1)
        .copy_from(&(smooth.transpose() * smooth));
    precision
}

/// (Xθ)ᵢ of a row of X.
fn logit<R: Real>(row: &[f64; P], theta: &[R]) -> R {
    row.iter()
        .zip(theta)
        .fold(R::from(0.0), |sum, (&factor, &value)| sum + value * factor)
}

/// ln(1 + exp u).
fn softplus<R: Real>(u: R) -> R {
    match u.re() > 0.0 {
        true => u + (-u).exp().ln_1p(),
        false => u.exp().ln_1p(),
    }
}

/// A spike, or none, with the logarithm of its odds.
struct Spike<R>(R);

impl<R: Real> Density<R> for Spike<R> {
    type Draw = bool;

    fn sample(&self, rng: &mut Stream) -> bool {
        rng.random::<f64>() < (1.0 + (-self.0.re()).exp()).recip()
    }

    fn log_density(&self, draw: &bool) -> R {
        -softplus(if *draw { -self.0 } else { self.0 })
    }
}

impl Simulator for BernoulliGlm {
    fn name(&self) -> &str {
        "bernoulli-glm"
    }

    fn about(&self) -> &str {
        "a neuron fires in response to a stimulus; the filter between them is sought (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let filter = |k| Parameter::new(&format!("filter{k}"), -FAR, FAR).with_about("response to an earlier stimulus");
        let bias = Parameter::new("bias", -FAR, FAR).with_about("log odds of a spike without a stimulus");
        std::iter::once(bias).chain((0..TAPS).map(filter)).collect()
    }

    fn observables(&self) -> Vec<Observable> {
        let sum = |k| Observable::new(&format!("stimulus{k}"));
        std::iter::once(Observable::new("spikes"))
            .chain((0..TAPS).map(sum))
            .collect()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.05; P], [-0.05; P], [(-1.0, 1.0); P]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut x = vec![0.0; P];
        for row in &self.design {
            if trace.draw(Spike(logit(row, theta))) {
                x.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
        Ok(x)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Responses(self.clone()))))
    }
}

impl Task for BernoulliGlm {
    fn prior(&self) -> Result<Prior> {
        let covariance = precision()
            .try_inverse()
            .ok_or_else(|| Error::numerical("the precision of the prior has no inverse"))?;
        let rows = covariance.row_iter().map(|row| row.iter().copied().collect()).collect();
        Ok(Prior::Correlated(CorrelatedNormal::new(vec![0.0; P], rows)?))
    }

    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let mut rng = stream(seed, 0, 0);
        let density = Posterior {
            task: self,
            x,
            precision: precision(),
        };
        let points = around_modes(&density, &[vec![0.0; P]], n_points(n), &mut rng)
            .ok_or_else(|| Error::numerical(format!("the posterior of x = {x:?} has no mode")))?;
        ReferencePosterior::resampled(&points, n, &mut rng)
    }
}

impl BernoulliGlm {
    /// x·θ − Σ ln(1 + exp (Xθ)ᵢ): ln p(x|θ), up to the logarithm of the number of responses with the same x.
    fn log_likelihood<'a, R: Real>(&self, theta: &'a [R]) -> impl Fn(&mut dyn Iterator<Item = f64>) -> R + use<'a, R> {
        let norm = self
            .design
            .iter()
            .fold(R::from(0.0), |sum, row| sum + softplus(logit(row, theta)));
        move |x| theta.iter().zip(x).fold(-norm, |sum, (&value, x)| sum + value * x)
    }
}

/// The density in θ, up to a constant.
struct Posterior<'a> {
    task: &'a BernoulliGlm,
    x: &'a [f64],
    precision: Square,
}

impl LogDensity for Posterior<'_> {
    fn log_density<R: Real>(&self, theta: &[R]) -> R {
        let log = self.task.log_likelihood(theta)(&mut self.x.iter().copied());
        let row = |i: usize| (0..P).fold(R::from(0.0), |sum, j| sum + theta[j] * self.precision[(i, j)]);
        (0..P).fold(log, |sum, i| sum - theta[i] * row(i) * 0.5)
    }
}

struct Responses(BernoulliGlm);

impl ExactDensity for Responses {
    fn route(&self) -> &str {
        "closed form (up to a constant of x)"
    }

    fn shape(&self) -> (usize, usize) {
        (P, P)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let one = self.0.log_likelihood(theta);
        x.rows().into_iter().map(|row| one(&mut row.iter().copied())).collect()
    }
}
