//! A density estimated with a normal kernel, on a fine grid.

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};

use super::binning::Binning;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::effective_sample_size;

/// Bins along each direction, by the number of directions.
pub(super) const BINS: [usize; 2] = [201, 61];

/// The shares of a cell's content that go to each other cell along a direction, one matrix `[to, from]` for each.
///
/// Every column sums to one: what would be smeared beyond the ends of the grid stays within. The widths are those of Silverman for
/// what is expected at one hypothesis, and are the same at all: the density must not change with θ for another reason than
/// the events do.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    shares: Vec<Array2<f64>>,
}

impl Kernel {
    /// For a grid of `cells`, `values` `[n, k]` of events and their weights at some hypothesis.
    ///
    /// # Errors
    /// If there are more than two directions.
    ///
    /// # Source
    /// Silverman 1986, Density Estimation for Statistics and Data Analysis, equation 4.14.
    pub(super) fn new(cells: &Binning, values: &Array2<f64>, weights: &[f64]) -> Result<Self> {
        let k = values.ncols();
        if k > BINS.len() {
            return Err(Error::usage(format!(
                "a kernel density of {k} numbers: at most two, or use bins of equal probability"
            )));
        }
        let shrinking =
            (4.0 / ((k as f64 + 2.0) * effective_sample_size(weights.iter().copied()))).powf((k as f64 + 4.0).recip());
        let weights = Array1::from(weights.to_vec());
        let total = weights.sum();
        let along = |(edges, values): (&[f64], ndarray::ArrayView1<f64>)| {
            let mean = values.dot(&weights) / total;
            let variance = values.mapv(|value| (value - mean).powi(2)).dot(&weights) / total;
            shares(edges, shrinking * variance.sqrt())
        };
        Ok(Self {
            shares: cells.edges().into_iter().zip(values.columns()).map(along).collect(),
        })
    }

    /// Contents of the cells, smeared.
    pub(super) fn smear(&self, contents: &[f64]) -> Vec<f64> {
        self.applied(contents, |shares| shares.clone())
    }

    /// Sums of squared weights, as they are after smearing.
    pub(super) fn smear_squares(&self, squares: &[f64]) -> Vec<f64> {
        self.applied(squares, |shares| shares * shares)
    }

    /// Contribution of a unit in each cell to a sum over smeared cells with these factors.
    pub(super) fn gather(&self, factors: &[f64]) -> Vec<f64> {
        self.applied(factors, |shares| shares.t().to_owned())
    }

    fn applied(&self, contents: &[f64], of: impl Fn(&Array2<f64>) -> Array2<f64>) -> Vec<f64> {
        let shape: Vec<usize> = self.shares.iter().map(|shares| shares.nrows()).collect();
        let mut grid = ArrayD::from_shape_fn(IxDyn(&shape), |index| {
            contents[(0..shape.len()).fold(0, |cell, k| cell * shape[k] + index[k])]
        });
        for (k, shares) in self.shares.iter().enumerate() {
            let shares = of(shares);
            for mut lane in grid.lanes_mut(Axis(k)) {
                let smeared = shares.dot(&lane);
                lane.assign(&smeared);
            }
        }
        grid.iter().copied().collect()
    }
}

fn shares(edges: &[f64], width: f64) -> Array2<f64> {
    let step = edges.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
    let n = edges.len() + 1;
    let reach = step / width.max(1e-3 * step);
    let mut shares = Array2::from_shape_fn((n, n), |(to, from)| {
        (-0.5 * ((to as f64 - from as f64) * reach).powi(2)).exp()
    });
    shares.columns_mut().into_iter().for_each(|mut column| {
        let sum = column.sum();
        column /= sum;
    });
    shares
}
