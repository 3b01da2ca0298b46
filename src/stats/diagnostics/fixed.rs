//! Coverage of confidence intervals at fixed hypotheses.

use rand::RngExt;

use super::coverage::Coverage;
use super::likelihood_table::{DiagnosedEstimator, LikelihoodTable};
use crate::inference::p_value;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations;
use motherlode_core::parallel::map_jobs;
use motherlode_core::progress::Phase;
use motherlode_core::trace::stream;

/// The stream of these data sets, apart from those of pairs.
const DATA_SETS: u64 = 1 << 20;

/// Coverage of confidence regions by Wilks' theorem at fixed hypotheses.
///
/// [`Coverage`] over pairs is an average over the prior and may be right where it is too large at one θ and too small at
/// another. For more than two parameters, the best fit is found for each data set anew. Regions may miss their level although log r̂ is exact: Wilks' theorem wants many events and no edges.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedCoverage {
    /// The hypotheses, `[p]` each, and what regions come to there.
    pub points: Vec<(Vec<f64>, Coverage)>,
}

impl FixedCoverage {
    /// Draws `toys` data sets of `events` events at each of four points a quarter of the box away from its edges; for one parameter, at
    /// two of these and in the middle.
    ///
    /// # Errors
    /// If there are no toys or no events, data cannot be drawn, or the estimator fails.
    pub fn new(
        examined: DiagnosedEstimator<'_>,
        toys: usize,
        events: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        if toys == 0 || events == 0 {
            return Err(Error::usage(format!(
                "coverage from {toys} data sets of {events} events: draw some of each"
            )));
        }
        let table = LikelihoodTable::new(examined, events, seed ^ 1, progress)?;
        let p = examined.space.dimensions();
        let places = places(p);
        let n_places = places.len() as u64;
        let points = places.into_iter().zip(1..).map(|(shares, number)| {
            let progress = Phase::new(progress, number - 1, n_places);
            let theta = examined.space.at(&shares);
            let levels = map_jobs(toys as u64, &progress, |toy| {
                let seed = stream(seed, toy, DATA_SETS + number).random();
                let x = observations(examined.simulator, &theta, events, seed)?;
                let q = table.data_set(x.view())?.of_all().test_statistic(&theta)?;
                // The confidence level at whose edge the truth lies.
                Ok((1.0 - p_value(q, p)?).clamp(0.0, 1.0))
            })?;
            Ok((theta, Coverage::new(levels)?))
        });
        Ok(Self {
            points: points.collect::<Result<_>>()?,
        })
    }

    /// The point with the smallest coverage at `level`.
    pub fn worst(&self, level: f64) -> Option<&(Vec<f64>, Coverage)> {
        self.points
            .iter()
            .min_by(|a, b| a.1.at(level).total_cmp(&b.1.at(level)))
    }
}

/// Shares of the box.
fn places(p: usize) -> Vec<Vec<f64>> {
    match p {
        1 => vec![vec![0.25], vec![0.5], vec![0.75]],
        _ => [[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]]
            .map(|place| (0..p).map(|k| place[k % 2]).collect())
            .to_vec(),
    }
}
