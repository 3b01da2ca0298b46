//! Augmented data: observations with their hypotheses, labels and gold, in memory and in files.
//!
//! [`AugmentedData`] is a data set in memory, [`Reader`] reads any rows of one in a file. [`mine_to_file`] makes a file of any length in
//! bounded memory and continues after an interruption; [`merge`] joins shards.

mod constancy;
mod events;
mod hdf5;
mod header;
mod held_out;
mod held_out_rows;
mod memories;
mod merge;
mod mine;
mod partial;
mod portion;
mod reader;
mod select;
mod store;
mod summary;
mod tables;
mod write;

pub use constancy::{Constancy, ConstantColumns};
pub use events::{Events, Fields};
pub use header::{Header, IMPORTED, StoredRows};
pub use held_out::HeldOut;
pub use held_out_rows::HeldOutRows;
pub use memories::{Memories, n_different, row_numbers};
pub use merge::merge;
pub use mine::{MineOptions, mine_to_file};
pub use portion::Portion;
pub use reader::Reader;
pub use summary::{ColumnRange, DatasetSummary};

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};
use crate::gold::Design;

/// Returns true if a file is an HDF5 file.
///
/// # Errors
/// If it cannot be read.
pub fn is_data_set(path: &std::path::Path) -> Result<bool> {
    hdf5::is_hdf5_file(path)
}

/// Version of the file format that this crate writes.
pub const FORMAT_VERSION: u32 = 1;

/// Observations with their hypotheses, labels and gold; field names are those of the data sets in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct AugmentedData {
    /// Origin of the events.
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
    /// Weights of each event under `theta0` and under the denominator, `[n, 2]`, or under `theta0` alone, `[n, 1]`, where there is no
    /// denominator: p(x,z|θ)/q(x,z|θ), where q is the density with which events are drawn. `None` where all are 1.
    pub weights: Option<Array2<f64>>,
    /// Memory of the path of each event, if it was kept.
    pub memories: Option<Memories>,
}

/// Default names of columns: `name_0`, `name_1`, …
pub fn numbered(name: &str, n: usize) -> Vec<String> {
    (0..n).map(|k| format!("{name}_{k}")).collect()
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

    /// Weights of event `i` under θ0 and under the denominator: 1 where events have no weights, or there is no denominator.
    ///
    /// # Panics
    /// If there is no event `i`.
    pub fn weights_of(&self, i: usize) -> [f64; 2] {
        let row = self.weights.as_ref().map(|weights| weights.row(i));
        [0, 1].map(|column| row.and_then(|row| row.get(column).copied()).unwrap_or(1.0))
    }

    /// Weight of event `i` under the hypothesis that it was drawn from: 1 where events have no weights.
    ///
    /// # Panics
    /// If there is no event `i`.
    pub fn weight(&self, i: usize) -> f64 {
        self.weights_of(i)[usize::from(self.y[i] == 1.0)]
    }

    /// Factor of the joint ratio of event `i` in the mean of ratios under the hypothesis that it was drawn from: its weight, with the sign of
    /// the ratio.
    fn weight_of_ratio(&self, i: usize) -> f64 {
        let [above, below] = self.weights_of(i);
        above.signum() * below.signum() * self.weight(i)
    }

    /// Memories of the events; `user` is the method that needs them, for the message.
    ///
    /// # Errors
    /// If the events were mined without.
    pub fn remembered(&self, user: &str) -> Result<&Memories> {
        self.memories
            .as_ref()
            .ok_or_else(|| Error::missing_gold(user, "`memory`", "mine again without --forget"))
    }

    /// Returns true if the events have memories of their paths.
    pub fn has_memories(&self) -> bool {
        self.memories.is_some()
    }

    /// Description of the first array that does not fit the others, if there is one.
    fn inconsistency(&self) -> Option<String> {
        let (n, m, p) = (self.n_events(), self.n_observables(), self.n_parameters());
        if n == 0 || m == 0 || p == 0 {
            return Some(format!(
                "it has {n} events of {m} observables and {p} parameters, and needs some of each"
            ));
        }
        let shapes = [
            ("theta0", self.theta0.dim(), (n, p)),
            ("y", (self.y.len(), 1), (n, 1)),
            (
                "the observables of the header",
                (self.header.observables.len(), 1),
                (m, 1),
            ),
            (
                "the parameters of the header",
                (self.header.parameters.len(), 1),
                (p, 1),
            ),
        ];
        let optional = [
            self.theta1.as_ref().map(|a| ("theta1", a.dim(), (n, p))),
            self.joint_log_ratio
                .as_ref()
                .map(|a| ("joint_log_ratio", (a.len(), 1), (n, 1))),
            self.joint_score0.as_ref().map(|a| ("joint_score0", a.dim(), (n, p))),
            self.weights
                .as_ref()
                .map(|a| ("weights", a.dim(), (n, self.header.design.n_hypotheses()))),
            self.memories
                .as_ref()
                .map(|a| ("memory_end", (a.memory_end.len(), 1), (n, 1))),
        ];
        let wrong = shapes
            .into_iter()
            .chain(optional.into_iter().flatten())
            .find(|(_, found, needed)| found != needed);
        if let Some((name, found, needed)) = wrong {
            return Some(format!(
                "{name} has the shape {found:?}, but {needed:?} is needed for {n} events"
            ));
        }
        if self.header.weighted != self.weights.is_some() {
            return Some("its header says whether events have weights, and its table of weights says otherwise".into());
        }
        let n_points = self.header.mixture.len();
        match &self.header.design {
            Design::Mixture { n_points: needed, .. } if n_points != *needed => {
                return Some(format!(
                    "the header has {n_points} points of the mixture, and its design {needed}"
                ));
            }
            design if design.theta1().is_some() && self.theta1.is_none() => {
                return Some(format!("it has no theta1, and its events are of {design}"));
            }
            _ => (),
        }
        if let Some(point) = self.header.mixture.iter().find(|point| point.len() != p) {
            return Some(format!(
                "a point of the mixture has {} values, but there are {p} parameters",
                point.len()
            ));
        }
        self.memories.as_ref().and_then(Memories::inconsistency)
    }
}
