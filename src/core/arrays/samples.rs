//! Training samples as arrays: data sets for programs that read NumPy's files, and samples that other programs have made.

mod arrays;
mod folder;
mod writing;

use std::path::Path;

use ndarray::{Array1, Array2};

use crate::dataset::{AugmentedData, Header, IMPORTED, numbered};
use crate::error::{Error, Result};
use crate::format::point;
use crate::gold::Design;
use crate::prior::{Prior, span};
use arrays::{NAMES, Sample};
pub use folder::is_sample;

/// Details that the arrays of a sample do not hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SampleOptions {
    /// Name of the sample, where a folder has several: the part after `x_` in the names of its files (MadMiner's `filename`).
    pub name: Option<String>,
    /// The denominator, `[p]`, where there is no array of it.
    pub theta1: Option<Vec<f64>>,
    /// Names of the parameters, `[p]`; `theta_0`, `theta_1`, … without.
    pub parameters: Option<Vec<String>>,
    /// Names of the observables, `[m]`; `x_0`, `x_1`, … without.
    pub observables: Option<Vec<String>>,
    /// Name of the simulator; `imported` without.
    pub simulator: Option<String>,
}

impl AugmentedData {
    /// Reads a training sample of arrays: an archive of `numpy.savez` or `numpy.savez_compressed`, or a folder of `.npy` files as MadMiner's
    /// `SampleAugmenter` writes them.
    ///
    /// | array | shape | is |
    /// | --- | --- | --- |
    /// | `x` | `[n, m]` | observations |
    /// | `theta0`, or `theta` | `[n, p]` or `[p]` | the numerator |
    /// | `theta1` | `[n, p]` or `[p]` | the denominator, one for all events |
    /// | `y` | `[n]` or `[n, 1]` | 0 for events drawn from the numerator, 1 for those from the denominator; all 0 without |
    /// | `joint_log_ratio`, or its exponential `r_xz` | `[n]` or `[n, 1]` | ln p(x,z\|θ0) − ln p(x,z\|θ1) |
    /// | `joint_score0`, or `t_xz` | `[n, p]` | ∇θ ln p(x,z\|θ) at the numerator |
    /// | `weights` | `[n, 2]`, or `[n]` without a denominator | weights under numerator and denominator, which may be negative |
    ///
    /// NaN among the observations is kept: a run that failed is an observation of its own, and its share depends on the hypothesis.
    ///
    /// The labels are taken as they are: the events remember no paths, and no other labels can be made of them. The design
    /// is read off the hypotheses: one point, a pair, or a box around all numerators against one denominator; numerators
    /// that vary without a denominator are taken as a mixture of all of them.
    ///
    /// # Errors
    /// If an array is missing, has another shape than the others need, or holds what is no finite number, with its event; if
    /// θ1 differs from event to event; or if the score has other columns than the parameters, as with nuisance parameters.
    ///
    /// # Source
    /// MadMiner 0.9.6, `madminer/sampling` (Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621).
    pub fn from_arrays(path: &Path, options: &SampleOptions) -> Result<Self> {
        Sample::read(path, options.name.as_deref())?.into_data(options)
    }
}

/// Observations alone, `[n, m]`: an `.npy` file, or the array `x` of a sample.
///
/// # Errors
/// If there are none, or a number is infinite; NaN stands for a missing one.
pub fn read_observations(path: &Path) -> Result<Array2<f64>> {
    let sample = Sample::observations(path)?;
    sample.check_measured()?;
    sample.x()
}

