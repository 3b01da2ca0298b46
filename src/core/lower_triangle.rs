//! Lower triangular matrices: Cholesky factors of covariances.

use nalgebra::{Cholesky, DMatrix, Dyn};
use serde::{Deserialize, Serialize};

/// Lower triangular matrix L with a positive diagonal, `[d, d]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LowerTriangle(Vec<Vec<f64>>);

impl LowerTriangle {
    /// Cholesky factor of a covariance, `[d, d]`; none if that is not positive definite.
    pub fn of_covariance(covariance: DMatrix<f64>) -> Option<Self> {
        Cholesky::new(covariance).map(|factor| Self::of(&factor))
    }

    /// The factor of a decomposition.
    pub(crate) fn of(factor: &Cholesky<f64, Dyn>) -> Self {
        let rows = factor.l();
        Self(rows.row_iter().map(|row| row.iter().copied().collect()).collect())
    }

    /// Block diagonal matrix of these blocks.
    pub(crate) fn of_blocks(blocks: impl IntoIterator<Item = Self>) -> Self {
        let blocks: Vec<Self> = blocks.into_iter().collect();
        let d = blocks.iter().map(|block| block.0.len()).sum();
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(d);
        for block in blocks {
            let before = rows.len();
            rows.extend(block.0.into_iter().map(|row| {
                let mut wide = vec![0.0; d];
                wide[before..before + row.len()].copy_from_slice(&row);
                wide
            }));
        }
        Self(rows)
    }

    /// Matrix with one number in each place of the diagonal, `[d]`.
    pub(crate) fn diagonal(numbers: &[f64]) -> Self {
        Self::of_blocks(numbers.iter().map(|number| Self(vec![vec![*number]])))
    }

    /// L v, `[d]`.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let row = |row: &Vec<f64>| row.iter().zip(v).map(|(l, v)| l * v).sum();
        self.0.iter().map(row).collect()
    }

    /// Lᵀ v, `[d]`.
    pub fn transposed_times(&self, v: &[f64]) -> Vec<f64> {
        let column = |j: usize| (j..v.len()).map(|k| self.0[k][j] * v[k]).sum();
        (0..v.len()).map(column).collect()
    }

    /// L⁻¹ v, `[d]`, by forward substitution.
    pub fn solve(&self, mut v: Vec<f64>) -> Vec<f64> {
        for j in 0..v.len() {
            let (before, rest) = v.split_at_mut(j);
            let known: f64 = before.iter().zip(&self.0[j]).map(|(v, l)| v * l).sum();
            rest[0] = (rest[0] - known) / self.0[j][j];
        }
        v
    }

    /// L⁻ᵀ v, `[d]`, by back substitution.
    pub fn transposed_solve(&self, mut v: Vec<f64>) -> Vec<f64> {
        for j in (0..v.len()).rev() {
            let later: f64 = (j + 1..v.len()).map(|k| self.0[k][j] * v[k]).sum();
            v[j] = (v[j] - later) / self.0[j][j];
        }
        v
    }

    /// ln |L|.
    pub fn log_determinant(&self) -> f64 {
        self.0.iter().enumerate().map(|(j, row)| row[j].ln()).sum()
    }

    /// Returns true if numbers from a file are finite and make such a matrix of `d` rows.
    pub fn is_sound(&self, d: usize) -> bool {
        let row = |row: &Vec<f64>| row.len() == d && row.iter().all(|number| number.is_finite());
        self.0.len() == d && self.0.iter().all(row) && self.0.iter().enumerate().all(|(j, row)| row[j] > 0.0)
    }
}
