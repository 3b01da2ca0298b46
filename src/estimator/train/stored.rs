//! The labels that a data set holds: one hypothesis for each event.

use super::Rows;
use crate::dataset::AugmentedData;
use crate::estimator::loss::{class_weights, soft_weights};
use crate::estimator::{Method, Scaling};

impl Rows {
    /// The events of `data`, with the labels that `method` learns from and no other.
    pub(crate) fn stored(data: &AugmentedData, method: Method, scaling: &Scaling) -> Self {
        let mut inputs = Vec::new();
        for (x, theta0) in data.x.rows().into_iter().zip(data.theta0.rows()) {
            scaling.push_x(x, &mut inputs);
            if method.learns_ratio() {
                scaling.push_theta(theta0, &mut inputs);
            }
        }
        let ratio = data.joint_log_ratio.as_ref().filter(|_| method.needs_ratio());
        let score = data.joint_score0.as_ref().filter(|_| method.needs_score());
        let weights = match ratio.filter(|_| method.has_soft_labels()) {
            Some(ratio) => ratio.iter().map(|&log_ratio| soft_weights(log_ratio)).unzip(),
            None => data.y.iter().map(|&y| class_weights(y)).unzip(),
        };
        let (numerator, denominator): (Vec<f32>, Vec<f32>) = weights;
        Self {
            n_inputs: data.n_observables() + if method.learns_ratio() { data.n_parameters() } else { 0 },
            n_parameters: data.n_parameters(),
            per_event: 1,
            inputs,
            numerator,
            denominator,
            joint_log_ratio: ratio
                .filter(|_| method.regresses_ratio())
                .map_or(vec![], |ratio| ratio.iter().map(|&r| r as f32).collect()),
            joint_score: score.map_or(vec![], |score| {
                let standardised = scaling.score_to_network(score.view());
                standardised.iter().map(|&t| t as f32).collect()
            }),
        }
    }
}
