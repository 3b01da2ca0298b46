//! The tables of a data set and their shapes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::store::{Cell, ReadTables, Table};
use super::{Header, hdf5};
use crate::error::{Error, Result};
use crate::gold::Design;

/// The tables of a file; a table that it does not have is `None`.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) x: Table,
    pub(super) theta0: Table,
    pub(super) theta1: Option<Table>,
    pub(super) y: Table,
    pub(super) joint_log_ratio: Option<Table>,
    pub(super) joint_score0: Option<Table>,
    pub(super) weights: Option<Table>,
    /// `memory` and `memory_end`: both or none.
    pub(super) memories: Option<(Table, Table)>,
    pub(super) mixture: Option<Table>,
}

/// Tables that a file has beyond those of every file, and their lengths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    pub(super) n_events: u64,
    pub(super) has_theta1: bool,
    pub(super) has_ratio: bool,
    pub(super) has_score: bool,
    #[serde(default)]
    pub(super) has_weights: bool,
    /// Total length of the memories.
    pub(super) n_memory: Option<u64>,
}

impl Tables {
    /// The tables of a file to be written.
    pub(super) fn new(header: &Header, extent: Extent) -> Self {
        let n = extent.n_events;
        let (m, p) = (Some(header.observables.len()), Some(header.parameters.len()));
        let real = |name, rows, columns| Table {
            name,
            cell: Cell::Real,
            rows,
            columns,
        };
        Self {
            x: real("x", n, m),
            theta0: real("theta0", n, p),
            theta1: extent.has_theta1.then(|| real("theta1", n, p)),
            y: real("y", n, None),
            joint_log_ratio: extent.has_ratio.then(|| real("joint_log_ratio", n, None)),
            joint_score0: extent.has_score.then(|| real("joint_score0", n, p)),
            weights: extent
                .has_weights
                .then(|| real("weights", n, Some(header.design.n_hypotheses()))),
            memories: extent.n_memory.map(|length| {
                let end = Table {
                    cell: Cell::Count,
                    ..real("memory_end", n, None)
                };
                (real("memory", length, None), end)
            }),
            mixture: (!header.mixture.is_empty()).then(|| real("mixture", header.mixture.len() as u64, p)),
        }
    }

    /// All tables, in the order in which they are written.
    pub(super) fn all(&self) -> Vec<Table> {
        self.mixture.into_iter().chain(self.event_tables()).collect()
    }

    /// The tables with rows of events: all but the mixture.
    pub(super) fn event_tables(&self) -> Vec<Table> {
        let mut tables = vec![self.x, self.theta0, self.y];
        tables.extend(
            [self.theta1, self.joint_log_ratio, self.joint_score0, self.weights]
                .into_iter()
                .flatten(),
        );
        tables.extend(self.memories.iter().flat_map(|(memory, end)| [*memory, *end]));
        tables
    }
}

/// Finds the tables of a file and compares them with its header.
pub(super) fn find_tables(store: &hdf5::Reader, header: &Header, path: &Path) -> Result<Tables> {
    let required = |name| match store.table(name, Cell::Real)? {
        Some(table) => Ok(table),
        None => Err(Error::file(
            path,
            format!("has no data set `{name}`: mine it again, or restore it from a copy"),
        )),
    };
    let x = required("x")?;
    let memory = store.table("memory", Cell::Real)?;
    let memory_end = store.table("memory_end", Cell::Count)?;
    if memory.is_some() != memory_end.is_some() {
        return Err(Error::file(
            path,
            "has only one of `memory` and `memory_end`: mine it again, or restore it from a copy",
        ));
    }
    let found = Tables {
        x,
        theta0: required("theta0")?,
        theta1: store.table("theta1", Cell::Real)?,
        y: required("y")?,
        joint_log_ratio: store.table("joint_log_ratio", Cell::Real)?,
        joint_score0: store.table("joint_score0", Cell::Real)?,
        weights: store.table("weights", Cell::Real)?,
        memories: memory.zip(memory_end),
        mixture: store.table("mixture", Cell::Real)?,
    };
    let promised = [
        ("theta1", header.design.theta1().is_some(), found.theta1),
        ("mixture", n_mixture(header).is_some(), found.mixture),
        ("weights", header.weighted, found.weights),
    ];
    if let Some((name, ..)) = promised
        .into_iter()
        .find(|(_, needed, found)| *needed && found.is_none())
    {
        return Err(Error::file(
            path,
            format!(
                "has no data set `{name}`, which belongs to its events ({}): mine it again, or restore it from a copy",
                header.design
            ),
        ));
    }
    if found.weights.is_some() && !header.weighted {
        let what =
            "has a data set `weights`, of which its header says nothing: mine it again, or restore it from a copy";
        return Err(Error::file(path, what));
    }
    let mut needed = Tables::new(
        header,
        Extent {
            n_events: x.rows,
            has_theta1: found.theta1.is_some(),
            has_ratio: found.joint_log_ratio.is_some(),
            has_score: found.joint_score0.is_some(),
            has_weights: found.weights.is_some(),
            n_memory: memory.map(|memory| memory.rows),
        },
    );
    needed.mixture = found.mixture.map(|mixture| Table {
        rows: n_mixture(header).unwrap_or(mixture.rows),
        columns: Some(header.parameters.len()),
        ..mixture
    });
    for (found, needed) in found.all().into_iter().zip(needed.all()) {
        if found != needed {
            return Err(Error::file(
                path,
                format!(
                    "has a data set `{}` of shape {}, but its header and its {} events need {}: mine it again",
                    found.name,
                    shape(&found),
                    x.rows,
                    shape(&needed)
                ),
            ));
        }
    }
    Ok(found)
}

/// Number of points of the mixture that events were drawn from, if there is one.
fn n_mixture(header: &Header) -> Option<u64> {
    match &header.design {
        Design::Mixture { n_points, .. } => Some(*n_points as u64),
        _ => None,
    }
}

fn shape(table: &Table) -> String {
    match table.columns {
        Some(columns) => format!("[{}, {columns}]", table.rows),
        None => format!("[{}]", table.rows),
    }
}