impl Sample {
    fn into_data(self, options: &SampleOptions) -> Result<AugmentedData> {
        let [_, theta0, theta1, y, log_ratio, score, weights] = NAMES;
        let as_logarithm = |name: &str, value: f64| if name == "r_xz" { value.ln() } else { value };
        for names in NAMES {
            self.check_alike(names, as_logarithm)?;
        }
        let x = self.x()?;
        let (n, m) = x.dim();
        let theta0 = self.required(theta0, Some(n), "the hypothesis of each event, [n, p]")?;
        let p = theta0.ncols();
        let theta1 = match (self.table(theta1, Some(n))?, &options.theta1) {
            (Some(_), Some(_)) => return Err(self.wrong("has an array `theta1` already: leave out --theta1")),
            (Some(table), None) => Some(table),
            (None, Some(theta1)) if theta1.len() == p => {
                Some(Array2::from_shape_fn((n, p), |(_, parameter)| theta1[parameter]))
            }
            (None, Some(theta1)) => {
                let found = theta1.len();
                return Err(Error::usage(format!(
                    "--theta1 has {found} values, but theta has {p} columns: give {p}"
                )));
            }
            (None, None) => None,
        };
        if let Some(table) = theta1.as_ref().filter(|table| table.ncols() != p) {
            let found = table.ncols();
            return Err(self.wrong(format!(
                "has a theta1 with {found} columns, but theta0 has {p}: give both the same"
            )));
        }
        let labels = self.column(y, n)?.unwrap_or_else(|| Array1::zeros(n));
        if let Some(event) = labels.iter().position(|label| ![0.0, 1.0].contains(label)) {
            let found = labels[event];
            return Err(self.wrong(format!(
                "has the label y = {found} at event {event} (counted from 0): labels are 0 or 1"
            )));
        }
        let log_ratio = match self.find(log_ratio) {
            Some(("r_xz", _)) => self
                .column(log_ratio, n)?
                .map(|ratio| self.logarithms(&ratio))
                .transpose()?,
            _ => self.column(log_ratio, n)?,
        };
        let score = self.table(score, Some(n))?;
        if let Some(table) = score.as_ref().filter(|table| table.ncols() != p) {
            let found = table.ncols();
            return Err(self.wrong(format!(
                "has a score with {found} columns, but theta has {p}: one for each parameter is needed. With nuisance parameters, \
                 MadMiner adds columns to one of them; save both with the same parameters"
            )));
        }
        let (design, mixture) = self.design(&theta0, theta1.as_ref(), &labels, log_ratio.is_some())?;
        let weights = self.table(weights, Some(n))?;
        if let Some(table) = weights.as_ref().filter(|table| table.ncols() != design.n_hypotheses()) {
            return Err(self.wrong(format!(
                "has {} columns of weights, and its events are of {design}: give {}, one for each hypothesis",
                table.ncols(),
                design.n_hypotheses()
            )));
        }
        let parameters = names("parameters", &options.parameters, numbered("theta", p))?;
        let observables = names("observables", &options.observables, numbered("x", m))?;
        let has_missing = x.iter().any(|value| value.is_nan());
        let simulator = options.simulator.as_deref().unwrap_or(IMPORTED);
        Ok(AugmentedData {
            header: Header::new(simulator, parameters, observables, design)
                .with_mixture(mixture)
                .with_missing(has_missing)
                .with_weights(weights.is_some()),
            x,
            theta0,
            theta1,
            y: labels,
            joint_log_ratio: log_ratio,
            joint_score0: score,
            weights,
            memories: None,
        })
    }

    /// The design that the hypotheses follow, and the points of a mixture.
    fn design(
        &self,
        theta0: &Array2<f64>,
        theta1: Option<&Array2<f64>>,
        y: &Array1<f64>,
        has_ratio: bool,
    ) -> Result<(Design, Vec<Vec<f64>>)> {
        let first = theta0.row(0).to_vec();
        let varies = differing(theta0).is_some();
        let prior = || Prior::uniform(theta0.columns().into_iter().map(span).collect::<Vec<_>>());
        let Some(theta1) = theta1 else {
            if let Some(event) = y.iter().position(|label| *label == 1.0) {
                return Err(self.wrong(format!(
                    "has an event from the denominator (y = 1 at event {event}, counted from 0), but no array `theta1`: give it with --theta1"
                )));
            }
            if !varies {
                return Ok((Design::Reference { theta: first }, vec![]));
            }
            if !has_ratio {
                return Ok((Design::Joint { prior: prior()? }, vec![]));
            }
            let points = distinct(theta0);
            let design = Design::Mixture {
                prior: prior()?,
                n_points: points.len(),
            };
            return Ok((design, points));
        };
        if let Some(event) = differing(theta1) {
            let [a, b] = [0, event].map(|event| point(&theta1.row(event).to_vec()));
            return Err(self.wrong(format!(
                "has a theta1 that varies ({a} at event 0, {b} at event {event}), but networks are trained here against one \
                 denominator: sample again with one theta1 for all events"
            )));
        }
        let theta1 = theta1.row(0).to_vec();
        Ok(match varies {
            true => (
                Design::Prior {
                    prior: prior()?,
                    theta1,
                },
                vec![],
            ),
            false => (Design::Pair { theta0: first, theta1 }, vec![]),
        })
    }
}

/// Index of the first row that differs from row 0.
fn differing(table: &Array2<f64>) -> Option<usize> {
    table.rows().into_iter().position(|row| row != table.row(0))
}

/// Distinct rows, sorted.
fn distinct(table: &Array2<f64>) -> Vec<Vec<f64>> {
    let mut points: Vec<Vec<f64>> = table.rows().into_iter().map(|row| row.to_vec()).collect();
    points.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    points.dedup();
    points
}

fn names(what: &str, given: &Option<Vec<String>>, numbered: Vec<String>) -> Result<Vec<String>> {
    match given {
        None => Ok(numbered),
        Some(given) if given.len() == numbered.len() => Ok(given.clone()),
        Some(given) => Err(Error::usage(format!(
            "{} names of {what} were given, but the sample has {}: name each",
            given.len(),
            numbered.len()
        ))),
    }
}

#[cfg(test)]
mod tests;
