//! Sizes of the joint score at different hypotheses, so that errors count in its own units everywhere.

use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;

use crate::Scaling;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::singular::decomposed;

/// Mean squares of the score that differ by less than this factor are left alone: all hypotheses have a say then.
const MOST_ALIKE: f64 = 100.0;
/// Share of the events at either end that do not count for that factor.
const TAIL: f64 = 0.05;
/// Fewer events tell no scale.
const FEWEST: usize = 200;
/// The scale is fitted to at most so many events, evenly spaced.
const FITTED: usize = 20_000;

/// The mean square of the joint score as a function of θ, ln⟨t²⟩ = a + Σ_k (b_k θ_k + c_k θ_k²) in standardised units.
///
/// Where it spans decades, as for counts whose rate does, a squared error sees the hypotheses with the largest scores only, and
/// the others are never learned. Divided by ⟨t²⟩(θ), errors count relative to the score at each hypothesis; a weight that
/// depends on θ alone does not move the optimum.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScoreScale {
    coefficients: Vec<f64>,
}

impl ScoreScale {
    /// The scale of these events, if it differs much between hypotheses.
    pub(crate) fn fit(data: &AugmentedData, scaling: &Scaling) -> Option<Self> {
        let scores = data.joint_score0.as_ref()?;
        let (thetas, logs) = sizes(data, scores.view(), scaling);
        if logs.len() < FEWEST {
            return None;
        }
        let rows: Vec<Vec<f64>> = thetas.iter().map(|theta| terms(theta)).collect();
        let matrix = DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j]);
        let coefficients = decomposed(matrix.clone())?.solve(&DVector::from_vec(logs), 1e-9).ok()?;
        let mut fitted: Vec<f64> = (matrix * &coefficients).iter().copied().collect();
        fitted.sort_by(f64::total_cmp);
        let at = |share: f64| fitted[(share * (fitted.len() - 1) as f64).round() as usize];
        let spread = at(1.0 - TAIL) - at(TAIL);
        (spread > MOST_ALIKE.ln()).then(|| Self {
            coefficients: coefficients.iter().copied().collect(),
        })
    }

    /// 1/⟨t²⟩ at a standardised hypothesis.
    pub(crate) fn weight(&self, theta: &[f32]) -> f32 {
        let log: f64 = terms(theta).iter().zip(&self.coefficients).map(|(a, b)| a * b).sum();
        (-log).clamp(-60.0, 60.0).exp() as f32
    }
}

/// Standardised hypotheses and the logarithms of the squares of their scores, of the events that were drawn from θ0.
fn sizes(data: &AugmentedData, scores: ArrayView2<f64>, scaling: &Scaling) -> (Vec<Vec<f32>>, Vec<f64>) {
    let stride = data.n_events().div_ceil(FITTED).max(1);
    let events = (0..data.n_events())
        .step_by(stride)
        .filter(|&event| data.y[event] == 0.0);
    let sizes = events.filter_map(|event| {
        let [mut theta, mut score] = [vec![], vec![]];
        scaling.push_theta(data.theta0.row(event), &mut theta);
        scaling.push_score(scores.row(event), &mut score);
        let square: f64 = score.iter().map(|&t| f64::from(t).powi(2)).sum();
        (square > 0.0 && square.is_finite()).then(|| (theta, square.ln()))
    });
    sizes.unzip()
}

fn terms(theta: &[f32]) -> Vec<f64> {
    let powers = theta
        .iter()
        .flat_map(|&value| [f64::from(value), f64::from(value).powi(2)]);
    std::iter::once(1.0).chain(powers).collect()
}
