//! Fisher information: the best precision that a measurement can reach.

mod concentration;
mod dependence;
mod estimate;
mod weighted_events;
mod weighted_scores;

use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;
use rand::RngExt;
use serde::Serialize;

use crate::serialized::matrix;
pub use concentration::Concentration;
pub use estimate::InformationEstimate;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::stream;
pub use weighted_scores::WeightedScores;

/// The Fisher information I(θ) of a measurement, `[p, p]`: no unbiased estimate has a covariance below its inverse
/// (Cramér and Rao).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Information(#[serde(serialize_with = "matrix")] DMatrix<f64>);

impl Information {
    /// n E\[t t^T\], from the scores `[N, p]` of events drawn at θ, for `n` expected events.
    ///
    /// Of exact scores, or those of a network, this is the information of x. Of joint scores it is that of (x, z): an upper
    /// bound.
    ///
    /// # Errors
    /// If there are no events, or scores that are not finite.
    pub fn from_scores(scores: ArrayView2<f64>, n: f64) -> Result<Self> {
        let events = scores.nrows() as f64;
        if scores.is_empty() || !scores.iter().all(|t| t.is_finite()) {
            return Err(Error::data(format!(
                "Fisher information from the scores of {events} events of {} parameters: it needs some, and finite ones",
                scores.ncols()
            )));
        }
        let square = scores.t().dot(&scores) * (n / events);
        let p = scores.ncols();
        Ok(Self(DMatrix::from_fn(p, p, |i, j| square[[i, j]])))
    }

    /// 1/σ² at the parameter `k` of `p`: that of another measurement of it, with the error `sd`.
    ///
    /// # Errors
    /// If there is no such parameter, or the error is not above 0.
    pub fn from_constraint(p: usize, k: usize, sd: f64) -> Result<Self> {
        if k >= p || sd.is_nan() || sd <= 0.0 {
            return Err(Error::usage(format!(
                "a constraint of ± {sd} on parameter {k} of {p} (counted from 0): there must be one, and an error above 0"
            )));
        }
        let mut matrix = DMatrix::zeros(p, p);
        matrix[(k, k)] = sd.powi(-2);
        Ok(Self(matrix))
    }

    /// ∇ν ∇ν^T/ν: that of the number of events, of which `expected` are expected, with their derivatives `[p]` to θ.
    ///
    /// # Errors
    /// If no events are expected.
    pub fn from_count(expected: f64, gradient: &[f64]) -> Result<Self> {
        if !(expected > 0.0 && gradient.iter().all(|d| d.is_finite())) {
            return Err(Error::numerical(format!(
                "Fisher information of a count of {expected}: it must be above 0, with finite derivatives"
            )));
        }
        let gradient = DVector::from_column_slice(gradient);
        Ok(Self(&gradient * gradient.transpose() / expected))
    }

    /// The matrix, `[p, p]`.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.0
    }

    /// The sum with the information of an independent measurement.
    ///
    /// # Errors
    /// If they are not of the same parameters.
    pub fn with(&self, other: &Self) -> Result<Self> {
        if self.0.shape() != other.0.shape() {
            return Err(Error::data(format!(
                "information on {} and on {} parameters cannot be added",
                self.0.nrows(),
                other.0.nrows()
            )));
        }
        Ok(Self(&self.0 + &other.0))
    }

    /// The information of `n` independent measurements, or events.
    pub fn times(&self, n: f64) -> Self {
        Self(&self.0 * n)
    }

    /// The information on the parameters `kept` if all others are known.
    ///
    /// # Errors
    /// If `kept` names one twice, or one that does not exist.
    pub fn projected(&self, kept: &[usize]) -> Result<Self> {
        self.others(kept)?;
        Ok(Self(self.block(kept, kept)))
    }

    /// The information on the parameters `kept` if nothing else is known of the others:
    /// I_aa − I_ab I_bb⁻¹ I_ba.
    ///
    /// # Errors
    /// As [`projected`](Self::projected), or if the data do not fix the others.
    pub fn profiled(&self, kept: &[usize]) -> Result<Self> {
        let others = self.others(kept)?;
        let inverse = self.block(&others, &others).cholesky().map(|root| root.inverse());
        let inverse = inverse.ok_or_else(|| {
            Error::numerical(format!(
                "the data say nothing about some combination of the parameters {others:?}: constrain one, or project"
            ))
        })?;
        let mixed = self.block(kept, &others);
        Ok(Self(self.block(kept, kept) - &mixed * inverse * mixed.transpose()))
    }

    /// Its inverse, the smallest covariance that an unbiased estimate can have, `[p, p]`.
    ///
    /// # Errors
    /// If the data do not fix all parameters.
    pub fn covariance(&self) -> Result<DMatrix<f64>> {
        let inverse = self.0.clone().cholesky().map(|root| root.inverse());
        inverse.ok_or_else(|| Error::numerical("the data say nothing about some combination of the parameters"))
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> DMatrix<f64> {
        DMatrix::from_fn(rows.len(), columns.len(), |i, j| self.0[(rows[i], columns[j])])
    }

    fn others(&self, kept: &[usize]) -> Result<Vec<usize>> {
        let p = self.0.nrows();
        let others: Vec<usize> = (0..p).filter(|k| !kept.contains(k)).collect();
        if kept.is_empty() || kept.len() + others.len() != p {
            return Err(Error::usage(format!(
                "parameters {kept:?} of {p}: name some, each once, counted from 0"
            )));
        }
        Ok(others)
    }
}

/// The standard errors of n E\[t t^T\], `[p, p]`, by `replicas` samples of as many events with replacement.
///
/// # Errors
/// As [`Information::from_scores`], or with less than two replicas.
pub fn bootstrap_errors(
    scores: ArrayView2<f64>,
    n: f64,
    replicas: u64,
    seed: u64,
    progress: &dyn Progress,
) -> Result<DMatrix<f64>> {
    if replicas < 2 {
        return Err(Error::usage(format!(
            "a bootstrap with {replicas} replicas: take at least 2"
        )));
    }
    let events = scores.nrows();
    let of = |replica| -> Result<DMatrix<f64>> {
        let mut rng = stream(seed, replica, 0);
        let chosen: Vec<usize> = (0..events).map(|_| rng.random_range(0..events)).collect();
        Ok(Information::from_scores(scores.select(ndarray::Axis(0), &chosen).view(), n)?.0)
    };
    let matrices = map_jobs(replicas, progress, of)?;
    let mean = matrices.iter().sum::<DMatrix<f64>>() / replicas as f64;
    let squares = matrices.iter().map(|matrix| (matrix - &mean).map(|d| d * d));
    Ok((squares.sum::<DMatrix<f64>>() / (replicas - 1) as f64).map(f64::sqrt))
}
