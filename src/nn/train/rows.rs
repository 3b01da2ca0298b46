//! Events as the network sees them, standardised, in f32, on the host.

use burn::tensor::{Device, Tensor, TensorData};

use super::ScoreScale;
use crate::batch::Batch;

/// Rows of inputs with their labels; each event has one row for each hypothesis it is shown with.
///
/// All methods speak one language of labels: the weight of a row as an event of the numerator, p(x,z|θ)/q, and as one of
/// the denominator, p_den(x,z)/q, where q is what the rows were drawn from. For a plain class label they are 0 and 2.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// Columns of `inputs`.
    pub n_inputs: usize,
    /// Columns of `joint_score`.
    pub n_parameters: usize,
    /// Rows of an event.
    pub per_event: usize,
    /// Standardised `[x, θ]`, or x alone for score networks.
    pub inputs: Vec<f32>,
    /// Weight as an event of the numerator.
    pub numerator: Vec<f32>,
    /// Weight as an event of the denominator.
    pub denominator: Vec<f32>,
    /// ln p(x,z|θ) − ln p_den(x,z), where the method learns from it.
    pub joint_log_ratio: Vec<f32>,
    /// The joint score for standardised parameters, where the method learns from it; the derivatives of the ratio, where
    /// it learns those.
    pub joint_score: Vec<f32>,
    /// Weight of the error of the score, where it is not that of the numerator.
    pub score_weight: Vec<f32>,
}

impl Rows {
    /// Events with class labels and no gold.
    #[cfg(test)]
    pub(crate) fn of_classes(
        x: &ndarray::Array2<f64>,
        theta: &ndarray::Array2<f64>,
        y: &ndarray::Array1<f64>,
        scaling: &crate::Scaling,
    ) -> Self {
        let mut rows = Self {
            n_inputs: scaling.n_features() + theta.ncols(),
            n_parameters: theta.ncols(),
            per_event: 1,
            ..Self::default()
        };
        for ((x, theta), &y) in x.rows().into_iter().zip(theta.rows()).zip(y) {
            scaling.push_x(x, &mut rows.inputs);
            scaling.push_theta(theta, &mut rows.inputs);
            let (numerator, denominator) = crate::methods::carl::class_weights(y);
            rows.numerator.push(numerator);
            rows.denominator.push(denominator);
        }
        rows
    }

    /// Number of events.
    pub(crate) fn n_events(&self) -> usize {
        self.numerator.len() / self.per_event.max(1)
    }

    /// Appends rows of the same kind.
    pub(crate) fn append(&mut self, mut other: Self) {
        (self.n_inputs, self.n_parameters) = (other.n_inputs, other.n_parameters);
        self.inputs.append(&mut other.inputs);
        self.numerator.append(&mut other.numerator);
        self.denominator.append(&mut other.denominator);
        self.joint_log_ratio.append(&mut other.joint_log_ratio);
        self.joint_score.append(&mut other.joint_score);
        self.score_weight.append(&mut other.score_weight);
    }

    /// The rows of these events, in this order.
    pub(crate) fn gather(&self, events: &[u32]) -> Self {
        let columns = |values: &[f32], width: usize| {
            let width = width * self.per_event;
            let mut gathered = Vec::with_capacity(if values.is_empty() { 0 } else { events.len() * width });
            for &event in events.iter().filter(|_| !values.is_empty()) {
                let start = event as usize * width;
                gathered.extend_from_slice(&values[start..start + width]);
            }
            gathered
        };
        Self {
            inputs: columns(&self.inputs, self.n_inputs),
            numerator: columns(&self.numerator, 1),
            denominator: columns(&self.denominator, 1),
            joint_log_ratio: columns(&self.joint_log_ratio, 1),
            joint_score: columns(&self.joint_score, self.n_parameters),
            score_weight: columns(&self.score_weight, 1),
            ..*self
        }
    }

    /// Mean square of a component of the joint score, under the hypotheses that it belongs to.
    pub(crate) fn mean_square_score(&self) -> f64 {
        let scores = self.joint_score.chunks(self.n_parameters.max(1));
        let (mut sum, mut weight) = (0.0, 0.0);
        let weights = if self.score_weight.is_empty() {
            &self.numerator
        } else {
            &self.score_weight
        };
        for ((score, &w), &n) in scores.zip(weights).zip(&self.numerator) {
            let square: f64 = score.iter().map(|&t| f64::from(t).powi(2)).sum();
            sum += f64::from(w) * square / score.len() as f64;
            weight += f64::from(n);
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    }

    /// Weighs the errors of the scores by their scale at the hypotheses of the rows, the last columns of the inputs.
    pub(crate) fn weigh_scores(&mut self, scale: Option<&ScoreScale>) {
        let Some(scale) = scale.filter(|_| !self.joint_score.is_empty()) else {
            return;
        };
        let thetas = self.inputs.chunks(self.n_inputs.max(1));
        let weights = thetas.map(|row| scale.weight(&row[self.n_inputs - self.n_parameters..]));
        self.score_weight = self
            .numerator
            .iter()
            .zip(weights)
            .map(|(n, weight)| n * weight)
            .collect();
    }

    /// Hands the rows to the device.
    pub(crate) fn into_batch(self, device: &Device) -> Batch {
        let n = self.numerator.len();
        let vector = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [n]), device);
        let matrix = |values: Vec<f32>, width| Tensor::from_data(TensorData::new(values, [n, width]), device);
        Batch {
            inputs: matrix(self.inputs, self.n_inputs),
            numerator: vector(self.numerator),
            denominator: vector(self.denominator),
            joint_log_ratio: (!self.joint_log_ratio.is_empty()).then(|| vector(self.joint_log_ratio)),
            score_weight: (!self.score_weight.is_empty()).then(|| vector(self.score_weight)),
            joint_score: (!self.joint_score.is_empty()).then(|| matrix(self.joint_score, self.n_parameters)),
            per_event: self.per_event,
        }
    }
}
