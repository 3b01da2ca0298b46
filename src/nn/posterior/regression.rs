//! Linear regression of the parameters on the features of x.

use nalgebra::{Cholesky, DMatrix, Dyn};
use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};

/// More features than this are left to the network.
const MOST_FEATURES: usize = 256;
/// Weight of the prior of the coefficients, in events.
const RIDGE: f64 = 1.0;
/// Smallest standard deviation of a residual, in widths of the prior.
const SMALLEST: f64 = 1e-4;

/// Residual r = L⁻¹(v − a − B f) of the coordinates v after a linear regression on the features f, with the width one.
///
/// A density of r has to learn only what the regression leaves, with its typical width, however narrow a posterior is in widths of the prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regression {
    /// a, `[d]`.
    intercept: Vec<f64>,
    /// B, `[d][m]`; empty rows if there are too many features.
    coefficients: Vec<Vec<f64>>,
    /// Rows of L, lower triangular, `[d][d]`.
    factor: Vec<Vec<f64>>,
}

impl Regression {
    /// Fits coordinates `v`, `[n][d]`, to features `f`, `[n][m]`.
    ///
    /// # Errors
    /// If a number is not finite.
    pub(crate) fn fit(features: &[&[f32]], v: &[&[f64]]) -> Result<Self> {
        let (n, d) = (v.len(), v.first().map_or(0, |v| v.len()));
        let m = features.first().map_or(0, |f| f.len());
        let used = if m <= MOST_FEATURES { m } else { 0 };
        let design = DMatrix::from_fn(
            n,
            used + 1,
            |i, k| if k == used { 1.0 } else { f64::from(features[i][k]) },
        );
        let targets = DMatrix::from_fn(n, d, |i, j| v[i][j]);
        let mut gram = design.tr_mul(&design);
        (0..used).for_each(|k| gram[(k, k)] += RIDGE);
        let unfit =
            || Error::data("the events do not determine a regression of the parameters: some numbers are not finite");
        let solution = Cholesky::new(gram).ok_or_else(unfit)?.solve(&design.tr_mul(&targets));
        let residuals = &targets - &design * &solution;
        let mut covariance = residuals.tr_mul(&residuals) / n.max(1) as f64;
        (0..d).for_each(|j| covariance[(j, j)] += SMALLEST * SMALLEST);
        let factor: Cholesky<f64, Dyn> = Cholesky::new(covariance).ok_or_else(unfit)?;
        let rows = |matrix: &DMatrix<f64>| -> Vec<Vec<f64>> {
            matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
        };
        let coefficients = solution.rows(0, used).transpose();
        Ok(Self {
            intercept: solution.row(used).iter().copied().collect(),
            coefficients: rows(&coefficients),
            factor: rows(&factor.l()),
        })
    }

    /// The residual, `[d]`, of coordinates `v`, `[d]`.
    pub(crate) fn residual(&self, v: &[f64], features: &[f32]) -> Vec<f64> {
        let mut r: Vec<f64> = v
            .iter()
            .zip(self.predicted(features))
            .map(|(v, mean)| v - mean)
            .collect();
        for j in 0..r.len() {
            let (before, rest) = r.split_at_mut(j);
            let known: f64 = before.iter().zip(&self.factor[j]).map(|(r, l)| r * l).sum();
            rest[0] = (rest[0] - known) / self.factor[j][j];
        }
        r
    }

    /// The coordinates, `[d]`, of a residual.
    pub(crate) fn coordinates(&self, r: &[f32], features: &[f32]) -> Vec<f64> {
        let means = self.predicted(features).enumerate();
        let stretched = |row: &[f64]| row.iter().zip(r).map(|(l, r)| l * f64::from(*r)).sum::<f64>();
        means.map(|(j, mean)| mean + stretched(&self.factor[j])).collect()
    }

    /// The gradient by v of a function whose gradient by r is `slopes`.
    pub(crate) fn gradient(&self, slopes: &[f64]) -> Vec<f64> {
        let mut w = slopes.to_vec();
        for j in (0..w.len()).rev() {
            let later: f64 = (j + 1..w.len()).map(|k| self.factor[k][j] * w[k]).sum();
            w[j] = (w[j] - later) / self.factor[j][j];
        }
        w
    }

    /// ln |dr/dv|.
    pub(crate) fn log_jacobian(&self) -> f64 {
        -self.factor.iter().enumerate().map(|(j, row)| row[j].ln()).sum::<f64>()
    }

    fn predicted<'a>(&'a self, features: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        let slope = move |row: &'a Vec<f64>| row.iter().zip(features).map(|(b, f)| b * f64::from(*f)).sum::<f64>();
        self.intercept
            .iter()
            .zip(&self.coefficients)
            .map(move |(a, row)| a + slope(row))
    }

    /// Describes the first defect of numbers from a file, if there is one.
    pub(crate) fn inconsistency(&self, d: usize, m: usize) -> Option<&'static str> {
        let rows = |rows: &[Vec<f64>], width: usize| {
            rows.len() == d
                && rows
                    .iter()
                    .all(|row| row.len() == width && row.iter().all(|number| number.is_finite()))
        };
        let width = self.coefficients.first().map_or(0, Vec::len);
        let sound = self.intercept.len() == d
            && self.intercept.iter().all(|number| number.is_finite())
            && (width == m || width == 0)
            && rows(&self.coefficients, width)
            && rows(&self.factor, d)
            && self.factor.iter().enumerate().all(|(j, row)| row[j] > 0.0);
        (!sound).then_some(
            "the regression of its parameters has not the shape of its inputs, or numbers that are not finite",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// v = 1 + 2f exactly, and a second coordinate that knows nothing of f.
    #[test]
    fn what_is_linear_is_found() {
        let f: Vec<[f32; 1]> = (0..1_000).map(|i| [(i as f32 - 499.5) / 288.0]).collect();
        let v: Vec<[f64; 2]> = f
            .iter()
            .enumerate()
            .map(|(i, f)| [1.0 + 2.0 * f64::from(f[0]), if i % 2 == 0 { 3.0 } else { -3.0 }])
            .collect();
        let features: Vec<&[f32]> = f.iter().map(|f| &f[..]).collect();
        let targets: Vec<&[f64]> = v.iter().map(|v| &v[..]).collect();
        let regression = Regression::fit(&features, &targets).unwrap();
        assert_eq!(regression.inconsistency(2, 1), None);
        let r = regression.residual(&[1.0, 3.0], &[0.0]);
        assert!(r[0].abs() < 1.0 && (r[1] - 1.0).abs() < 0.01, "{r:?}");
        let back = regression.coordinates(&[r[0] as f32, r[1] as f32], &[0.0]);
        assert!((back[0] - 1.0).abs() < 1e-6 && (back[1] - 3.0).abs() < 1e-6);
        // The widths are those of the residuals, and the Jacobian their inverse: the first is the rest of the ridge.
        assert!(regression.log_jacobian() > -(3.0_f64.ln()) + 5.0);
        let by_v = regression.gradient(&[0.0, 3.0]);
        assert!((by_v[1] - 1.0).abs() < 1e-4, "{by_v:?}");
    }
}
