//! Ratios expanded to second order around the point that the events were drawn from.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Architecture;
use motherlode_core::error::Result;
use motherlode_core::gold::{n_derivatives, rate_derivatives};
use motherlode_core::trace::Instrumented;

/// The least ratio. An expansion far from its point may cross zero, and where it does it says no more than "small".
pub(super) const FLOOR: f64 = 1e-3;

/// A network of the first and second derivatives A(x), B(x) of r(x|θ) = p(x|θ)/p(x|θ_ref) at θ_ref, and what makes a ratio
/// of them (derivative learning).
///
/// With δ = θ − θ_ref, r̂(x|θ) = 1 + δ·A + ½ δᵀBδ where nothing is said about the total rate σ(θ). Where the simulator
/// says it ([`Simulator::log_rate`](motherlode_core::trace::Simulator::log_rate)), the differential rate σ(θ) p(x|θ) is expanded, and
/// divided by the expansion 1 + ρ₁ + ρ₂ of σ(θ)/σ(θ_ref), with ρ₁ its linear and ρ₂ its quadratic term:
///
/// r̂(x|θ) = 1 + [(1 + ρ₁) δ·A + ½ δᵀBδ]/(1 + ρ₁ + ρ₂),
///
/// which is exact at any θ where rates are quadratic. Ratios below 10⁻³ are taken for 10⁻³.
///
/// # Source
/// Bahl, Bresó, De Crescenzo and Plehn 2024, arXiv:2410.07315.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Expansion {
    /// The network of x; its outputs are the derivatives in units of `scale`.
    #[serde(rename = "expansion")]
    pub network: Box<Architecture>,
    /// θ_ref, `[p]`.
    pub theta_ref: Vec<f64>,
    /// Root mean squares of the derivatives of the training data, `[k]`.
    pub scale: Vec<f64>,
    /// Derivatives of σ(θ)/σ(θ_ref), `[k]`.
    pub rate: Vec<f64>,
}

impl Expansion {
    /// Around `theta_ref`, of derivatives as large as these, `[n, k]`.
    ///
    /// # Errors
    /// As [`rate_derivatives`].
    pub(crate) fn around(
        network: Architecture,
        simulator: &dyn Instrumented,
        theta_ref: Vec<f64>,
        derivatives: &Array2<f64>,
    ) -> Result<Self> {
        let root_mean_square = |column: ArrayView1<f64>| {
            let mean = column.dot(&column) / column.len() as f64;
            if mean > 0.0 { mean.sqrt() } else { 1.0 }
        };
        Ok(Self {
            network: Box::new(network),
            rate: rate_derivatives(simulator, &theta_ref)?,
            theta_ref,
            scale: derivatives.columns().into_iter().map(root_mean_square).collect(),
        })
    }

    /// Describes the first defect of an expansion from a file, if there is one.
    ///
    /// # Errors
    /// If a list has another length than p parameters need, or holds what is no scale.
    pub(crate) fn check(&self, p: usize) -> Result<(), String> {
        let k = n_derivatives(p);
        let lengths = [
            self.theta_ref.len(),
            self.scale.len(),
            self.rate.len(),
            self.network.outputs(),
        ];
        let finite = self.theta_ref.iter().chain(&self.rate).all(|value| value.is_finite());
        let positive = self.scale.iter().all(|scale| scale.is_finite() && *scale > 0.0);
        match lengths == [p, k, k, k] && finite && positive {
            true => Ok(()),
            false => Err(format!(
                "its expansion does not fit {p} parameters, or is no list of finite numbers"
            )),
        }
    }

    /// Appends the derivatives of an event, in units of the scale.
    pub(crate) fn push_scaled(&self, derivatives: ArrayView1<f64>, to: &mut Vec<f32>) {
        to.extend(
            derivatives
                .iter()
                .zip(&self.scale)
                .map(|(value, scale)| (value / scale) as f32),
        );
    }

    /// ln r̂(x|θ) from the outputs of the network, `[n, k]` → `[n]`.
    pub(crate) fn log_ratio(&self, outputs: ArrayView2<f64>, theta: &[f64]) -> Array1<f64> {
        let rate = self.terms(&self.rate, theta);
        outputs
            .rows()
            .into_iter()
            .map(|row| self.ratio(row, theta, &rate).0.max(FLOOR).ln())
            .collect()
    }

    /// ∇θ ln r̂(x|θ), the score at θ, `[n, k]` → `[n, p]`; zero where the ratio is not known to be positive.
    pub(crate) fn score(&self, outputs: ArrayView2<f64>, theta: &[f64]) -> Array2<f64> {
        let rate = self.terms(&self.rate, theta);
        let mut score = Array2::zeros((outputs.nrows(), theta.len()));
        for (row, mut score) in outputs.rows().into_iter().zip(score.axis_iter_mut(Axis(0))) {
            let (ratio, gradient) = self.ratio(row, theta, &rate);
            if ratio > FLOOR {
                score.assign(&(gradient / ratio));
            }
        }
        score
    }

