//! Named arrays of a sample, checked to have one row an event.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ndarray::{Array1, Array2, Axis};

use crate::arrays::npy;
use crate::error::{Error, Result};

/// Accepted names of each array, in the order of preference: ours, then MadMiner's.
pub(super) const NAMES: [&[&str]; 7] = [
    &["x"],
    &["theta0", "theta"],
    &["theta1"],
    &["y"],
    &["joint_log_ratio", "log_r_xz", "r_xz"],
    &["joint_score0", "joint_score", "t_xz", "t_xz0"],
    &["weights"],
];

/// Returns true if an array of this name has weights of events, as other programs call them.
pub(super) fn is_weight(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("weight") || ["w", "wt", "wgt"].contains(&name.as_str())
}

/// Largest relative difference of arrays that say the same, in single precision.
const SAME: f64 = 1e-5;

/// The arrays of a sample, by the first of their names.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) path: PathBuf,
    /// Under each name as it was found.
    pub(super) arrays: BTreeMap<String, npy::Array>,
}

/// Advice for observations that are infinite.
const INFINITE: &str = "where a run failed, put NaN in its place, here and in observed data, and keep the event: that a run failed is an \
                        observation, too";

impl Sample {
    /// The array that has one of these names, and that name.
    pub(super) fn find(&self, names: &[&'static str]) -> Option<(&'static str, &npy::Array)> {
        names.iter().find_map(|name| Some((*name, self.arrays.get(*name)?)))
    }

    /// Refuses weights under a name that is not read.
    pub(super) fn check_weights(&self) -> Result<()> {
        let [.., read] = NAMES;
        let other = self
            .arrays
            .keys()
            .find(|name| is_weight(name) && !read.contains(&name.as_str()));
        match other {
            None => Ok(()),
            Some(name) => Err(self.wrong(format!(
                "has an array `{name}`, which looks like weights of the events: name it `{}`, or leave it out if it is something else",
                read[0]
            ))),
        }
    }

    /// Refuses measured events with weights.
    pub(super) fn check_measured(&self) -> Result<()> {
        match self.find(NAMES[6]) {
            None => Ok(()),
            Some((name, _)) => Err(self.wrong(format!(
                "has an array `{name}`, and measured events have no weights: draw unweighted events, or leave the array out if all weights are 1"
            ))),
        }
    }

    /// Refuses two arrays that say different things of the same quantity; `as_first` makes the values of the others comparable.
    pub(super) fn check_alike(&self, names: &[&'static str], as_first: impl Fn(&str, f64) -> f64) -> Result<()> {
        let mut found = names.iter().filter_map(|name| Some((*name, self.arrays.get(*name)?)));
        let Some((first, array)) = found.next() else {
            return Ok(());
        };
        let values = |name: &str, array: &npy::Array| -> Vec<f64> {
            array.values.iter().map(|value| as_first(name, *value)).collect()
        };
        let own = values(first, array);
        for (other, array) in found {
            let others = values(other, array);
            let differs = |(a, b): (&f64, &f64)| (a - b).abs() > SAME * (1.0 + a.abs().max(b.abs()));
            if own.len() != others.len() || own.iter().zip(&others).any(differs) {
                return Err(self.wrong(format!(
                    "has the arrays `{first}` and `{other}`, which are two names of the same and differ: leave one of them out"
                )));
            }
        }
        Ok(())
    }

    /// The observations, `[n, m]`.
    pub(super) fn x(&self) -> Result<Array2<f64>> {
        self.required(NAMES[0], None, "observations, [n, m]")
    }

    pub(super) fn required(&self, names: &[&'static str], n: Option<usize>, what: &str) -> Result<Array2<f64>> {
        self.table(names, n)?.ok_or_else(|| {
            let known: Vec<&str> = self.arrays.keys().map(String::as_str).collect();
            self.wrong(format!(
                "has no array `{}` ({what}); it has {}",
                names.join("` or `"),
                if known.is_empty() {
                    "none of those that are read".into()
                } else {
                    known.join(", ")
                }
            ))
        })
    }

    /// An array of n rows, if there is one; one without columns has a single column, and one row may stand for all.
    pub(super) fn table(&self, names: &[&'static str], n: Option<usize>) -> Result<Option<Array2<f64>>> {
        let Some((name, array)) = self.find(names) else {
            return Ok(None);
        };
        let of_a_hypothesis = name.starts_with("theta");
        let shape = match (array.shape.as_slice(), n) {
            (&[columns], Some(n)) if of_a_hypothesis && columns != n => (1, columns),
            (&[rows], _) => (rows, 1),
            (&[rows, columns], _) => (rows, columns),
            (other, _) => {
                return Err(self.wrong(format!(
                    "has `{name}` of shape {other:?}, but a table with one row an event is needed"
                )));
            }
        };
        let table = Array2::from_shape_vec(shape, array.values.clone())
            .map_err(|error| self.wrong(format!("has an unreadable `{name}` ({error})")))?;
        let rows = n.unwrap_or(shape.0);
        let table = match table.broadcast((rows, shape.1)) {
            Some(all) if shape.0 == rows || of_a_hypothesis => all.to_owned(),
            _ => {
                let found = shape.0;
                return Err(self.wrong(format!(
                    "has {found} rows in `{name}`, but `x` has {rows}: one for each event is needed"
                )));
            }
        };
        if table.is_empty() {
            return Err(self.wrong(format!("has no numbers in `{name}`: at least one event is needed")));
        }
        // NaN among observations is what a failed run leaves, and is an observation of its own.
        let is_wrong = |value: &f64| !(value.is_finite() || name == "x" && value.is_nan());
        match table.indexed_iter().find(|(_, value)| is_wrong(value)) {
            None => Ok(Some(table)),
            Some(((event, column), value)) => {
                let lacking = table.rows().into_iter().filter(|row| row.iter().any(is_wrong));
                Err(self.wrong(format!(
                    "has {value} in `{name}` of event {event}, column {column} (both counted from 0), and {} of {rows} events are like it: all \
                     numbers must be finite; {}",
                    lacking.count(),
                    if name == "x" { INFINITE } else { "compute these labels again" }
                )))
            }
        }
    }

    pub(super) fn column(&self, names: &[&'static str], n: usize) -> Result<Option<Array1<f64>>> {
        let Some(table) = self.table(names, Some(n))? else {
            return Ok(None);
        };
        match table.ncols() {
            1 => Ok(Some(table.index_axis_move(Axis(1), 0))),
            columns => Err(self.wrong(format!(
                "has `{}` with {columns} columns: one number for each event is needed",
                self.find(names).map_or(names[0], |(name, _)| name)
            ))),
        }
    }

    pub(super) fn logarithms(&self, ratio: &Array1<f64>) -> Result<Array1<f64>> {
        match ratio.iter().position(|r| *r <= 0.0) {
            None => Ok(ratio.mapv(f64::ln)),
            Some(event) => Err(self.wrong(format!(
                "has r_xz = {} at event {event} (counted from 0): a ratio of probabilities is positive; remove the event, or save the logarithm \
                 as `joint_log_ratio`",
                ratio[event]
            ))),
        }
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> Error {
        Error::file(&self.path, what)
    }
}
