//! Neyman's construction: what the statistic of a hypothesis does when the hypothesis is true, found out by toys.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::Interpolation;
use crate::error::{Error, Result};
use crate::likelihood::LogRatio;

/// Where toys come from: `n` events drawn at θ, `[n, m]`, the same for the same number of the toy.
pub type Toys<'a> = &'a (dyn Fn(&[f64], usize, u64) -> Result<Array2<f64>> + Sync);

/// Confidence regions that cover, however good or bad the estimator is, by toy data sets of each hypothesis on a grid.
///
/// The statistic is the likelihood ratio to the best hypothesis of the grid,
///
/// q(θ) = 2 \[max_θ' ln L(θ') − ln L(θ)\],
///
/// the ordering of Feldman and Cousins 1998 (arXiv:physics/9711021). A worse estimator makes larger regions, not wrong ones.
pub struct Neyman<'a> {
    estimator: &'a dyn LogRatio,
    reference: Vec<f64>,
    interpolation: Interpolation,
    grid: Array2<f64>,
    matrix: Array2<f64>,
}

impl std::fmt::Debug for Neyman<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neyman")
            .field("reference", &self.reference)
            .field("interpolation", &self.interpolation)
            .field("grid", &self.grid)
            .finish_non_exhaustive()
    }
}

/// How the statistic of one hypothesis is distributed where it is true.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    sorted: Vec<f64>,
}

impl Distribution {
    /// Of these statistics of toys.
    pub fn new(mut statistics: Vec<f64>) -> Self {
        statistics.sort_by(f64::total_cmp);
        Self { sorted: statistics }
    }

    /// Number of toys.
    pub fn toys(&self) -> usize {
        self.sorted.len()
    }

    /// (1 + number of toys with a statistic of at least `q`)/(1 + number of toys).
    pub fn p_value(&self, q: f64) -> f64 {
        let below = self.sorted.partition_point(|&toy| toy < q);
        (1 + self.sorted.len() - below) as f64 / (1 + self.sorted.len()) as f64
    }

    /// The statistic that a share 1 − `level` of all toys exceeds.
    pub fn critical_value(&self, level: f64) -> f64 {
        let rank = (level * (self.sorted.len() + 1) as f64).ceil() as usize;
        match self.sorted.get(rank.saturating_sub(1)) {
            Some(&q) => q,
            None => f64::INFINITY, // too few toys to say
        }
    }
}

impl<'a> Neyman<'a> {
    /// For `estimator`, relative to `reference`, `[p]`, with hypotheses `grid`, `[G, p]`.
    ///
    /// # Errors
    /// If the grid is empty or leaves the box of the interpolation.
    pub fn new(
        estimator: &'a dyn LogRatio,
        reference: &[f64],
        interpolation: Interpolation,
        grid: Array2<f64>,
    ) -> Result<Self> {
        let outside = grid
            .rows()
            .into_iter()
            .find(|row| !interpolation.space().contains(&row.to_vec()));
        if outside.is_some() || grid.nrows() == 0 {
            return Err(Error::usage(format!(
                "a grid of {} hypotheses for the box {:?}: it must hold some, and all within",
                grid.nrows(),
                interpolation.space().edges()
            )));
        }
        Ok(Self {
            estimator,
            reference: reference.to_vec(),
            matrix: interpolation.matrix(grid.view()),
            interpolation,
            grid,
        })
    }

    /// The hypotheses, `[G, p]`.
    pub fn grid(&self) -> &Array2<f64> {
        &self.grid
    }

    /// q of each hypothesis for a data set `x`, `[n, m]`: shape `[G]`.
    ///
    /// # Errors
    /// If the estimator fails.
    pub fn statistics(&self, x: ArrayView2<f64>) -> Result<Array1<f64>> {
        let table = self.interpolation.table(self.estimator, x, &self.reference)?;
        Ok(self.of_sum(table.sum_axis(Axis(0)).view()))
    }

    /// The same from ln L at the nodes, `[K]`.
    pub fn of_sum(&self, at_nodes: ArrayView1<f64>) -> Array1<f64> {
        let log_likelihood = self.matrix.dot(&at_nodes);
        let best = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        log_likelihood.mapv(|log| 2.0 * (best - log))
    }

    /// How q of hypothesis `g` of the grid is distributed in `n_toys` data sets of `n_events` events that are drawn at it.
    ///
    /// Toys are numbered: who asks for more later gets the same ones and others.
    ///
    /// # Errors
    /// If events cannot be drawn, or the estimator fails.
    pub fn distribution(&self, g: usize, n_events: usize, n_toys: usize, toys: Toys<'_>) -> Result<Distribution> {
        Ok(Distribution::new(
            self.statistics_of_toys(g, n_events, n_toys, toys)?.column(g).to_vec(),
        ))
    }

    /// q of every hypothesis in `n_toys` data sets drawn at hypothesis `g`: shape `[n_toys, G]`.
    ///
    /// # Errors
    /// As [`distribution`](Self::distribution).
    pub fn statistics_of_toys(&self, g: usize, n_events: usize, n_toys: usize, toys: Toys<'_>) -> Result<Array2<f64>> {
        let theta = self.grid.row(g).to_vec();
        let rows: Vec<Array1<f64>> = (0..n_toys as u64)
            .into_par_iter()
            .map(|toy| self.statistics(toys(&theta, n_events, toy)?.view()))
            .collect::<Result<_>>()?;
        Ok(Array2::from_shape_fn((n_toys, self.grid.nrows()), |(toy, g)| {
            rows[toy][g]
        }))
    }
}
