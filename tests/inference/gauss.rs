//! x ~ N(θ, 1): the model whose answers are all known.

use motherlode::Real;
use motherlode::likelihood::{Exact, ExactDensity};
use ndarray::ArrayView2;

/// p numbers, each normal around its parameter with variance 1.
pub struct Normal(pub usize);

impl ExactDensity for Normal {
    fn route(&self) -> &str {
        "closed form"
    }

    fn shape(&self) -> (usize, usize) {
        (self.0, self.0)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let one = |(x, theta): (&f64, &R)| -(*theta - *x).powi(2) * 0.5 - 0.5 * std::f64::consts::TAU.ln();
        x.rows()
            .into_iter()
            .map(|row| row.iter().zip(theta).map(one).fold(R::from(0.0), |sum, log| sum + log))
            .collect()
    }
}

/// The model with `p` parameters.
pub fn normal(p: usize) -> Exact<Normal> {
    Exact(Normal(p))
}
