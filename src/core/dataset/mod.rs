//! Augmented data: observations with their hypotheses, labels and gold, in memory and in files.
//!
//! [`AugmentedData`] is a data set in memory, [`Reader`] one in a file, of which any rows can be had. [`mine_to_file`]
//! makes a file of any length in bounded memory and goes on where it was interrupted; [`merge`] joins shards.

mod events;
mod hdf5;
mod held_out;
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

pub use events::{Events, Fields};
pub use held_out::HeldOut;
pub use merge::merge;
pub use mine::{MineOptions, mine_to_file};
pub use portion::Portion;
pub use reader::Reader;
pub use summary::{Range, Summary};

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gold::Design;
use crate::trace::Instrumented;

/// Returns true if a file is in HDF5, the format of data sets.
///
/// # Errors
/// Files that cannot be opened or read.
pub fn is_data_set(path: &std::path::Path) -> Result<bool> {
    hdf5::is_hdf5_file(path)
}

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

/// `name_0`, `name_1`, …: names of what has none.
pub fn numbered(name: &str, n: usize) -> Vec<String> {
    (0..n).map(|k| format!("{name}_{k}")).collect()
}

/// Where a data set comes from: enough to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Header {
    /// That of events that were made elsewhere.
    pub fn imported(parameters: Vec<String>, observables: Vec<String>, design: Design) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: "imported".into(),
            portion: Portion::All,
            parameter_units: vec![String::new(); parameters.len()],
            parameters,
            observable_units: vec![String::new(); observables.len()],
            observables,
            design,
            mixture: Vec::new(),
            seed: 0,
            first_event: 0,
            n_discarded: 0,
        }
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

    /// Whether two data sets are portions of one: whether they agree on all but where they begin and what was
    /// discarded.
    pub fn same_source(&self, other: &Self) -> bool {
        self.source() == other.source()
    }

    /// The header without what differs between the portions of a data set, as it reads when it comes from a file: JSON
    /// may change the last digit of a number.
    fn source(&self) -> Option<Self> {
        let source = Self {
            first_event: 0,
            n_discarded: 0,
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

    /// What the events remember, for `user`, who cannot do without.
    ///
    /// # Errors
    /// If they were mined without.
    pub fn remembered(&self, user: &str) -> Result<&Memories> {
        self.memories
            .as_ref()
            .ok_or_else(|| Error::missing_gold(user, "`memory`", "mine again without --forget"))
    }

    /// Whether every event remembers its path.
    pub fn has_memories(&self) -> bool {
        self.memories.is_some()
    }

    /// What is wrong with the shapes, if anything: the fields are public, and files come from anywhere.
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
