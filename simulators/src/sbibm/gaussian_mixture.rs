//! A mean in two dimensions, measured with noise that is either wide or narrow.
//!
//! θ ~ U(−10, 10)², x ~ ½ N(θ, I) + ½ N(θ, 0.01 I): both coordinates come from one component. The latent is the component, and the joint
//! score (x − θ)/variance of it.

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::{Bernoulli, Normal, TruncatedNormal};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Stream, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;

use super::posterior::normal_within;
use super::task::{check_request, impossible};
use super::{ReferencePosterior, Task};

/// Standard deviations of the components.
const SD: [f64; 2] = [1.0, 0.1];
/// Half the width of the prior.
const HALF: f64 = 10.0;

/// x ~ ½ N(θ, I) + ½ N(θ, 0.01 I), θ uniform on −10 … 10, in two dimensions.
#[derive(Debug, Clone, Copy, Default)]
pub struct GaussianMixture;

impl Simulator for GaussianMixture {
    fn name(&self) -> &str {
        "gaussian-mixture"
    }

    fn about(&self) -> &str {
        "a point is measured with noise that is either wide or narrow (benchmark)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mean = |i| Parameter::new(&format!("theta{i}"), -HALF, HALF).with_about("mean of the observation");
        (0..2).map(mean).collect()
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x0"), Observable::new("x1")]
    }

    /// The box reaches ten standard deviations of the narrow component to each side: further away, ratios are beyond all bounds.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.05; 2], [-0.05; 2], [(-1.0, 1.0); 2]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let is_narrow = trace.noise(Bernoulli::new(0.5)?);
        let sd = R::from(SD[usize::from(is_narrow)]);
        let one = |&mean: &R| Ok(trace.draw(Normal::new(mean, sd)?));
        theta.iter().map(one).collect()
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Marginal)))
    }
}

impl Task for GaussianMixture {
    fn prior(&self) -> Result<Prior> {
        Prior::uniform([(-HALF, HALF); 2])
    }

    /// The component by its probability inside of the box, then truncated normals.
    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let inside = SD.map(|sd| x.iter().map(|&x| normal_within(x, sd, HALF)).product::<f64>());
        let is_possible = inside.iter().sum::<f64>() > 0.0;
        let mut rng = stream(seed, 0, 0);
        let draws = (0..n).map(|_| draw(x, inside, &mut rng));
        let draws = draws.collect::<Result<Vec<_>, _>>().ok().filter(|_| is_possible);
        let draws = draws.ok_or_else(|| impossible(self, x))?;
        Ok(ReferencePosterior::exact(Array2::from(draws)))
    }
}

fn draw(x: &[f64], inside: [f64; 2], rng: &mut Stream) -> Result<[f64; 2], Rejected> {
    let is_narrow = rng.random::<f64>() * (inside[0] + inside[1]) > inside[0];
    let sd = SD[usize::from(is_narrow)];
    let mut one = |x: f64| Ok(TruncatedNormal::new(x, sd, -HALF, HALF)?.sample(rng));
    Ok([one(x[0])?, one(x[1])?])
}

struct Marginal;

impl ExactDensity for Marginal {
    fn route(&self) -> &str {
        "closed form (two normals)"
    }

    fn shape(&self) -> (usize, usize) {
        (2, 2)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let one = |row: ndarray::ArrayView1<f64>| {
            let square = (theta[0] - row[0]).powi(2) + (theta[1] - row[1]).powi(2);
            let log = |sd: f64| -square * (0.5 / (sd * sd)) - (2.0 * std::f64::consts::TAU * sd * sd).ln();
            // The narrow component may underflow, the wide one is a factor: their ratio is at most 100.
            let [wide, narrow] = SD.map(log);
            wide + (narrow - wide).exp().ln_1p()
        };
        x.rows().into_iter().map(one).collect()
    }
}
