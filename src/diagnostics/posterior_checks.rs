//! Posteriors over pairs of prior and simulator: coverage and ranks.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::RngExt;
use rayon::prelude::*;

use super::{Coverage, Uniformity, distance_rank, rank};
use crate::error::{Error, Result};
use crate::gold::observations;
use crate::inference::{Interpolation, Posterior, Space};
use crate::likelihood::LogRatio;
use crate::trace::{Instrumented, Stream, stream};

/// Draws of a posterior among which the truth is ranked.
const DRAWS: usize = 199;
/// With fewer data sets nothing can be said.
const FEWEST_PAIRS: usize = 20;
/// Cells along the only parameter, and along each of two.
const CELLS: [usize; 2] = [400, 64];
/// How far off an interpolated ln L may be.
const TOLERANCE: f64 = 0.02;
/// Observations by which the interpolation is judged.
const JUDGED: usize = 400;

/// How many data sets are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PosteriorPlan {
    /// Pairs of a hypothesis, drawn from the box, and its data set.
    pub pairs: usize,
    /// Events in a data set.
    pub events: usize,
    /// The seed.
    pub seed: u64,
}

/// What the posteriors of an estimate come to; the prior is uniform in a box.
#[derive(Debug, Clone, PartialEq)]
pub struct PosteriorChecks {
    /// Of credible regions.
    pub coverage: Coverage,
    /// Of the ranks of each parameter, `[p]`.
    pub ranks: Vec<Uniformity>,
    /// Of distances from a hypothesis that each data set points at by the means of its observables, whatever the estimator says: a
    /// posterior that did not learn is seen by references that look at x.
    pub distances: Uniformity,
    /// Mean ln q(θ*|x) above that of the prior: what was learned, nats.
    pub learned: f64,
}

impl PosteriorChecks {
    /// Of `estimator`, relative to `reference`, for data sets of `simulator` at hypotheses in `space`.
    ///
    /// # Errors
    /// If there are more than two parameters or less than 20 pairs, data cannot be drawn, or the estimator fails.
    pub fn new(
        estimator: &dyn LogRatio,
        reference: &[f64],
        simulator: &dyn Instrumented,
        space: &Space,
        plan: PosteriorPlan,
    ) -> Result<Self> {
        let p = space.dimensions();
        let cells = match p {
            1 | 2 => vec![CELLS[p - 1]; p],
            more => {
                return Err(Error::usage(format!(
                    "posteriors of {more} parameters are not tabulated: coverage and ranks take one or two"
                )));
            }
        };
        if plan.pairs < FEWEST_PAIRS || plan.events == 0 {
            return Err(Error::usage(format!(
                "coverage and ranks from {} data sets of {} events: draw {FEWEST_PAIRS} at least, of one event or more",
                plan.pairs, plan.events
            )));
        }
        let judged = observations(simulator, &space.at(&vec![0.5; p]), JUDGED, plan.seed ^ 1)?;
        let events = plan.events as f64;
        let interpolation =
            Interpolation::for_estimator(space, estimator, judged.view(), reference, events, TOLERANCE)?;
        let pointer = Pointer::new(judged.view());
        let matrix = interpolation.matrix(Posterior::middles(space, &cells)?.view());
        let pairs: Vec<Pair> = (0..plan.pairs as u64)
            .into_par_iter()
            .map(|pair| {
                let mut rng = stream(plan.seed, pair, 0);
                let truth = space.at(&(0..p).map(|_| rng.random()).collect::<Vec<f64>>());
                let x = observations(simulator, &truth, plan.events, rng.random())?;
                let sum = interpolation.table(estimator, x.view(), reference)?.sum_axis(Axis(0));
                let posterior = Posterior::of_logs(space, &cells, matrix.dot(&sum).as_slice().unwrap_or_default())?;
                let reference = space.at(&pointer.shares(x.view(), p));
                Ok(Pair::new(&truth, &posterior, &reference, space, &mut rng))
            })
            .collect::<Result<_>>()?;
        let volume: f64 = space.edges().iter().map(|(low, high)| high - low).product();
        let learned = pairs.iter().map(|pair| pair.log_density).sum::<f64>() / pairs.len() as f64 + volume.ln();
        let of_parameter = |k: usize| Uniformity::of(&pairs.iter().map(|pair| pair.ranks[k]).collect::<Vec<_>>());
        Ok(Self {
            ranks: (0..p).map(of_parameter).collect::<Result<_>>()?,
            distances: Uniformity::of(&pairs.iter().map(|pair| pair.distance).collect::<Vec<_>>())?,
            coverage: Coverage::new(pairs.into_iter().map(|pair| pair.level).collect())?,
            learned,
        })
    }
}

/// Makes a hypothesis of the means of observables: of the first for the first parameter, and so on.
struct Pointer {
    mean: Array1<f64>,
    sd: Array1<f64>,
}

impl Pointer {
    /// In units of how events `x`, `[n, m]`, scatter.
    fn new(x: ArrayView2<f64>) -> Self {
        let mean = x.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(x.ncols()));
        let sd = x.std_axis(Axis(0), 0.0).mapv(|sd| if sd > 0.0 { sd } else { 1.0 });
        Self { mean, sd }
    }

    /// A place in the box for a data set, as `p` shares.
    fn shares(&self, x: ArrayView2<f64>, p: usize) -> Vec<f64> {
        let m = self.mean.len();
        let share = |k: usize| {
            let mean = x.column(k % m).mean().unwrap_or(0.0);
            1.0 / (1.0 + (-2.0 * (mean - self.mean[k % m]) / self.sd[k % m]).exp())
        };
        (0..p).map(share).collect()
    }
}

/// What one data set says.
struct Pair {
    level: f64,
    ranks: Vec<f64>,
    distance: f64,
    log_density: f64,
}

impl Pair {
    fn new(truth: &[f64], posterior: &Posterior, reference: &[f64], space: &Space, rng: &mut Stream) -> Self {
        let draws: Array2<f64> = posterior.draws(DRAWS, rng);
        let ranks = truth
            .iter()
            .zip(draws.columns())
            .map(|(&truth, draws)| rank(truth, draws, rng));
        let ranks = ranks.collect();
        let scales: Vec<f64> = space.edges().iter().map(|(low, high)| high - low).collect();
        Self {
            level: posterior.credible_level(truth),
            distance: distance_rank(truth, draws.view(), reference, &scales, rng),
            log_density: posterior.log_density(truth),
            ranks,
        }
    }
}
