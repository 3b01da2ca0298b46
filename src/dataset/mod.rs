//! Augmented data: observations with their hypotheses, labels and gold.

mod summary;

pub use summary::{Identity, Range, Summary};

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::gold::Design;

/// The version of the files this crate writes.
pub const FORMAT_VERSION: u32 = 1;

/// Observations with their hypotheses, labels and gold; field names are those of the data sets in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct AugmentedData {
    /// Where the events come from.
    pub header: Header,
    /// Observations, `[n, m]`.
    pub x: Array2<f64>,
    /// The numerator hypothesis of each event, `[n, p]`.
    pub theta0: Array2<f64>,
    /// The denominator hypothesis of each event, `[n, p]`, where it is one point.
    pub theta1: Option<Array2<f64>>,
    /// 0 for events drawn from `theta0`, 1 for events drawn from the denominator, `[n]`.
    pub y: Array1<f64>,
    /// ln p(x,z|θ0) − ln p(x,z|θ1), `[n]`.
    pub joint_log_ratio: Option<Array1<f64>>,
    /// ∇θ ln p(x,z|θ) at `theta0`, `[n, p]`.
    pub joint_score0: Option<Array2<f64>>,
    /// What each event remembers of its path, if it was kept.
    pub memories: Option<Memories>,
}

/// The remembered paths of all events, end to end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memories {
    /// The numbers of all events.
    pub memory: Vec<f64>,
    /// Where each event ends in `memory`, `[n]`.
    pub memory_end: Vec<u64>,
}

impl Memories {
    /// What event `i` remembers.
    ///
    /// # Panics
    /// If there is no event `i`.
    pub fn event(&self, i: usize) -> &[f64] {
        let start = if i == 0 { 0 } else { self.memory_end[i - 1] };
        &self.memory[start as usize..self.memory_end[i] as usize]
    }

    /// Appends an event.
    pub fn push(&mut self, memory: &[f64]) {
        self.memory.extend_from_slice(memory);
        self.memory_end.push(self.memory.len() as u64);
    }
}

/// Where a data set comes from: enough to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the file format.
    pub format_version: u32,
    /// Version of motherlode that wrote it.
    pub crate_version: String,
    /// Name of the simulator.
    pub simulator: String,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// Units of the parameters, `[p]`; empty where there is none.
    pub parameter_units: Vec<String>,
    /// Names of the observables, `[m]`.
    pub observables: Vec<String>,
    /// Units of the observables, `[m]`; empty where there is none.
    pub observable_units: Vec<String>,
    /// The design of the hypotheses.
    pub design: Design,
    /// The points of the mixture, `[N, p]` row by row, where the denominator is one.
    pub mixture: Vec<Vec<f64>>,
    /// The seed.
    pub seed: u64,
    /// Number of the first event.
    pub first_event: u64,
    /// Runs that the simulator discarded, and that were simulated again.
    pub n_discarded: u64,
}

impl AugmentedData {
    /// Number of events n.
    pub fn n_events(&self) -> usize {
        self.x.nrows()
    }

    /// Number of parameters p.
    pub fn n_parameters(&self) -> usize {
        self.theta0.ncols()
    }

    /// Number of observables m.
    pub fn n_observables(&self) -> usize {
        self.x.ncols()
    }
}
