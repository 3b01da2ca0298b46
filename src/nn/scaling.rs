//! From what a user gives to what a network sees: features of x, standardised θ, scores in the units of both.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::input::{InputPlan, Inputs, Moments};
use motherlode_core::error::Result;

/// The transforms of the observables, and shift and scale of the parameters, taken from the training data.
///
/// A network works with standardised parameters, so scores change units with them: t_std = σ t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Transforms of the observables.
    pub inputs: Inputs,
    /// Means of the parameters, `[p]`.
    pub theta_mean: Vec<f64>,
    /// Standard deviations of the parameters, `[p]`; 1 for a parameter that does not vary.
    pub theta_sd: Vec<f64>,
}

impl Scaling {
    /// Plain standardisation of `x` `[n, m]` and `theta` `[n, p]`; the observables have no names.
    #[cfg(test)]
    pub(crate) fn of(x: ArrayView2<f64>, theta: ArrayView2<f64>) -> Self {
        let (x_mean, x_sd) = moments(x);
        Self::with(Inputs::standardised(&x_mean, &x_sd), theta)
    }

    /// Transforms as `plan` says, fitted on training data, `x` `[n, m]` and `theta` `[n, p]`.
    ///
    /// # Errors
    /// As [`InputPlan::fit`].
    pub(crate) fn fit(
        plan: &InputPlan,
        x: ArrayView2<f64>,
        theta: ArrayView2<f64>,
        observables: &[String],
    ) -> Result<Self> {
        Ok(Self::with(plan.fit(x, observables)?, theta))
    }

    fn with(inputs: Inputs, theta: ArrayView2<f64>) -> Self {
        let (theta_mean, theta_sd) = moments(theta);
        Self {
            inputs,
            theta_mean,
            theta_sd,
        }
    }

    /// Number of features of an observation: what a network has before θ.
    pub(crate) fn n_features(&self) -> usize {
        self.inputs.n_features()
    }

    /// Number of parameters p.
    pub(crate) fn n_parameters(&self) -> usize {
        self.theta_mean.len()
    }

    /// Appends the features of one observation.
    pub(crate) fn push_x<'a>(&self, x: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        self.inputs.push(x, to);
    }

    /// Appends one standardised hypothesis.
    pub(crate) fn push_theta<'a>(&self, theta: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        let scales = self.theta_mean.iter().zip(&self.theta_sd);
        let theta = theta.into_iter().zip(scales);
        to.extend(theta.map(|(value, (mean, sd))| ((value - mean) / sd) as f32));
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

    /// Describes the first defect of a scaling from a file, if there is one.
    pub(crate) fn inconsistency(&self) -> Option<&'static str> {
        let sound = self.theta_mean.len() == self.theta_sd.len()
            && self.theta_mean.iter().all(|mean| mean.is_finite())
            && self.theta_sd.iter().all(|sd| sd.is_finite() && *sd > 0.0);
        self.inputs
            .inconsistency()
            .or((!sound).then_some("a parameter has no finite mean and positive standard deviation"))
    }
}

/// Means and standard deviations of columns; 1 for the latter where a column does not vary.
fn moments(columns: ArrayView2<f64>) -> (Vec<f64>, Vec<f64>) {
    let moments = columns.axis_iter(Axis(1)).map(|column| Moments::of(column.iter()));
    moments
        .map(|Moments { mean, sd }| (mean, if sd > 0.0 { sd } else { 1.0 }))
        .unzip()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn scores_change_units_with_their_parameters() {
        let theta = array![[1.0, 7.0], [5.0, 7.0]];
        let scaling = Scaling::of(array![[0.0], [1.0]].view(), theta.view());
        assert_eq!(scaling.theta_sd, [2.0, 1.0]);
        let score = array![[3.0, 4.0]];
        let mut standardised = vec![];
        scaling.push_score(&score, &mut standardised);
        assert_eq!(standardised, [6.0, 4.0]);
        assert_eq!(scaling.score_to_user(array![[6.0, 4.0]].view()), score);
    }

    #[test]
    fn damaged_scalings_are_found_out() {
        let sound = Scaling::of(array![[0.0], [1.0]].view(), array![[1.0], [5.0]].view());
        assert!(sound.inconsistency().is_none());
        let damaged = |change: fn(&mut Scaling)| {
            let mut scaling = sound.clone();
            change(&mut scaling);
            scaling.inconsistency()
        };
        assert!(damaged(|scaling| scaling.inputs = Inputs::standardised(&[0.0], &[0.0])).is_some());
        assert!(damaged(|scaling| scaling.theta_sd = vec![0.0]).is_some());
        assert!(damaged(|scaling| scaling.theta_sd = vec![]).is_some());
    }
}
