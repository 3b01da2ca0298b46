//! Augmented data: observations with their hypotheses, labels and gold, in memory and in files.
//!
//! [`AugmentedData`] is a data set in memory, [`Reader`] reads any rows of one in a file. [`mine_to_file`] makes a file of any length in
//! bounded memory and continues after an interruption; [`merge`] joins shards.

mod constancy;
mod events;
mod hdf5;
mod held_out;
mod held_out_rows;
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
pub use held_out::HeldOut;
pub use held_out_rows::HeldOutRows;
pub use merge::merge;
pub use mine::{MineOptions, mine_to_file};
pub use portion::Portion;
pub use reader::Reader;
pub use summary::{ColumnRange, DatasetSummary};

use std::collections::HashMap;

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gold::Design;
use crate::trace::{Instrumented, Layout};

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

/// Memories of the paths of all events, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memories {
    /// The numbers of all events.
    pub memory: Vec<f64>,
    /// End of each event in `memory`, `[n]`.
    pub memory_end: Vec<u64>,
}

impl Memories {
    /// Memory of event `i`.
    ///
    /// # Panics
    /// If there is no event `i`.
    pub fn event(&self, i: usize) -> &[f64] {
        let start = if i == 0 { 0 } else { self.memory_end[i - 1] };
        &self.memory[start as usize..self.memory_end[i] as usize]
    }

    /// Numbers of the different memories in the order of their first events, `[n]`: events with the same memory have the same number.
    pub fn numbers(&self) -> Vec<usize> {
        let bits = |event: usize| self.event(event).iter().map(|value| value.to_bits()).collect();
        numbers((0..self.memory_end.len()).map(bits))
    }

    /// Appends an event.
    pub fn push(&mut self, memory: &[f64]) {
        self.memory.extend_from_slice(memory);
        self.memory_end.push(self.memory.len() as u64);
    }
}

/// Numbers of the different rows of a table in the order of their first occurrence, `[n]`: equal rows have the same number.
pub fn row_numbers(table: ArrayView2<f64>) -> Vec<usize> {
    numbers(
        table
            .rows()
            .into_iter()
            .map(|row| row.iter().map(|value| value.to_bits()).collect()),
    )
}

fn numbers(rows: impl Iterator<Item = Vec<u64>>) -> Vec<usize> {
    let mut known = HashMap::new();
    let of_row = |row| {
        let next = known.len();
        *known.entry(row).or_insert(next)
    };
    rows.map(of_row).collect()
}

/// Default names of columns: `name_0`, `name_1`, …
pub fn numbered(name: &str, n: usize) -> Vec<String> {
    (0..n).map(|k| format!("{name}_{k}")).collect()
}

/// Stored rows that events are drawn from: an event file of a generator, or a sample with repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoredRows {
    /// Number of rows.
    pub rows: u64,
    /// Their effective number (Σw)²/Σw²; the number of rows where weights are not known.
    pub effective: f64,
}

impl StoredRows {
    /// Stored rows of a simulator; `None` where every run is a new event.
    pub fn of_simulator(simulator: &dyn Instrumented) -> Option<Self> {
        let rows = simulator.n_rows()?;
        let theta = simulator.hypotheses().ok().map(|hypotheses| hypotheses.theta1);
        let effective = theta.and_then(|theta| simulator.n_effective(&theta));
        Some(Self {
            rows,
            effective: effective.unwrap_or(rows as f64),
        })
    }
}

/// Origin of a data set: all that is needed to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// Version of the file format.
    pub format_version: u32,
    /// Version of motherlode that wrote it.
    pub crate_version: String,
    /// Name of the simulator, or the path of the event file.
    pub simulator: String,
    /// Rows of the event file that the events are drawn from.
    #[serde(default, skip_serializing_if = "Portion::is_all")]
    pub portion: Portion,
    /// Stored rows that the events are drawn from with replacement; `None` where every event is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredRows>,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// Units of the parameters, `[p]`; empty where there is none.
    pub parameter_units: Vec<String>,
    /// Names of the observables, `[m]`.
    pub observables: Vec<String>,
    /// Units of the observables, `[m]`; empty where there is none.
    pub observable_units: Vec<String>,
    /// Structure of an observation, if the simulator declares one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
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
    /// These runs by hypothesis: of the numerator, of the denominator, and of the thirds of the range of each parameter of the numerator;
    /// empty where no run was discarded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discarded: Vec<u64>,
    /// True if events may lack observables, which are NaN: their runs failed, in whole or in part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_missing: bool,
    /// True if events have weights, which may be negative.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighted: bool,
}

