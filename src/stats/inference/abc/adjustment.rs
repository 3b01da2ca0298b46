//! Hypotheses moved to where they would be, had their data been those observed.

use nalgebra::{DMatrix, DVector};
use ndarray::Array2;

use super::super::Coordinates;
use super::{Comparison, Particles};
use motherlode_core::error::{Error, Result};
use motherlode_core::prior::Prior;
use motherlode_core::singular::decomposed;

/// Smallest singular value, relative to the largest, that counts: statistics may be redundant.
const SMALLEST: f64 = 1e-10;

impl Comparison<'_> {
    /// The particles with θ − βᵀ(S − S_obs) for θ, where β is the slope of θ over the statistics S, fitted to them with
    /// the weights w (1 − d²/ε²) of Epanechnikov, which become theirs. Where θ depends linearly on S, and scatters
    /// alike everywhere, this undoes the tolerance ε. In a box the coordinates are those without edges, so that no θ
    /// leaves it.
    ///
    /// # Errors
    /// If there are fewer particles within the tolerance than statistics and two more.
    ///
    /// # Source
    /// Beaumont, Zhang and Balding 2002, Genetics 162, 2025, section "Local linear regression".
    pub fn adjusted(&self, particles: &Particles) -> Result<Particles> {
        let coordinates = match self.prior {
            Prior::Box { edges } => Some(Coordinates(edges)),
            _ => None,
        };
        let kernel = |(weight, distance): (&f64, &f64)| match *distance == 0.0 {
            true => *weight,
            false => weight * (1.0 - (distance / particles.tolerance).powi(2)).max(0.0),
        };
        let weights: Vec<f64> = particles.weights.iter().zip(&particles.distances).map(kernel).collect();
        let (n, q) = particles.statistics.dim();
        if weights.iter().filter(|weight| **weight > 0.0).count() < q + 2 {
            return Err(Error::numerical(format!(
                "{n} particles are too few to fit a plane over {q} statistics to them: keep more, or use fewer \
                 statistics"
            )));
        }
        let places: Vec<Vec<f64>> = particles
            .theta
            .rows()
            .into_iter()
            .map(|theta| match &coordinates {
                Some(coordinates) => coordinates.of(&theta.to_vec()),
                None => theta.to_vec(),
            })
            .collect();
        let off = (&particles.statistics - &self.observed) / self.scale();
        let slope = slope(&off, &places, &weights);
        let moved = |i: usize| -> Vec<f64> {
            let place: Vec<f64> = (0..places[i].len())
                .map(|k| places[i][k] - (0..q).map(|j| slope[(j + 1, k)] * off[[i, j]]).sum::<f64>())
                .collect();
            match &coordinates {
                Some(coordinates) => coordinates.theta(&place),
                None => place,
            }
        };
        let theta: Vec<Vec<f64>> = (0..n).map(moved).collect();
        let total: f64 = weights.iter().sum();
        Ok(Particles {
            theta: Array2::from_shape_fn(particles.theta.dim(), |(i, k)| theta[i][k]),
            weights: weights.into_iter().map(|weight| weight / total).collect(),
            ..particles.clone()
        })
    }
}

/// Constant and slopes, `[1 + q, p]`, of the plane through `places` over `off`, `[n, q]`, by weighted least squares.
fn slope(off: &Array2<f64>, places: &[Vec<f64>], weights: &[f64]) -> DMatrix<f64> {
    let (n, q) = off.dim();
    let p = places.first().map_or(0, Vec::len);
    let mut square = DMatrix::zeros(q + 1, q + 1);
    let mut right = DMatrix::zeros(q + 1, p);
    for i in (0..n).filter(|&i| weights[i] > 0.0) {
        let row = DVector::from_fn(q + 1, |j, _| if j == 0 { 1.0 } else { off[[i, j - 1]] });
        square.ger(weights[i], &row, &row, 1.0);
        right.ger(weights[i], &row, &DVector::from_column_slice(&places[i]), 1.0);
    }
    let solved = decomposed(square).and_then(|values| {
        let smallest = SMALLEST * values.singular_values.max();
        values.solve(&right, smallest).ok()
    });
    solved.unwrap_or_else(|| DMatrix::zeros(q + 1, p))
}
