//! Training data as the network sees it, and batches of it.

use burn::tensor::{Device, Tensor, TensorData};

use crate::dataset::AugmentedData;
use crate::estimator::{Method, Scaling};

/// Standardised events on the host, row by row in f32; a batch is gathered from them.
#[derive(Debug)]
pub(crate) struct Rows {
    n_inputs: usize,
    n_parameters: usize,
    inputs: Vec<f32>,
    y: Vec<f32>,
    joint_log_ratio: Vec<f32>,
    joint_score: Vec<f32>,
}

/// A batch on the device.
pub(crate) struct Batch {
    /// `[n, m + p]` for ratio networks, `[n, m]` for score networks.
    pub inputs: Tensor<2>,
    /// `[n]`.
    pub y: Tensor<1>,
    /// `[n]`, where the method learns from it.
    pub joint_log_ratio: Option<Tensor<1>>,
    /// `[n, p]` for standardised parameters, where the method learns from it.
    pub joint_score: Option<Tensor<2>>,
}

impl Rows {
    /// The events of `data`, with the gold that `method` learns from and no other.
    pub(crate) fn new(data: &AugmentedData, method: Method, scaling: &Scaling) -> Self {
        let mut inputs = Vec::new();
        for (x, theta0) in data.x.rows().into_iter().zip(data.theta0.rows()) {
            scaling.push_x(x, &mut inputs);
            if method.learns_ratio() {
                scaling.push_theta(theta0, &mut inputs);
            }
        }
        let ratio = data.joint_log_ratio.as_ref().filter(|_| method.needs_ratio());
        let score = data.joint_score0.as_ref().filter(|_| method.needs_score());
        Self {
            n_inputs: scaling.n_features() + if method.learns_ratio() { data.n_parameters() } else { 0 },
            n_parameters: data.n_parameters(),
            inputs,
            y: data.y.iter().map(|&y| y as f32).collect(),
            joint_log_ratio: ratio.map_or(vec![], |ratio| ratio.iter().map(|&r| r as f32).collect()),
            joint_score: score.map_or(vec![], |score| {
                scaling
                    .score_to_network(score.view())
                    .iter()
                    .map(|&t| t as f32)
                    .collect()
            }),
        }
    }

    /// Events with class labels and no gold.
    #[cfg(test)]
    pub(crate) fn of_classes(
        x: &ndarray::Array2<f64>,
        theta: &ndarray::Array2<f64>,
        y: &ndarray::Array1<f64>,
        scaling: &Scaling,
    ) -> Self {
        let mut inputs = Vec::new();
        for (x, theta) in x.rows().into_iter().zip(theta.rows()) {
            scaling.push_x(x, &mut inputs);
            scaling.push_theta(theta, &mut inputs);
        }
        let y = y.iter().map(|&y| y as f32).collect();
        let n_inputs = scaling.n_features() + theta.ncols();
        Self {
            n_inputs,
            n_parameters: theta.ncols(),
            inputs,
            y,
            joint_log_ratio: vec![],
            joint_score: vec![],
        }
    }

    /// Number of events.
    pub(crate) fn len(&self) -> usize {
        self.y.len()
    }

    /// Mean square of a component of the standardised joint score over the events whose score counts.
    pub(crate) fn mean_square_score(&self) -> f64 {
        let scores = self.joint_score.chunks(self.n_parameters.max(1));
        let counted = scores.zip(&self.y).filter(|(_, y)| **y == 0.0);
        let (mut sum, mut n) = (0.0, 0);
        for (score, _) in counted {
            sum += score.iter().map(|&t| f64::from(t).powi(2)).sum::<f64>();
            n += score.len();
        }
        sum / n.max(1) as f64
    }

    /// Gathers a batch.
    pub(crate) fn gather(&self, events: &[u32], device: &Device) -> Batch {
        let columns = |values: &[f32], width: usize| {
            let mut gathered = Vec::with_capacity(events.len() * width);
            for &event in events {
                let start = event as usize * width;
                gathered.extend_from_slice(&values[start..start + width]);
            }
            gathered
        };
        let vector = |values: &[f32]| Tensor::from_data(TensorData::new(columns(values, 1), [events.len()]), device);
        let matrix = |values: &[f32], width: usize| {
            Tensor::from_data(TensorData::new(columns(values, width), [events.len(), width]), device)
        };
        Batch {
            inputs: matrix(&self.inputs, self.n_inputs),
            y: vector(&self.y),
            joint_log_ratio: (!self.joint_log_ratio.is_empty()).then(|| vector(&self.joint_log_ratio)),
            joint_score: (!self.joint_score.is_empty()).then(|| matrix(&self.joint_score, self.n_parameters)),
        }
    }
}
