//! Linear regression of the parameters on the features of x.

use nalgebra::{Cholesky, DMatrix};
use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};
use motherlode_core::lower_triangle::LowerTriangle;

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
    /// L, `[d, d]`.
    factor: LowerTriangle,
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
        let factor = LowerTriangle::of_covariance(covariance).ok_or_else(unfit)?;
        let coefficients = solution.rows(0, used).transpose();
        Ok(Self {
            intercept: solution.row(used).iter().copied().collect(),
            coefficients: coefficients
                .row_iter()
                .map(|row| row.iter().copied().collect())
                .collect(),
            factor,
        })
    }

    /// The residual, `[d]`, of coordinates `v`, `[d]`.
    pub(crate) fn residual(&self, v: &[f64], features: &[f32]) -> Vec<f64> {
        let away = v.iter().zip(self.predicted(features)).map(|(v, mean)| v - mean);
        self.factor.solve(away.collect())
    }

    /// The coordinates, `[d]`, of a residual.
    pub(crate) fn coordinates(&self, r: &[f32], features: &[f32]) -> Vec<f64> {
        let r: Vec<f64> = r.iter().map(|r| f64::from(*r)).collect();
        let means = self.predicted(features).zip(self.factor.times(&r));
        means.map(|(mean, stretched)| mean + stretched).collect()
    }

    /// The gradient by v of a function whose gradient by r is `slopes`.
    pub(crate) fn gradient(&self, slopes: &[f64]) -> Vec<f64> {
        self.factor.transposed_solve(slopes.to_vec())
    }

    /// ln |dr/dv|.
    pub(crate) fn log_jacobian(&self) -> f64 {
        -self.factor.log_determinant()
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
        let width = self.coefficients.first().map_or(0, Vec::len);
        let row = |row: &Vec<f64>| row.len() == width && row.iter().all(|number| number.is_finite());
        let sound = self.intercept.len() == d
            && self.intercept.iter().all(|number| number.is_finite())
            && (width == m || width == 0)
            && self.coefficients.len() == d
            && self.coefficients.iter().all(row)
            && self.factor.is_sound(d);
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