    /// r̂ and its gradient.
    fn ratio(&self, outputs: ArrayView1<f64>, theta: &[f64], rate: &Terms) -> (f64, Array1<f64>) {
        let derivatives: Vec<f64> = outputs
            .iter()
            .zip(&self.scale)
            .map(|(value, scale)| value * scale)
            .collect();
        let x = self.terms(&derivatives, theta);
        let above = x.linear * (1.0 + rate.linear) + x.quadratic;
        let below = (1.0 + rate.linear + rate.quadratic).max(FLOOR);
        let above_slope = &x.linear_slope * (1.0 + rate.linear) + &rate.linear_slope * x.linear + &x.quadratic_slope;
        let below_slope = &rate.linear_slope + &rate.quadratic_slope;
        let excess = above / below;
        (1.0 + excess, (above_slope - below_slope * excess) / below)
    }

    /// The terms of an expansion with these derivatives.
    fn terms(&self, derivatives: &[f64], theta: &[f64]) -> Terms {
        let delta: Array1<f64> = theta.iter().zip(&self.theta_ref).map(|(a, b)| a - b).collect();
        let p = delta.len();
        let (first, second) = derivatives.split_at(p);
        let linear_slope = Array1::from(first.to_vec());
        let mut quadratic_slope = Array1::zeros(p);
        let pairs = (0..p).flat_map(|i| (i..p).map(move |j| (i, j)));
        for ((i, j), value) in pairs.zip(second) {
            quadratic_slope[i] += value * delta[j];
            if i != j {
                quadratic_slope[j] += value * delta[i];
            }
        }
        Terms {
            linear: linear_slope.dot(&delta),
            quadratic: 0.5 * quadratic_slope.dot(&delta),
            linear_slope,
            quadratic_slope,
        }
    }
}

/// δ·a and ½ δᵀbδ, with their gradients.
struct Terms {
    linear: f64,
    quadratic: f64,
    linear_slope: Array1<f64>,
    quadratic_slope: Array1<f64>,
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Activation;
    use crate::network::MlpConfig;

    fn expansion() -> Expansion {
        let network = MlpConfig {
            inputs: 1,
            hidden: vec![2],
            outputs: 5,
            activation: Activation::Tanh,
        };
        Expansion {
            network: Box::new(Architecture::Perceptron(network)),
            theta_ref: vec![0.2, -0.1],
            scale: vec![1.0, 2.0, 0.5, 1.0, 3.0],
            rate: vec![0.3, -0.2, 0.8, 0.1, 0.6],
        }
    }

    /// σ(θ) p(x|θ) and σ(θ) are quadratic polynomials: a = 0.7, b = 0.4 at x, and their quotient to that at θ_ref.
    #[test]
    fn quotients_of_quadratics_are_exact_and_scores_are_their_derivatives() {
        let expansion = expansion();
        let outputs = array![[0.4, 0.1, -0.2, 0.3, 0.1], [-0.3, 0.2, 0.4, -0.1, 0.05]];
        let at = |a: f64, b: f64| expansion.log_ratio(outputs.view(), &[a, b]);
        // By hand, δ = (0.3, 0.2), first row: A = (0.4, 0.2), B = (−0.1, 0.3, 0.3).
        let (rho1, rho2) = (0.05, 0.5 * (0.8 * 0.09 + 2.0 * 0.1 * 0.06 + 0.6 * 0.04));
        let (linear, quadratic) = (0.16, 0.5 * (-0.1 * 0.09 + 2.0 * 0.3 * 0.06 + 0.3 * 0.04));
        let expected: f64 = 1.0 + ((1.0 + rho1) * linear + quadratic) / (1.0 + rho1 + rho2);
        assert!((at(0.5, 0.1)[0] - expected.ln()).abs() < 1e-12);
        assert_eq!(at(0.2, -0.1), array![0.0, 0.0]);
        let h = 1e-6;
        let score = expansion.score(outputs.view(), &[0.5, 0.1]);
        for (j, numeric) in [
            (at(0.5 + h, 0.1) - at(0.5 - h, 0.1)) / (2.0 * h),
            (at(0.5, 0.1 + h) - at(0.5, 0.1 - h)) / (2.0 * h),
        ]
        .into_iter()
        .enumerate()
        {
            for (found, expected) in score.column(j).iter().zip(numeric) {
                assert!((found - expected).abs() < 1e-6, "{found} against {expected}");
            }
        }
    }

    #[test]
    fn expansions_that_fit_no_network_are_found_out() {
        assert!(expansion().check(2).is_ok());
        assert!(expansion().check(1).is_err());
        let flat = Expansion {
            scale: vec![1.0, 2.0, 0.0, 1.0, 3.0],
            ..expansion()
        };
        assert!(flat.check(2).is_err());
    }
}
