//! The fitted transforms of all observables.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::plan::check_finite;
use super::{Column, Transform};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Stream;

/// Makes features of observations; fitted on training data by [`InputPlan::fit`](super::InputPlan::fit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Names of the observables, `[m]`.
    pub(super) observables: Vec<String>,
    /// Transform of each group of observables.
    pub(super) columns: Vec<Column>,
    /// Which of the columns each observable belongs to, `[m]`.
    pub(super) of: Vec<usize>,
}

impl Inputs {
    /// Plain standardisation by these means and standard deviations; the observables have no names.
    pub(crate) fn standardised(means: &[f64], sds: &[f64]) -> Self {
        let columns = means.iter().zip(sds).map(|(&mean, &sd)| Column {
            transform: Transform::Standardise { mean, sd },
            missing: None,
            indicator: false,
        });
        Self {
            // One name a mean: if there are fewer standard deviations, that is an inconsistency to be found out.
            observables: (0..means.len()).map(|k| format!("x[{k}]")).collect(),
            columns: columns.collect(),
            of: (0..means.len()).collect(),
        }
    }

    /// Number of observables m.
    pub fn n_observables(&self) -> usize {
        self.of.len()
    }

    /// Means and standard deviations of the observables, `[m]` each, if standardising them is all that is done.
    pub(crate) fn scales(&self) -> Option<Vec<(f64, f64)>> {
        let plain = |column: &Column| match column.transform {
            Transform::Standardise { mean, sd } if !column.indicator => Some((mean, sd)),
            _ => None,
        };
        self.of.iter().map(|&column| plain(&self.columns[column])).collect()
    }

    /// Number of features: what the network sees of an observation.
    pub fn n_features(&self) -> usize {
        self.of.iter().map(|&column| self.columns[column].width()).sum()
    }

    /// Names of the features, in order.
    pub fn feature_names(&self) -> Vec<String> {
        let observables = self.observables.iter().zip(&self.of);
        observables
            .flat_map(|(name, &column)| self.columns[column].names(name))
            .collect()
    }

    /// Where the features of some observables lie, if they are neighbours in order: what an encoder looks at.
    pub fn features_of(&self, observables: &[String]) -> Option<Range<usize>> {
        let first = self
            .observables
            .iter()
            .position(|name| Some(name) == observables.first())?;
        let last = first + observables.len();
        (self.observables.get(first..last)? == observables).then(|| {
            let width = |range: Range<usize>| -> usize {
                self.of[range].iter().map(|&column| self.columns[column].width()).sum()
            };
            let start = width(0..first);
            start..start + width(first..last)
        })
    }

    /// Adds the feature that says "missing" for observables that some event lacks, `[m]`: one that the transforms were not
    /// fitted on, say.
    pub(crate) fn admit_missing(&mut self, lacking: &[bool]) {
        for (&column, &lacking) in self.of.iter().zip(lacking) {
            self.columns[column].indicator |= lacking;
        }
    }

    /// `n` observations like those of training, each observable for itself, `[n, m]`: what a transform was fitted on tells their places.
    pub(crate) fn typical(&self, n: usize, rng: &mut Stream) -> Array2<f64> {
        let mut x = Array2::zeros((n, self.n_observables()));
        for mut row in x.rows_mut() {
            for (value, &column) in row.iter_mut().zip(&self.of) {
                *value = self.columns[column].transform.typical(rng.sample(StandardNormal));
            }
        }
        x
    }

    /// Checks observations.
    ///
    /// # Errors
    /// If `x` has not m columns, or a value is infinite, or missing where no training event lacks it.
    pub fn check(&self, x: ArrayView2<f64>) -> Result<()> {
        if x.ncols() != self.n_observables() {
            return Err(Error::data(format!(
                "x has {} columns, the network was trained on {}",
                x.ncols(),
                self.n_observables()
            )));
        }
        for (k, (&column, name)) in self.of.iter().zip(&self.observables).enumerate() {
            let column = &self.columns[column];
            check_finite(x, 0, k, column.missing, name)?;
            if !column.indicator
                && let Some(event) = x.column(k).iter().position(|value| column.lacks(*value))
            {
                return Err(Error::data(format!(
                    "`{name}` of event {event} is missing ({}), and no training event lacks it, so the network does not know \
                     what that means: train on events that lack it too, for without such events the ratio is that of the others",
                    x[[event, k]]
                )));
            }
        }
        Ok(())
    }

    /// The features of observations, `[n, m]` → `[n, features]`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn features(&self, x: ArrayView2<f64>) -> Result<Array2<f32>> {
        self.check(x)?;
        let mut features = Array2::zeros((x.nrows(), self.n_features()));
        let mut row = Vec::with_capacity(self.n_features());
        for (x, mut features) in x.rows().into_iter().zip(features.rows_mut()) {
            row.clear();
            self.push(x, &mut row);
            features.iter_mut().zip(&row).for_each(|(to, feature)| *to = *feature);
        }
        Ok(features)
    }

    /// Appends the features of one observation that was checked.
    pub(crate) fn push<'a>(&self, x: impl IntoIterator<Item = &'a f64>, to: &mut Vec<f32>) {
        for (value, &column) in x.into_iter().zip(&self.of) {
            self.columns[column].push(*value, to);
        }
    }

    /// Gives the observables their names, where a file has none.
    pub(crate) fn name(&mut self, observables: &[String]) {
        if observables.len() == self.observables.len() {
            self.observables = observables.to_vec();
        }
    }

    /// Describes the first defect of inputs from a file, if there is one.
    pub(crate) fn inconsistency(&self) -> Option<&'static str> {
        let known = |column: &usize| *column < self.columns.len();
        if self.observables.len() != self.of.len() || !self.of.iter().all(known) {
            return Some("its observables have no transforms");
        }
        self.columns.iter().find_map(|column| column.transform.inconsistency())
    }
}

#[cfg(test)]
mod tests;
