//! Ten means of normal variables under a normal prior.
//!
//! θ ~ N(0, 0.1 I), x ~ N(θ, 0.1 I), in ten dimensions (0.1 is a variance). The noise is drawn in two halves: z ~ N(θ, 0.05 I) and
//! x ~ N(z, 0.05 I), so the joint score is (z − θ)/0.05. The posterior is N(x/2, 0.05 I).

use motherlode_core::likelihood::Truth;
use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, stream};
use motherlode_core::{Prior, Real, Result};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::task::check_request;
use super::{ReferencePosterior, Task};
use crate::LinearGaussian;

pub(super) const DIMENSIONS: usize = 10;
/// Variance of the prior and of the noise.
pub(super) const VARIANCE: f64 = 0.1;

/// x ~ N(θ, 0.1 I), θ ~ N(0, 0.1 I), in ten dimensions.
#[derive(Debug, Clone)]
pub struct GaussianLinear(LinearGaussian);

impl Default for GaussianLinear {
    fn default() -> Self {
        Self(likelihood())
    }
}

/// x ~ N(θ, 0.1 I), half of the noise in the latent.
pub(super) fn likelihood() -> LinearGaussian {
    LinearGaussian::new(DIMENSIONS)
        .and_then(|simulator| simulator.with_variances(0.5 * VARIANCE, 0.5 * VARIANCE))
        .expect("ten dimensions and positive variances exist")
}

/// Two hypotheses one standard deviation of x apart, in a box.
pub(super) fn hypotheses(half: f64) -> Hypotheses {
    let apart = (VARIANCE / DIMENSIONS as f64).sqrt();
    Hypotheses::new(
        [0.5 * apart; DIMENSIONS],
        [-0.5 * apart; DIMENSIONS],
        [(-half, half); DIMENSIONS],
    )
}

impl Simulator for GaussianLinear {
    fn name(&self) -> &str {
        "gaussian-linear"
    }

    fn about(&self) -> &str {
        "ten means are measured with normal noise (benchmark; normal prior)"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Simulator::parameters(&self.0)
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(&self.0)
    }

    /// The box reaches two standard deviations of the prior to each side.
    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(hypotheses(2.0 * VARIANCE.sqrt()))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        self.0.simulate(theta, trace)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Simulator::truth(&self.0)
    }
}

impl Task for GaussianLinear {
    fn prior(&self) -> Result<Prior> {
        Ok(Prior::Gaussian {
            mean: vec![0.0; DIMENSIONS],
            sd: vec![VARIANCE.sqrt(); DIMENSIONS],
        })
    }

    fn posterior(&self, x: &[f64], n: usize, seed: u64) -> Result<ReferencePosterior> {
        check_request(self, x, n)?;
        let (mut rng, sd) = (stream(seed, 0, 0), (0.5 * VARIANCE).sqrt());
        let draw = |(_, k): (usize, usize)| 0.5 * x[k] + sd * rng.sample::<f64, _>(StandardNormal);
        Ok(ReferencePosterior::exact(Array2::from_shape_fn((n, DIMENSIONS), draw)))
    }
}
