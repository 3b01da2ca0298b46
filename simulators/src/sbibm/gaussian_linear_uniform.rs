//! Ten means of normal variables under a uniform prior.
//!
//! θ ~ U(−1, 1)¹⁰, x ~ N(θ, 0.1 I), with the latent of [`GaussianLinear`](super::GaussianLinear). The posterior is a product of
//! truncated normals.

use motherlode_core::likelihood::Truth;
use motherlode_core::trace::density::TruncatedNormal;
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::Array2;

use super::gaussian_linear::{DIMENSIONS, VARIANCE, hypotheses, likelihood};
use super::task::{check_request, impossible};
use super::{ReferencePosterior, Task};
use crate::LinearGaussian;

/// x ~ N(θ, 0.1 I), θ uniform on −1 … 1, in ten dimensions.
#[derive(Debug, Clone)]
pub struct GaussianLinearUniform(LinearGaussian);

impl Default for GaussianLinearUniform {
    fn default() -> Self {
        Self(likelihood())
    }
}

impl Simulator for GaussianLinearUniform {
    fn name(&self) -> &str {
        "gaussian-linear-uniform"
    }

    fn about(&self) -> &str {
        "ten means are measured with normal noise (benchmark; uniform prior)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mean = |i| Parameter::new(&format!("theta{i}"), -1.0, 1.0).with_about("mean of the latent");
        (0..DIMENSIONS).map(mean).collect()
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(&self.0)
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(hypotheses(1.0))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        self.0.simulate(theta, trace)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Simulator::truth(&self.0)
    }
}

impl Task for GaussianLinearUniform {
    fn prior(&self) -> Result<Prior> {
        Prior::uniform([(-1.0, 1.0); DIMENSIONS])
    }

    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let mut rng = stream(seed, 0, 0);
        let marginals = x.iter().map(|&x| TruncatedNormal::new(x, VARIANCE.sqrt(), -1.0, 1.0));
        let marginals = marginals
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| impossible(self, x))?;
        let draw = |(_, k): (usize, usize)| marginals[k].sample(&mut rng);
        Ok(ReferencePosterior::exact(Array2::from_shape_fn((n, DIMENSIONS), draw)))
    }
}
