//! A log likelihood that follows from simulated data sets alone, and not from the estimator.

use motherlode_core::error::Result;
use motherlode_core::gold::observations;
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::stream;
use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView2;
use rand::RngExt;

use super::likelihood_table::LikelihoodTable;

/// Data sets of the regression, at the most.
const MOST_DATA_SETS: usize = 400;
/// The stream of these data sets, apart from those of the checks.
const DATA_SETS: u64 = 1 << 15;
/// Largest number of observables that are looked at, and of their moments that are used.
const MOST_OBSERVABLES: usize = 200;
const MOST_MOMENTS: usize = 20;
/// The ridge, relative to the number of data sets.
const RIDGE: f64 = 1e-2;
/// Standard deviations at which an observable is cut off.
const FAR: f64 = 4.0;

/// ln of a normal density of θ around a linear function of the means and mean squares of the observables.
///
/// It is fitted to data sets of its own. As a fixed function of θ and the data, it ranks true hypotheses uniformly among draws of their exact
/// posteriors; it depends on the data, so that it reveals posteriors that have learned nothing.
///
/// # Source
/// Modrák et al. 2023, arXiv:2211.02383, for test functions that depend on the data; Beaumont, Zhang and Balding 2002, Genetics 162, 2025,
/// for the regression.
#[derive(Debug)]
pub(super) struct PilotRegression {
    /// Mean and standard deviation of each observable in the middle of the box.
    units: Vec<(f64, f64)>,
    /// Numbers of the moments, and their mean and standard deviation over data sets.
    moments: Vec<(usize, f64, f64)>,
    /// Means of θ, and slopes, `[p, moments]`.
    mean: DVector<f64>,
    slopes: DMatrix<f64>,
    /// Inverse covariance of what the regression leaves, `[p, p]`.
    precision: DMatrix<f64>,
}

impl PilotRegression {
    /// Fits `data_sets` data sets of `events` events, 400 at the most, at hypotheses of the box.
    ///
    /// # Errors
    /// If data cannot be drawn.
    pub fn new(table: &LikelihoodTable<'_>, data_sets: usize, events: usize, seed: u64) -> Result<Self> {
        let space = table.examined.space;
        let p = space.dimensions();
        let units = units(table.typical.view());
        let drawn = map_jobs(data_sets.min(MOST_DATA_SETS) as u64, &(), |data_set| {
            table.progress.check()?;
            let mut rng = stream(seed, data_set, DATA_SETS);
            let truth = space.at(&(0..p).map(|_| rng.random()).collect::<Vec<f64>>());
            let x = observations(table.examined.simulator, &truth, events, rng.random())?;
            Ok((space.free_values(&truth), all_moments(&units, x.view())))
        })?;
        Ok(Self::fit(units, &drawn))
    }

    fn fit(units: Vec<(f64, f64)>, drawn: &[(Vec<f64>, Vec<f64>)]) -> Self {
        let n = drawn.len();
        let theta = DMatrix::from_fn(n, drawn[0].0.len(), |i, k| drawn[i].0[k]);
        let mean = theta.row_mean().transpose();
        let apart = DMatrix::from_fn(n, theta.ncols(), |i, k| theta[(i, k)] - mean[k]);
        let moments = most_correlated(drawn, &apart);
        let z = DMatrix::from_fn(n, moments.len(), |i, j| {
            let (number, mean, sd) = moments[j];
            (drawn[i].1[number] - mean) / sd
        });
        let ridge = DMatrix::identity(moments.len(), moments.len()) * (RIDGE * n as f64);
        let factor = (z.tr_mul(&z) + ridge).cholesky();
        let slopes = factor.map_or_else(
            || DMatrix::zeros(moments.len(), mean.len()),
            |f| f.solve(&z.tr_mul(&apart)),
        );
        let rest = &apart - &z * &slopes;
        let covariance = rest.tr_mul(&rest) / n as f64;
        // Without an inverse, parameters are taken one by one.
        let alone = || {
            DMatrix::from_diagonal(
                &covariance
                    .diagonal()
                    .map(|variance| variance.max(f64::MIN_POSITIVE).recip()),
            )
        };
        Self {
            units,
            moments,
            mean,
            precision: covariance
                .clone()
                .cholesky()
                .map_or_else(alone, |factor| factor.inverse()),
            slopes: slopes.transpose(),
        }
    }

    /// ln of the density at values of the free parameters, up to a constant, as a function for the data set `x`, `[n, m]`.
    pub fn of_data_set(&self, x: ArrayView2<f64>) -> impl Fn(&[f64]) -> f64 + '_ {
        let all = all_moments(&self.units, x);
        let moments = self.moments.iter().map(|&(number, mean, sd)| (all[number] - mean) / sd);
        let moments = DVector::from_iterator(self.moments.len(), moments);
        let centre = &self.mean + &self.slopes * moments;
        move |theta| {
            let apart = DVector::from_column_slice(theta) - &centre;
            -0.5 * apart.dot(&(&self.precision * &apart))
        }
    }
}

/// Mean and standard deviation of each observable that is looked at.
fn units(typical: ArrayView2<f64>) -> Vec<(f64, f64)> {
    let columns = typical.columns().into_iter().take(MOST_OBSERVABLES);
    let unit = |column: ndarray::ArrayView1<f64>| {
        let sd = column.std(0.0);
        (column.mean().unwrap_or(0.0), if sd > 0.0 { sd } else { 1.0 })
    };
    columns.map(unit).collect()
}

/// Means and mean squares of the observables of a data set.
fn all_moments(units: &[(f64, f64)], x: ArrayView2<f64>) -> Vec<f64> {
    let power = |power: i32| {
        let columns = units.iter().zip(x.columns());
        columns.map(move |(&(mean, sd), column)| {
            let values = column.mapv(|value| ((value - mean) / sd).clamp(-FAR, FAR).powi(power));
            values.mean().unwrap_or(0.0)
        })
    };
    power(1).chain(power(2)).collect()
}

/// Moments that are most correlated with a parameter, with their mean and standard deviation.
fn most_correlated(drawn: &[(Vec<f64>, Vec<f64>)], apart: &DMatrix<f64>) -> Vec<(usize, f64, f64)> {
    let n = drawn.len() as f64;
    let scale: Vec<f64> = apart.column_iter().map(|column| column.norm()).collect();
    let moment = |number: usize| {
        let values = DVector::from_iterator(drawn.len(), drawn.iter().map(|(_, moments)| moments[number]));
        let mean = values.mean();
        let values = values.add_scalar(-mean);
        let sd = values.norm() / n.sqrt();
        let correlated = apart
            .column_iter()
            .zip(&scale)
            .map(|(theta, scale)| theta.dot(&values).abs() / scale);
        ((number, mean, sd), correlated.fold(0.0, f64::max) / values.norm())
    };
    let mut moments: Vec<_> = (0..drawn[0].1.len())
        .map(moment)
        .filter(|((_, _, sd), _)| *sd > 1e-12)
        .collect();
    moments.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    moments
        .into_iter()
        .take(MOST_MOMENTS)
        .map(|(moment, _)| moment)
        .collect()
}
