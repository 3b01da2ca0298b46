//! Normal distribution with any covariance.

use nalgebra::{Cholesky, DMatrix, Dyn};
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lower_triangle::LowerTriangle;
use crate::trace::Stream;

/// Normal distribution of several parameters, with their covariance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Moments", into = "Moments")]
pub struct CorrelatedNormal {
    moments: Moments,
    factor: Cholesky<f64, Dyn>,
}

/// Mean, `[p]`, and covariance, `[p][p]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Moments {
    mean: Vec<f64>,
    covariance: Vec<Vec<f64>>,
}

impl CorrelatedNormal {
    /// Creates the normal with this mean, `[p]`, and covariance, `[p][p]`.
    ///
    /// # Errors
    /// If their sizes differ, or the covariance is not symmetric and positive definite.
    pub fn new(mean: Vec<f64>, covariance: Vec<Vec<f64>>) -> Result<Self> {
        Self::try_from(Moments { mean, covariance })
    }

    /// The mean, `[p]`.
    pub fn mean(&self) -> &[f64] {
        &self.moments.mean
    }

    /// Standard deviation of each parameter, `[p]`.
    pub fn sd(&self) -> Vec<f64> {
        let diagonal = self.moments.covariance.iter().enumerate();
        diagonal.map(|(k, row)| row[k].sqrt()).collect()
    }

    /// The Cholesky factor L of the covariance, `[p, p]`.
    pub(super) fn triangle(&self) -> LowerTriangle {
        LowerTriangle::of(&self.factor)
    }

    /// θ = mean + L z, with the Cholesky factor L of the covariance.
    pub(super) fn at(&self, z: &[f64]) -> Vec<f64> {
        let factor = self.factor.l_dirty();
        let row = |(j, mean): (usize, &f64)| mean + (0..=j).map(|k| factor[(j, k)] * z[k]).sum::<f64>();
        self.mean().iter().enumerate().map(row).collect()
    }

    pub(super) fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let z: Vec<f64> = self.mean().iter().map(|_| rng.sample(StandardNormal)).collect();
        self.at(&z)
    }

    pub(super) fn log_density(&self, theta: &[f64]) -> f64 {
        let away = self.away(theta);
        let z = self.factor.l_dirty().solve_lower_triangular(&away);
        let square = z.map_or(f64::INFINITY, |z| z.norm_squared());
        let log_determinant = 2.0 * (0..away.len()).map(|k| self.factor.l_dirty()[(k, k)].ln()).sum::<f64>();
        -0.5 * (square + log_determinant + away.len() as f64 * std::f64::consts::TAU.ln())
    }

    /// Gradient of [`log_density`](Self::log_density), `[p]`.
    pub(super) fn gradient(&self, theta: &[f64]) -> Vec<f64> {
        let solved = self.factor.solve(&self.away(theta));
        solved.iter().map(|slope| -slope).collect()
    }

    fn away(&self, theta: &[f64]) -> nalgebra::DVector<f64> {
        let away = theta.iter().zip(self.mean()).map(|(value, mean)| value - mean);
        nalgebra::DVector::from_iterator(theta.len(), away)
    }
}

impl PartialEq for CorrelatedNormal {
    fn eq(&self, other: &Self) -> bool {
        self.moments == other.moments
    }
}

impl TryFrom<Moments> for CorrelatedNormal {
    type Error = Error;

    fn try_from(moments: Moments) -> Result<Self> {
        let Moments { mean, covariance } = &moments;
        let p = mean.len();
        let square = p > 0 && covariance.len() == p && covariance.iter().all(|row| row.len() == p);
        if !square {
            return Err(Error::usage(format!(
                "a normal prior with {p} means and a covariance of {} rows: give a square matrix with a row for each mean",
                covariance.len()
            )));
        }
        let matrix = DMatrix::from_fn(p, p, |j, k| covariance[j][k]);
        let size = |j: usize, k: usize| (matrix[(j, j)] * matrix[(k, k)]).abs().sqrt();
        let symmetric = (0..p).all(|j| (0..j).all(|k| (matrix[(j, k)] - matrix[(k, j)]).abs() <= 1e-9 * size(j, k)));
        let finite = matrix.iter().chain(mean).all(|number| number.is_finite());
        let factor = Cholesky::new(matrix).filter(|_| symmetric && finite).ok_or_else(|| {
            Error::usage(
                "the covariance of a normal prior must be symmetric, positive definite and finite: check its rows",
            )
        })?;
        Ok(Self { moments, factor })
    }
}

impl From<CorrelatedNormal> for Moments {
    fn from(normal: CorrelatedNormal) -> Self {
        normal.moments
    }
}

impl std::fmt::Display for CorrelatedNormal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use crate::format::point;
        write!(
            f,
            "correlated normal with means {} and standard deviations {}",
            point(self.mean()),
            point(&self.sd())
        )
    }
}
