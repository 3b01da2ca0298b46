//! ln L of one data set and of its first events.

use motherlode_core::error::Result;
use motherlode_core::trace::Stream;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::HighestDensity;
use super::likelihood_table::LikelihoodTable;
use super::posterior_sample::PosteriorSample;
use crate::inference::{Fit, Interpolation, maximise};

/// Weighted draws for each one that is asked for.
const WEIGHTED_DRAWS: usize = 2;

/// ln L of one data set.
pub(super) struct DataSetLikelihood<'t> {
    table: &'t LikelihoodTable<'t>,
    x: ArrayView2<'t, f64>,
    /// log r of each event at each node of the interpolation, `[n, K]`.
    rows: Option<Array2<f64>>,
}

impl<'t> DataSetLikelihood<'t> {
    /// Takes the events `x`, `[n, m]`, and their log r at the nodes, if there is an interpolation.
    pub fn new(table: &'t LikelihoodTable<'t>, x: ArrayView2<'t, f64>, rows: Option<Array2<f64>>) -> Self {
        Self { table, x, rows }
    }

    /// ln L of all events.
    pub fn of_all(&self) -> LogLikelihood<'_> {
        self.of_first(self.x.nrows())
    }

    /// ln L of the first `n` events.
    pub fn of_first(&self, n: usize) -> LogLikelihood<'_> {
        let table = self.table;
        let form = match (&self.rows, &table.interpolation) {
            (Some(rows), Some(interpolation)) => {
                let at_nodes = rows.slice_axis(Axis(0), (..n).into()).sum_axis(Axis(0));
                Form::Polynomial {
                    prepared: interpolation.prepared(&at_nodes),
                    at_nodes,
                    interpolation,
                }
            }
            _ => Form::Events(self.x.slice_axis(Axis(0), (..n).into())),
        };
        LogLikelihood { table, form }
    }

    /// Draws the posterior `n` times and locates `truth` in it; none if it is not resolved.
    pub fn posterior(&self, truth: &[f64], n: usize, rng: &mut Stream) -> Result<Option<PosteriorSample>> {
        let space = self.table.examined.space;
        if let (Some(grid), Form::Polynomial { at_nodes, .. }) = (&self.table.grid, self.of_all().form) {
            let posterior = grid.posterior(space, &at_nodes)?;
            return Ok(Some(PosteriorSample::of_grid(&posterior, space, truth, n, rng)));
        }
        let sums = |x: ArrayView2<f64>, shares: &[Vec<f64>]| {
            let of_part = self.of_first(x.nrows());
            shares.iter().map(|shares| of_part.at(&space.at(shares))).collect()
        };
        let (prior, parameters) = &self.table.prior;
        let Some(posteriors) = HighestDensity::new(prior, parameters, &sums) else {
            return Ok(None);
        };
        let found = posteriors.draws(self.x, &space.shares(truth), WEIGHTED_DRAWS * n, rng)?;
        Ok(found.and_then(|found| PosteriorSample::of_shares(&found, space, truth, n, rng)))
    }
}

/// ln L of some events as a function of θ.
pub(super) struct LogLikelihood<'d> {
    table: &'d LikelihoodTable<'d>,
    form: Form<'d>,
}

enum Form<'d> {
    Polynomial {
        interpolation: &'d Interpolation,
        at_nodes: Array1<f64>,
        prepared: Array1<f64>,
    },
    Events(ArrayView2<'d, f64>),
}

impl LogLikelihood<'_> {
    /// ln L(θ).
    pub fn at(&self, theta: &[f64]) -> Result<f64> {
        match &self.form {
            Form::Polynomial {
                interpolation,
                prepared,
                ..
            } => Ok(interpolation.at(prepared, theta)),
            Form::Events(x) => self.table.evaluated(x.view(), theta),
        }
    }

    /// The most likely hypothesis.
    pub fn best(&self) -> Result<Fit> {
        maximise(&|theta| self.at(theta), self.table.examined.space)
    }

    /// 2 \[max ln L − ln L(θ)\]; on a grid the maximum is taken over its cells and θ.
    pub fn test_statistic(&self, theta: &[f64]) -> Result<f64> {
        let here = self.at(theta)?;
        let best = match (&self.table.grid, &self.form) {
            (Some(grid), Form::Polynomial { at_nodes, .. }) => grid.logs(at_nodes).into_iter().fold(here, f64::max),
            _ => self.best()?.log_likelihood.max(here),
        };
        Ok(2.0 * (best - here))
    }
}
