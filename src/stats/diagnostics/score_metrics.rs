//! Errors of an estimated score on test events that carry joint scores.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;

/// Errors of an estimated score t̂ against the joint scores t(x,z) of events from the same θ.
///
/// Components are taken in units of the root mean square of their joint score, so that parameters of different units
/// count alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreMetrics {
    /// ⟨|t̂ − t(x,z)|²⟩/⟨|t(x,z)|²⟩: 1 for t̂ = 0, and never below what the latent path knows beyond x, which is unknown.
    pub unexplained: Mean,
    /// ⟨t̂·t(x,z)⟩/⟨|t̂|²⟩: 1 for the exact score, because E[t(x,z) − t(x)|x] = 0; NaN for t̂ = 0.
    pub slope: Mean,
}

/// Observations from one θ with their joint scores there.
#[derive(Debug)]
pub(super) struct ScoreLabels {
    x: Array2<f64>,
    /// `[n, p]`, each component with mean square one.
    joint_score: Array2<f64>,
    unit: Array1<f64>,
}

impl ScoreLabels {
    pub(super) fn new(x: Array2<f64>, joint_score: &Array2<f64>) -> Self {
        let squares = joint_score.mapv(|t| t * t).mean_axis(Axis(0));
        let unit = squares.expect("held-out events are many").mapv(|square| match square {
            0.0 => 1.0, // a parameter that nothing depends on
            square => square.sqrt(),
        });
        Self {
            x,
            joint_score: joint_score / &unit,
            unit,
        }
    }

    pub(super) fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// ⟨t̂⟩/√⟨t̂²⟩ of each component, from scores at [`x`](Self::x), `[n, p]`; 0 where t̂ is.
    pub(super) fn means(&self, score: &Array2<f64>) -> Result<Vec<Mean>> {
        self.check(score)?;
        let mean = |column: ArrayView1<f64>| {
            let information = column.mapv(|t| t * t).mean().unwrap_or(f64::NAN);
            let unit = if information == 0.0 { 1.0 } else { information.sqrt() };
            Mean::from_values(column.iter().map(|t| t / unit))
        };
        Ok(score.columns().into_iter().map(mean).collect())
    }

    fn check(&self, score: &Array2<f64>) -> Result<()> {
        if score.dim() != self.joint_score.dim() {
            let (found, needed) = (score.dim(), self.joint_score.dim());
            return Err(Error::data(format!(
                "the estimate gave scores of shape {found:?} where {needed:?} is needed: is it of this simulator?"
            )));
        }
        Ok(())
    }

    /// The metrics of the scores at [`x`](Self::x), `[n, p]`, in 1/unit of θ.
    pub(super) fn metrics(&self, score: &Array2<f64>) -> Result<ScoreMetrics> {
        self.check(score)?;
        let score = score / &self.unit;
        let rest = &score - &self.joint_score;
        let dot = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum_axis(Axis(1)).to_vec();
        let over = |a: Vec<f64>, b: Vec<f64>| Mean::ratio_of_sums(a.into_iter().zip(b).collect::<Vec<_>>().into_iter());
        Ok(ScoreMetrics {
            unexplained: over(dot(&rest, &rest), dot(&self.joint_score, &self.joint_score)),
            slope: over(dot(&score, &self.joint_score), dot(&score, &score)),
        })
    }
}
