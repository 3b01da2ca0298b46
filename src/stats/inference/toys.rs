//! Toy data sets of any hypothesis, as ln L at the nodes of an interpolation.

use motherlode_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, Axis};

use super::{Interpolation, Resampling};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{ReweightingPool, observations};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::mean::effective_sample_size;
use motherlode_core::trace::{Instrumented, stream};

/// Events of a pool for each event of a toy, and how many the weights must leave of them.
const POOLED: usize = 3_000;
const ENOUGH: f64 = 500.0;
/// A pool has so many events, and as many ratios at most.
const POOL: std::ops::RangeInclusive<usize> = 20_000..=500_000;
const MOST_RATIOS: usize = 100_000_000;
/// Points along each parameter at which the events of a pool are drawn.
const POINTS: [usize; 2] = [16, 6];
/// Ratios that fresh events may cost in all: a quarter of an hour.
const BUDGET: u64 = 3_000_000_000;

/// Draws toys of `n_events` events: from one pool of events, which their gold lets stand for those of any hypothesis, or fresh
/// ones where the pool has too few.
pub struct Toys<'a> {
    simulator: &'a dyn Instrumented,
    estimator: &'a dyn LogRatio,
    reference: Vec<f64>,
    interpolation: &'a Interpolation,
    pool: Option<(ReweightingPool<'a>, Resampling)>,
    plan: ToyPlan,
    /// Ratios that fresh events have cost.
    spent: AtomicU64,
}

/// How many toys, of how many events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToyPlan {
    /// Events in a data set.
    pub events: usize,
    /// Data sets of each hypothesis.
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
    /// Of `simulator`, as seen by `estimator` relative to `reference`, within the box of `interpolation`. `progress` is told the steps
    /// done for the pool, and of how many.
    ///
    /// # Errors
    /// If a pool cannot be simulated, or the estimator fails.
    pub fn new(
        simulator: &'a dyn Instrumented,
        (estimator, reference): (&'a dyn LogRatio, &[f64]),
        interpolation: &'a Interpolation,
        plan: ToyPlan,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let pool = match simulator.without_gold() {
            Some(_) => None,
            None => {
                let parameter_box = interpolation.space();
                let p = parameter_box.dimensions();
                let points = parameter_box.grid(&vec![POINTS[p.clamp(1, POINTS.len()) - 1]; p])?;
                let most = (MOST_RATIOS / interpolation.n_nodes()).clamp(*POOL.start(), *POOL.end());
                let n = (POOLED * plan.events).clamp(*POOL.start(), most);
                let points: Vec<Vec<f64>> = points.rows().into_iter().map(|point| point.to_vec()).collect();
                let pool = ReweightingPool::mine(simulator, &points, n, plan.seed ^ stream_of(u64::MAX), progress)?;
                let table = interpolation.table(estimator, pool.x(), reference)?;
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
        })
    }

    /// ln L at the nodes of toys drawn at `theta`, `[p]`, hypothesis number `g`: shape `[n_toys, K]`.
    ///
    /// # Errors
    /// If events cannot be drawn, the estimator fails, or fresh toys cost too much.
    pub fn sums(&self, g: usize, theta: &[f64]) -> Result<Array2<f64>> {
        let ToyPlan { events, toys, seed } = self.plan;
        let seed = seed ^ stream_of(g as u64);
        if let Some((pool, resampling)) = &self.pool {
            let weights = pool.weights(theta)?;
            if effective_sample_size(weights.iter().copied()) >= ENOUGH * events as f64 {
                return resampling.sums(weights, events, toys, seed);
            }
        }
        self.spend((events * toys * self.interpolation.n_nodes()) as u64, theta)?;
        let mut sums = Array2::zeros((toys, self.interpolation.n_nodes()));
        for (toy, mut sum) in sums.rows_mut().into_iter().enumerate() {
            let x = observations(
                self.simulator,
                theta,
                events,
                seed ^ stream_of(toy as u64).rotate_left(32),
            )?;
            let table = self.interpolation.table(self.estimator, x.view(), &self.reference)?;
            sum.assign(&table.sum_axis(Axis(0)));
        }
        Ok(sums)
    }

    fn spend(&self, ratios: u64, theta: &[f64]) -> Result<()> {
        if self.spent.fetch_add(ratios, Ordering::Relaxed) + ratios <= BUDGET {
            return Ok(());
        }
        let ToyPlan { events, toys, .. } = self.plan;
        Err(Error::usage(format!(
            "{toys} toys of {events} events of each hypothesis cost too much: a pool of simulated events does not stand for so many at \
             {theta:?}, and fresh ones would take hours; ask for fewer toys or a smaller box, or trust Wilks' theorem, \
             which holds for many events"
        )))
    }
}

/// Scatters numbers that follow each other over all seeds.
fn stream_of(number: u64) -> u64 {
    use rand::RngExt;
    stream(number, 0, 1 << 12).random()
}
