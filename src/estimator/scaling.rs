//! Standardisation of what a network sees.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Shift and scale of the columns of x and θ, taken from the training data.
///
/// A network works with standardised parameters, so scores change units with them: t_std = σ t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Means of the observables, `[m]`.
    pub x_mean: Vec<f64>,
    /// Standard deviations of the observables, `[m]`.
    pub x_sd: Vec<f64>,
    /// Means of the parameters, `[p]`.
    pub theta_mean: Vec<f64>,
    /// Standard deviations of the parameters, `[p]`; 1 for a parameter that does not vary.
    pub theta_sd: Vec<f64>,
}

impl Scaling {
    /// Means and standard deviations of training data, `x` `[n, m]` and `theta` `[n, p]`.
    pub(crate) fn of(x: ArrayView2<f64>, theta: ArrayView2<f64>) -> Self {
        let (x_mean, x_sd) = moments(x);
        let (theta_mean, theta_sd) = moments(theta);
        Self {
            x_mean,
            x_sd,
            theta_mean,
            theta_sd,
        }
    }

    /// Number of observables m.
    pub(crate) fn n_observables(&self) -> usize {
        self.x_mean.len()
    }

    /// Number of parameters p.
    pub(crate) fn n_parameters(&self) -> usize {
        self.theta_mean.len()
    }

    /// Appends one standardised observation.
    pub(crate) fn push_x<'a>(&self, x: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        push(x, &self.x_mean, &self.x_sd, to);
    }

    /// Appends one standardised hypothesis.
    pub(crate) fn push_theta<'a>(&self, theta: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        push(theta, &self.theta_mean, &self.theta_sd, to);
    }

    /// Appends one score, in the units in which the network works.
    pub(crate) fn push_score<'a>(&self, score: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        to.extend(score.into_iter().zip(&self.theta_sd).map(|(t, sd)| (t * sd) as f32));
    }

    /// A score in user units, `[n, p]`.
    pub(crate) fn score_to_user(&self, score: ArrayView2<f64>) -> Array2<f64> {
        Array2::from_shape_fn(score.dim(), |(i, j)| {
            score[[i, j]] / self.theta_sd[j % self.theta_sd.len()]
        })
    }
}

fn moments(columns: ArrayView2<f64>) -> (Vec<f64>, Vec<f64>) {
    columns
        .axis_iter(Axis(1))
        .map(|column| {
            let n = column.len() as f64;
            let mean = column.sum() / n;
            let sd = (column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
            // Equal values leave rounding errors behind, not exactly zero.
            let varies = sd > 1e-12 * mean.abs().max(1e-300);
            (mean, if varies { sd } else { 1.0 })
        })
        .unzip()
}

fn push<'a>(values: impl IntoIterator<Item = &'a f64>, mean: &[f64], sd: &[f64], to: &mut Vec<f32>) {
    to.extend(
        values
            .into_iter()
            .zip(mean.iter().zip(sd))
            .map(|(value, (mean, sd))| ((value - mean) / sd) as f32),
    );
}
