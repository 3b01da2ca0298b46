//! Selection and concatenation of events.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, concatenate};

use super::{AugmentedData, HeldOut, Memories};
use crate::error::{Error, Result};
use crate::gold::add_counts;

impl AugmentedData {
    /// Copies the events with these numbers, in this order; the header stays as it is.
    ///
    /// # Panics
    /// If there is no event of one of the numbers.
    pub fn select(&self, events: &[usize]) -> Self {
        let rows = |a: &Array2<f64>| a.select(Axis(0), events);
        let cells = |a: &Array1<f64>| a.select(Axis(0), events);
        Self {
            header: self.header.clone(),
            x: rows(&self.x),
            theta0: rows(&self.theta0),
            theta1: self.theta1.as_ref().map(rows),
            y: cells(&self.y),
            joint_log_ratio: self.joint_log_ratio.as_ref().map(cells),
            joint_score0: self.joint_score0.as_ref().map(rows),
            weights: self.weights.as_ref().map(rows),
            memories: self.memories.as_ref().map(|memories| {
                let mut selected = Memories::default();
                events.iter().for_each(|&i| selected.push(memories.event(i)));
                selected
            }),
        }
    }

    /// Copies the first `n` events, or all if there are fewer.
    pub fn take(&self, n: usize) -> Self {
        let events: Vec<usize> = (0..n.min(self.n_events())).collect();
        self.select(&events)
    }

    /// Splits the data into events to train on and events to validate with, each in the order of the data set.
    ///
    /// The choice depends on `seed` and the number of events only. It is the one of a training with this fraction and seed, unless that
    /// reaches its limit of validation events. The fraction is rounded to the nearest number of events, at least one on each side.
    ///
    /// # Errors
    /// If the fraction is not between 0 and 1, or there are fewer than two events.
    pub fn split(&self, validation_fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let n = self.n_events() as u64;
        let held_out = HeldOut::new(n, validation_fraction, u64::MAX, seed)?;
        let [train, validation] = held_out.split(0..n);
        Ok((self.select(&train), self.select(&validation)))
    }

    /// Concatenates data sets of one source.
    ///
    /// # Errors
    /// If there are none, or they differ in simulator, design, seed or gold.
    pub fn concat(portions: &[Self]) -> Result<Self> {
        let [first, rest @ ..] = portions else {
            return Err(Error::usage(
                "there is nothing to put together: give at least one data set",
            ));
        };
        for other in rest {
            if !first.header.same_source(&other.header) || first.fields() != other.fields() {
                return Err(Error::data(
                    "the data sets differ in simulator, design, seed or in the gold they hold: put together only data \
                     mined by one command",
                ));
            }
        }
        let mut header = first.header.clone();
        header.discarded.clear();
        portions
            .iter()
            .for_each(|d| add_counts(&mut header.discarded, &d.header.discarded));
        header.n_discarded = portions.iter().map(|d| d.header.n_discarded).sum();
        Ok(Self {
            header,
            x: rows(portions, |d| Some(&d.x))?.unwrap_or_default(),
            theta0: rows(portions, |d| Some(&d.theta0))?.unwrap_or_default(),
            theta1: rows(portions, |d| d.theta1.as_ref())?,
            y: cells(portions, |d| Some(&d.y))?.unwrap_or_default(),
            joint_log_ratio: cells(portions, |d| d.joint_log_ratio.as_ref())?,
            joint_score0: rows(portions, |d| d.joint_score0.as_ref())?,
            weights: rows(portions, |d| d.weights.as_ref())?,
            memories: first.memories.is_some().then(|| memories(portions)),
        })
    }

    /// Returns for each optional field true if it is present.
    fn fields(&self) -> [bool; 5] {
        [
            self.theta1.is_some(),
            self.joint_log_ratio.is_some(),
            self.joint_score0.is_some(),
            self.weights.is_some(),
            self.memories.is_some(),
        ]
    }
}

type Field<T> = fn(&AugmentedData) -> Option<&T>;

fn rows(portions: &[AugmentedData], field: Field<Array2<f64>>) -> Result<Option<Array2<f64>>> {
    let views: Option<Vec<ArrayView2<f64>>> = portions.iter().map(|d| field(d).map(|a| a.view())).collect();
    views
        .map(|views| concatenate(Axis(0), &views).map_err(misshapen))
        .transpose()
}

fn cells(portions: &[AugmentedData], field: Field<Array1<f64>>) -> Result<Option<Array1<f64>>> {
    let views: Option<Vec<ArrayView1<f64>>> = portions.iter().map(|d| field(d).map(|a| a.view())).collect();
    views
        .map(|views| concatenate(Axis(0), &views).map_err(misshapen))
        .transpose()
}

fn misshapen(error: ndarray::ShapeError) -> Error {
    Error::data(format!(
        "the data sets do not have the same number of columns ({error})"
    ))
}

fn memories(portions: &[AugmentedData]) -> Memories {
    let mut all = Memories::default();
    for memories in portions.iter().filter_map(|d| d.memories.as_ref()) {
        all.extend(memories);
    }
    all
}

impl Memories {
    /// Appends all events of another.
    pub(crate) fn extend(&mut self, other: &Self) {
        let offset = self.memory.len() as u64;
        self.memory.extend_from_slice(&other.memory);
        self.memory_end.extend(other.memory_end.iter().map(|end| end + offset));
    }
}
