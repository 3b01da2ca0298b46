//! The labels that a data set holds: one hypothesis for each event.

use super::Rows;
use crate::dataset::AugmentedData;
use crate::estimator::loss::{class_weights, soft_weights};
use crate::estimator::{Architecture, Method, Scaling};

impl Rows {
    /// The events of `data`, with the labels that `method` learns from and no other.
    pub(crate) fn stored(data: &AugmentedData, method: Method, scaling: &Scaling, architecture: &Architecture) -> Self {
        let ratio = data.joint_log_ratio.as_ref().filter(|_| method.needs_ratio());
        let score = data.joint_score0.as_ref().filter(|_| method.needs_score());
        let with_theta = method.loss().is_some();
        let p = data.n_parameters();
        let mut rows = Self {
            n_inputs: architecture.n_columns(scaling) + if with_theta { p } else { 0 },
            n_parameters: p,
            per_event: 1,
            ..Self::default()
        };
        for event in 0..data.n_events() {
            let Some(theta) = hypothesis(data, method, event) else {
                continue;
            };
            architecture.push_x(data.x.row(event), scaling, &mut rows.inputs);
            if with_theta {
                scaling.push_theta(theta, &mut rows.inputs);
            }
            let (numerator, denominator) = match ratio.filter(|_| method.has_soft_labels()) {
                Some(ratio) => soft_weights(ratio[event]),
                None => class_weights(data.y[event]),
            };
            rows.numerator.push(numerator);
            rows.denominator.push(denominator);
            if let Some(ratio) = ratio.filter(|_| method.regresses_ratio()) {
                rows.joint_log_ratio.push(ratio[event] as f32);
            }
            if let Some(score) = score {
                scaling.push_score(score.row(event), &mut rows.joint_score);
            }
        }
        rows
    }
}

/// The hypothesis that an event is shown with: θ0, or for a likelihood the one that it was drawn from, where that is known.
fn hypothesis(data: &AugmentedData, method: Method, event: usize) -> Option<ndarray::ArrayView1<'_, f64>> {
    if method.learns_likelihood() && data.y[event] == 1.0 {
        return data.theta1.as_ref().map(|theta1| theta1.row(event));
    }
    Some(data.theta0.row(event))
}
