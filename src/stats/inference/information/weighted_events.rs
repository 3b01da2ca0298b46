//! Fisher information of weighted events: sums over a sample, without noise from drawing it.

use ndarray::{ArrayView1, ArrayView2};

use super::Information;
use motherlode_core::error::{Error, Result};

impl Information {
    /// Σ ∇w ∇w^T/w: the information of the events themselves with all that is latent, of which as many as `weights`, `[N]`, add up to are expected,
    /// with the gradients of the weights to θ, `[N, p]`.
    ///
    /// The number of events counts as data; without it, the information of [`from_count`](Self::from_count) is to be taken off. Weights that
    /// are not positive have no information, and are left out.
    ///
    /// # Errors
    /// If there are no events, or numbers are not finite.
    pub fn from_weights(weights: ArrayView1<f64>, gradients: ArrayView2<f64>) -> Result<Self> {
        let cells = weights.iter().enumerate().map(|(event, _)| event).collect::<Vec<_>>();
        Self::from_weighted_cells(weights, gradients, &cells)
    }

    /// The information of a histogram of such events, `cells` being the bin of each, `[N]`: Σ_b ∇w_b ∇w_b^T/w_b with sums over bins.
    ///
    /// # Errors
    /// As [`from_weights`](Self::from_weights), or if there is not a bin for each event.
    pub fn from_weighted_cells(weights: ArrayView1<f64>, gradients: ArrayView2<f64>, cells: &[usize]) -> Result<Self> {
        let n = weights.len();
        let finite = weights.iter().chain(gradients).all(|value| value.is_finite());
        if n == 0 || gradients.nrows() != n || cells.len() != n || !finite {
            return Err(Error::data(format!(
                "Fisher information of {n} weighted events with {} gradients in {} cells: it needs one of each, and finite ones",
                gradients.nrows(),
                cells.len()
            )));
        }
        let (count, p) = (cells.iter().max().map_or(0, |last| last + 1), gradients.ncols());
        let (mut sums, mut slopes) = (vec![0.0; count], vec![vec![0.0; p]; count]);
        for ((weight, gradient), &cell) in weights.iter().zip(gradients.rows()).zip(cells) {
            sums[cell] += weight;
            slopes[cell]
                .iter_mut()
                .zip(gradient)
                .for_each(|(sum, slope)| *sum += slope);
        }
        let filled = sums.iter().zip(&slopes).filter(|(sum, _)| **sum > 0.0);
        let nothing = Self(nalgebra::DMatrix::zeros(p, p));
        filled
            .into_iter()
            .try_fold(nothing, |all, (sum, slope)| all.with(&Self::from_count(*sum, slope)?))
    }
}
