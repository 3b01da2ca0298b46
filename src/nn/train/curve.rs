//! The record of losses in a training.

use serde::{Deserialize, Serialize};

/// Losses in the course of a training, every few hundred steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Gradient steps.
    pub step: Vec<usize>,
    /// Mean training loss since the last entry.
    pub train: Vec<f64>,
    /// Validation loss.
    pub validation: Vec<f64>,
}
