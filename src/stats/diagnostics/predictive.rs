//! Posterior predictive checks.

use ndarray::{Array1, ArrayView1, ArrayView2};

use serde::Serialize;

use crate::inference::Marginal;
use crate::inference::abc::DataSet;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::stream;

/// Smallest number of data sets from which a share in the tails is estimated.
const FEWEST: usize = 20;

/// Prediction of the posterior for one statistic, and its observed value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Predicted {
    /// The statistic of the observed data.
    pub observed: f64,
    /// Its mean over the predicted data sets.
    pub mean: f64,
    /// Its standard deviation over the predicted data sets.
    pub standard_deviation: f64,
    /// The share of the predicted data sets that are as far out, on either side; twice the smaller of (1 + #)/(1 + N).
    pub p_value: f64,
}

/// Draws a data set at each of the hypotheses `theta`, `[N, p]`, that a posterior consists of, and compares its
/// statistics with those `observed`, `[q]`.
///
/// It sees a simulator that cannot make such data at all, and a posterior that is in the wrong place. What is not in
/// the statistics it does not see, and as the data are used twice its p-values are too large rather than too small.
///
/// # Errors
/// If there are fewer than 20 hypotheses, or a simulation fails.
///
/// # Source
/// Gelman, Meng and Stern 1996, Statistica Sinica 6, 733.
pub fn predictive(
    data_set: DataSet<'_>,
    theta: ArrayView2<f64>,
    observed: ArrayView1<f64>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Predicted>> {
    if theta.nrows() < FEWEST {
        return Err(Error::usage(format!(
            "predictions from {} draws of the posterior: take {FEWEST} at least",
            theta.nrows()
        )));
    }
    let drawn: Vec<Array1<f64>> = map_jobs(theta.nrows() as u64, progress, |i| {
        data_set(&theta.row(i as usize).to_vec(), &mut stream(seed, i, 0))
    })?;
    let of_statistic = |(k, &observed): (usize, &f64)| {
        let share = |beyond: &dyn Fn(f64) -> bool| {
            let count = drawn.iter().filter(|statistics| beyond(statistics[k])).count();
            (1 + count) as f64 / (1 + drawn.len()) as f64
        };
        let marginal = Marginal::from_draws(drawn.iter().map(|statistics| statistics[k]));
        Predicted {
            observed,
            mean: marginal.mean(),
            standard_deviation: marginal.standard_deviation(),
            p_value: (2.0 * share(&|value| value >= observed).min(share(&|value| value <= observed))).min(1.0),
        }
    };
    Ok(observed.iter().enumerate().map(of_statistic).collect())
}
