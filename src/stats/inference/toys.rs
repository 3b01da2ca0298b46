//! Toy data sets of any hypothesis, as ln L at the nodes of an interpolation.

use motherlode_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, Axis};

use super::{Interpolation, Resampling};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{ReweightingPool, observations_until_stopped};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::mean::effective_sample_size;
use motherlode_core::trace::{Instrumented, stream, unweighted};

/// Number of pool events for each event of a toy.
const POOL_FACTOR: usize = 3_000;
/// Smallest effective number of pool events for each event of a toy, after reweighting.
const MIN_EFFECTIVE: f64 = 500.0;
/// Range of the number of pool events.
const POOL_SIZE: std::ops::RangeInclusive<usize> = 20_000..=500_000;
/// Largest number of ratios in the table of a pool.
const MAX_POOL_RATIOS: usize = 100_000_000;
/// Grid points along each parameter at which pool events are drawn, for one and for two parameters.
const POOL_GRID: [usize; 2] = [16, 6];
/// Largest number of ratios evaluated on fresh events in all: a quarter of an hour.
pub(super) const MAX_FRESH_RATIOS: u64 = 3_000_000_000;

/// Draws toys of any hypothesis from one pool of reweighted events, or from fresh events where the pool has too few.
///
/// Reweighting uses the gold of the events.
pub struct Toys<'a> {
    simulator: &'a dyn Instrumented,
    estimator: &'a dyn LogRatio,
    reference: Vec<f64>,
    interpolation: &'a Interpolation,
    pool: Option<(ReweightingPool<'a>, Resampling)>,
    plan: ToyPlan,
    /// Number of ratios evaluated on fresh events.
    spent: AtomicU64,
    progress: &'a dyn Progress,
}

/// Number and size of toys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToyPlan {
    /// Number of events in each data set.
    pub events: usize,
    /// Number of data sets of each hypothesis.
    pub toys: usize,
    /// The seed.
    pub seed: u64,
}

impl std::fmt::Debug for Toys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Toys").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl<'a> Toys<'a> {
    /// Prepares toys of `simulator`, with ratios by `estimator` relative to `reference`, within the box of `interpolation`. `progress`
    /// receives the number of finished steps for the pool, and their total number; it can stop the toys, too.
    ///
    /// # Errors
    /// If a pool cannot be simulated, or the estimator fails.
    pub fn new(
        simulator: &'a dyn Instrumented,
        (estimator, reference): (&'a dyn LogRatio, &[f64]),
        interpolation: &'a Interpolation,
        plan: ToyPlan,
        progress: &'a dyn Progress,
    ) -> Result<Self> {
        let simulator = unweighted(simulator)?;
        let pool = match simulator.without_gold() {
            Some(_) => None,
            None => {
                let parameter_box = interpolation.space();
                let p = parameter_box.dimensions();
                let points = parameter_box.grid(&vec![POOL_GRID[p.clamp(1, POOL_GRID.len()) - 1]; p])?;
                let most = (MAX_POOL_RATIOS / interpolation.n_nodes()).clamp(*POOL_SIZE.start(), *POOL_SIZE.end());
                let n = (POOL_FACTOR * plan.events).clamp(*POOL_SIZE.start(), most);
                let points: Vec<Vec<f64>> = points.rows().into_iter().map(|point| point.to_vec()).collect();
                let pool = ReweightingPool::mine(simulator, &points, n, plan.seed ^ stream_of(u64::MAX), progress)?;
                let table = interpolation.table_until_stopped(estimator, pool.x(), reference, progress)?;
                Some((pool, Resampling::new(table.view())))
            }
        };
        Ok(Self {
            simulator,
            estimator,
            reference: reference.to_vec(),
            interpolation,
            pool,
            plan,
            spent: AtomicU64::new(0),
            progress,
        })
    }

    /// Returns ln L at the nodes, `[n_toys, K]`, of toys drawn at `theta`, `[p]`, the hypothesis with index `g`.
    ///
    /// # Errors
    /// If events cannot be drawn, the estimator fails, or fresh toys take too many evaluations.
    pub fn sums(&self, g: usize, theta: &[f64]) -> Result<Array2<f64>> {
        let ToyPlan { events, toys, seed } = self.plan;
        let seed = seed ^ stream_of(g as u64);
        if let Some((pool, resampling)) = &self.pool {
            let weights = pool.weights(theta)?;
            if effective_sample_size(weights.iter().copied()) >= MIN_EFFECTIVE * events as f64 {
                return resampling.sums(weights, events, toys, seed, self.progress);
            }
        }
        self.spend((events * toys * self.interpolation.n_nodes()) as u64, theta)?;
        let mut sums = Array2::zeros((toys, self.interpolation.n_nodes()));
        for (toy, mut sum) in sums.rows_mut().into_iter().enumerate() {
            let seed = seed ^ stream_of(toy as u64).rotate_left(32);
            let x = observations_until_stopped(self.simulator, theta, events, seed, self.progress)?;
            let nodes = self.interpolation;
            let table = nodes.table_until_stopped(self.estimator, x.view(), &self.reference, self.progress)?;
            sum.assign(&table.sum_axis(Axis(0)));
        }
        Ok(sums)
    }

    fn spend(&self, ratios: u64, theta: &[f64]) -> Result<()> {
        if self.spent.fetch_add(ratios, Ordering::Relaxed) + ratios <= MAX_FRESH_RATIOS {
            return Ok(());
        }
        let ToyPlan { events, toys, .. } = self.plan;
        Err(Error::numerical(format!(
            "{toys} toys of {events} events of each hypothesis take too long: the pool of simulated events is too small at {theta:?}, \
             and fresh events would take hours; choose fewer toys or a smaller box, or leave out toys and use Wilks' theorem, \
             which holds for many events"
        )))
    }
}

/// Maps consecutive numbers to unrelated seeds.
fn stream_of(number: u64) -> u64 {
    use rand::RngExt;
    stream(number, 0, 1 << 12).random()
}
