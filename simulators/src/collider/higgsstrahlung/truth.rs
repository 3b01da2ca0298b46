//! The exact density of the hard event.

use std::sync::Arc;

use motherlode_core::Real;
use motherlode_core::likelihood::ExactDensity;
use ndarray::{ArrayView1, ArrayView2};

use super::hard::Generator;
use super::process::{Angles, WINDOW};
use crate::collider::HardProcess;

/// p(x|θ) over dilepton mass, cosines and azimuth.
pub(super) struct Partons(pub Arc<Generator>);

impl Partons {
    /// The point of phase space of an observation, if there is one.
    fn angles(x: ArrayView1<f64>) -> Option<Angles> {
        let at = Angles {
            square: x[0] * x[0],
            cosine: x[1],
            phi: 0.0,
            decay_cosine: x[2],
            decay_phi: x[3],
        };
        let cosine = |cosine: f64| (-1.0..=1.0).contains(&cosine);
        let possible = (WINDOW.0..=WINDOW.1).contains(&x[0])
            && cosine(at.cosine)
            && cosine(at.decay_cosine)
            && at.decay_phi.abs() <= std::f64::consts::PI;
        possible.then_some(at)
    }
}

impl ExactDensity for Partons {
    fn route(&self) -> &str {
        "squared amplitude, its integral by quadrature"
    }

    fn shape(&self) -> (usize, usize) {
        (self.0.process().operators().len(), 4)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let log_total = self.0.total().at(theta).ln();
        let one = |x: ArrayView1<f64>| {
            let Some(at) = Self::angles(x) else {
                return R::from(f64::NEG_INFINITY);
            };
            // From shares to a mass, two cosines and an azimuth.
            let volume = Angles::share_slope(at.square) / (4.0 * std::f64::consts::TAU);
            self.0.process().rate(&at).at(theta).ln() - log_total + volume.ln()
        };
        x.rows().into_iter().map(one).collect()
    }
}
