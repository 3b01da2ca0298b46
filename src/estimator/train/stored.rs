//! The labels that a data set holds: one hypothesis for each event.

use super::Rows;
use crate::dataset::AugmentedData;
use crate::error::Result;
use crate::estimator::loss::{class_weights, soft_weights};
use crate::estimator::{Architecture, Expansion, Method, Scaling};
use crate::gold::ratio_derivatives;
use crate::trace::Instrumented;

impl Rows {
    /// The events of `data`, with the labels that `method` learns from and no other.
    pub(crate) fn stored(data: &AugmentedData, method: Method, scaling: &Scaling, architecture: &Architecture) -> Self {
        let ratio = data.joint_log_ratio.as_ref().filter(|_| method.needs_ratio());
        let score = data.joint_score0.as_ref().filter(|_| method.needs_score());
        let with_theta = method.takes_theta(&data.header.design);
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

    /// The events of `data` with the derivatives of their joint ratios, as many times as large as `expansion` says.
    ///
    /// # Errors
    /// If the events are not of the simulator, or do not remember their paths.
    pub(crate) fn derivatives(
        data: &AugmentedData,
        simulator: &dyn Instrumented,
        scaling: &Scaling,
        expansion: &Expansion,
    ) -> Result<Self> {
        let labels = ratio_derivatives(simulator, data)?;
        let mut rows = Self {
            n_inputs: scaling.n_features(),
            n_parameters: labels.ncols(),
            per_event: 1,
            numerator: vec![2.0; data.n_events()],
            denominator: vec![0.0; data.n_events()],
            ..Self::default()
        };
        for (x, derivatives) in data.x.rows().into_iter().zip(labels.rows()) {
            scaling.push_x(x, &mut rows.inputs);
            expansion.push_scaled(derivatives, &mut rows.joint_score);
        }
        Ok(rows)
    }
}

/// The hypothesis that an event is shown with: θ0, or for a likelihood the one that it was drawn from, where that is known.
/// A regression on the score has no use for events that were not drawn from θ0.
fn hypothesis(data: &AugmentedData, method: Method, event: usize) -> Option<ndarray::ArrayView1<'_, f64>> {
    if method.learns_likelihood() && data.y[event] == 1.0 {
        return data.theta1.as_ref().map(|theta1| theta1.row(event));
    }
    if method == Method::Sally && data.y[event] == 1.0 {
        return None;
    }
    Some(data.theta0.row(event))
}