impl Header {
    /// The header of events of a simulator, without units, of seed 0 and from event 0 on.
    pub fn new(
        simulator: impl Into<String>,
        parameters: Vec<String>,
        observables: Vec<String>,
        design: Design,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: simulator.into(),
            portion: Portion::All,
            stored: None,
            parameter_units: vec![String::new(); parameters.len()],
            parameters,
            observable_units: vec![String::new(); observables.len()],
            observables,
            layout: None,
            design,
            mixture: Vec::new(),
            seed: 0,
            first_event: 0,
            n_discarded: 0,
            discarded: Vec::new(),
            has_missing: false,
            weighted: false,
        }
    }

    /// The header of events that another program made.
    pub fn imported(parameters: Vec<String>, observables: Vec<String>, design: Design) -> Self {
        Self::new("imported", parameters, observables, design)
    }

    /// Sets the name of the simulator.
    pub fn with_simulator(self, simulator: impl Into<String>) -> Self {
        let simulator = simulator.into();
        Self { simulator, ..self }
    }

    /// Sets the units of the parameters, `[p]`, and of the observables, `[m]`.
    pub fn with_units(self, parameters: Vec<String>, observables: Vec<String>) -> Self {
        Self {
            parameter_units: parameters,
            observable_units: observables,
            ..self
        }
    }

    /// Sets the structure of an observation.
    pub fn with_layout(self, layout: Option<Layout>) -> Self {
        Self { layout, ..self }
    }

    /// Sets the rows of the event file that the events are drawn from.
    pub fn with_portion(self, portion: Portion) -> Self {
        Self { portion, ..self }
    }

    /// Sets the stored rows that the events are drawn from.
    pub fn with_stored(self, stored: Option<StoredRows>) -> Self {
        Self { stored, ..self }
    }

    /// Sets the points of the mixture, `[N, p]`.
    pub fn with_mixture(self, mixture: Vec<Vec<f64>>) -> Self {
        Self { mixture, ..self }
    }

    /// Sets whether events have weights.
    pub fn with_weights(self, weighted: bool) -> Self {
        Self { weighted, ..self }
    }

    /// Sets whether events may lack observables, which are NaN.
    pub fn with_missing(self, has_missing: bool) -> Self {
        Self { has_missing, ..self }
    }

    /// Sets the seed.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Name of the simulator with the [portion](Portion::label) of its rows, for messages.
    pub fn simulator_label(&self) -> String {
        self.portion.label(&self.simulator)
    }

    /// Checks that the events come from this simulator, and from the same rows if it is an event file: their memories mean nothing to another.
    ///
    /// `purpose` completes the message "… was given to".
    ///
    /// # Errors
    /// If the name or the portion differs.
    pub fn check_simulator(&self, simulator: &dyn Instrumented, purpose: &str) -> Result<()> {
        match (self.simulator.as_str(), self.portion) == (simulator.name(), simulator.portion()) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "the events are of {}, and {} was given to {purpose}",
                self.simulator_label(),
                simulator.label()
            ))),
        }
    }

    /// Returns true if two data sets are shards of one: if they differ in the first event and in the discarded runs only.
    pub fn same_source(&self, other: &Self) -> bool {
        self.source() == other.source()
    }

    /// The header without what differs between shards, as it reads when it comes from a file: JSON may change the last digit of a number.
    fn source(&self) -> Option<Self> {
        let source = Self {
            first_event: 0,
            n_discarded: 0,
            discarded: Vec::new(),
            ..self.clone()
        };
        serde_json::from_str(&serde_json::to_string(&source).ok()?).ok()
    }
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

impl Memories {
    fn inconsistency(&self) -> Option<String> {
        let ordered =
            self.memory_end.is_sorted() && self.memory_end.last().copied().unwrap_or(0) == self.memory.len() as u64;
        (!ordered).then(|| {
            format!(
                "memory_end does not rise to {}, the length of memory",
                self.memory.len()
            )
        })
    }
}
