//! The density of a summary at any hypothesis, in cells that are the same for all.

use motherlode_core::Progress;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array1, ArrayView2};

use super::super::ParameterBox;
use super::histogram::BinContents;
use super::kernel::{self, Kernel};
use super::space_filling::space_filling;
use super::{BinLayout, Binning, SummaryStatistic};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::ReweightingPool;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::mean::effective_sample_size;
use motherlode_core::trace::Instrumented;

/// Hypotheses that the events of a pool are drawn at.
const POINTS: usize = 32;
/// Number of hypotheses at which the effective sample size is checked.
const JUDGED: usize = 16;
/// Effective events for each cell below which there is an error, or a warning.
const NOTHING: f64 = 1.0;
const LITTLE: f64 = 20.0;
/// Hypotheses whose cells are kept.
const KEPT: usize = 20_000;

/// Settings of a [`SummaryDensity`].
#[derive(Debug, Clone, PartialEq)]
pub struct SummarySettings {
    /// Layout of the cells.
    pub layout: BinLayout,
    /// Bins along each direction; [default numbers](Self::default_bins) if absent.
    pub bins: Option<Vec<usize>>,
    /// Events that are simulated for the pool.
    pub events: usize,
    /// The seed of the pool.
    pub seed: u64,
}

impl Default for SummarySettings {
    fn default() -> Self {
        Self {
            layout: BinLayout::EqualProbability,
            bins: None,
            events: 100_000,
            seed: 0x5EED_0000,
        }
    }
}

impl SummarySettings {
    /// Default numbers of bins along each of k directions, those of MadMiner: 25 in one direction; of equal probability 15 × 5, 12 × 5 × 5 …, of
    /// equal width 8 × 8, 5 × 5 × 5 ….
    pub fn default_bins(layout: BinLayout, directions: usize) -> Vec<usize> {
        let (first, others) = match (layout, directions) {
            (BinLayout::Kernel, k) => {
                let n = kernel::BINS[k.clamp(1, kernel::BINS.len()) - 1];
                (n, n)
            }
            (_, 1) => (25, 1),
            (BinLayout::EqualProbability, 2) => (15, 5),
            (BinLayout::EqualProbability, _) => (12, 5),
            (BinLayout::EqualWidth, 2) => (8, 8),
            (BinLayout::EqualWidth, _) => (5, 5),
        };
        let mut bins = vec![others; directions];
        bins.iter_mut().take(1).for_each(|bins| *bins = first);
        bins
    }
}

/// ln p(s(x)|θ) of a [`SummaryStatistic`] s, from a [`ReweightingPool`] of events that is reweighted to θ.
///
/// The cells are the same for all hypotheses, so ln p of a cell is as smooth in θ as the simulator is, and
/// [interpolates](super::super::Interpolation) well. What the summary does not tell, and what the width of the cells loses, makes
/// intervals wider, not wrong; the statistical error of the pool does make them wrong, and
/// [`standard_error`](Self::standard_error) says by how much.
pub struct SummaryDensity<'a> {
    summary: SummaryStatistic<'a>,
    pool: ReweightingPool<'a>,
    cells: Binning,
    kernel: Option<Kernel>,
    /// The cell of each event of the pool, `[n]`.
    cell_of: Vec<u32>,
    sparsest: SparsestPoint,
    known: Mutex<HashMap<Vec<u64>, Arc<[f64]>>>,
}

/// The hypothesis of a box at which a pool has the fewest effective events.
#[derive(Debug, Clone, PartialEq)]
pub struct SparsestPoint {
    /// The hypothesis, `[p]`.
    pub theta: Vec<f64>,
    /// Effective number of events there.
    pub events: f64,
    /// Number of cells that they fill.
    pub cells: usize,
    /// Effective number of events in the cell that an event of this hypothesis falls into.
    pub in_cell: f64,
}

impl SparsestPoint {
    /// Finds the hypothesis of `space` at which `pool` has the fewest effective events for cells that are filled evenly.
    ///
    /// # Errors
    /// If there are fewer than one for each cell, or `progress` stops it.
    pub fn of_pool(
        pool: &ReweightingPool<'_>,
        space: &ParameterBox,
        cells: usize,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let mut found = Self::none(cells);
        for theta in space_filling(space, JUDGED)? {
            progress.check()?;
            let events = pool.effective_sample_size(&theta)?;
            enough(&theta, events, cells)?;
            let in_cell = events / cells as f64;
            if in_cell < found.in_cell {
                found = Self {
                    theta,
                    events,
                    cells,
                    in_cell,
                };
            }
        }
        Ok(found)
    }

    fn none(cells: usize) -> Self {
        Self {
            theta: Vec::new(),
            events: f64::INFINITY,
            cells,
            in_cell: f64::INFINITY,
        }
    }

    /// Effective events in a cell: of a typical event, or on average if that is fewer.
    fn events_in_cell(&self) -> f64 {
        self.in_cell.min(self.events / self.cells as f64)
    }

    /// Returns true if the cells hold few effective events.
    pub fn is_sparse(&self) -> bool {
        self.events_in_cell() < LITTLE
    }
}

impl std::fmt::Debug for SummaryDensity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SummaryDensity")
            .field("summary", &self.summary)
            .field("pool", &self.pool)
            .field("cells", &self.cells.n_cells())
            .finish_non_exhaustive()
    }
}

impl<'a> SummaryDensity<'a> {
    /// Mines events of `simulator` over the box `space`; `progress` receives the steps done and their number.
    ///
    /// # Errors
    /// If mining fails, or as [`from_pool`](Self::from_pool).
    pub fn new(
        simulator: &'a dyn Instrumented,
        summary: SummaryStatistic<'a>,
        space: &ParameterBox,
        settings: &SummarySettings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let pool = ReweightingPool::mine(
            simulator,
            &space_filling(space, POINTS)?,
            settings.events,
            settings.seed,
            progress,
        )?;
        Self::judged(pool, summary, space, settings, progress)
    }

    /// Takes the events of a pool.
    ///
    /// # Errors
    /// If there is not one number of bins for each component of the summary, the summary cannot be had, or too few events are
    /// left somewhere in `space`.
    pub fn from_pool(
        pool: ReweightingPool<'a>,
        summary: SummaryStatistic<'a>,
        space: &ParameterBox,
        settings: &SummarySettings,
    ) -> Result<Self> {
        Self::judged(pool, summary, space, settings, &())
    }

    fn judged(
        pool: ReweightingPool<'a>,
        summary: SummaryStatistic<'a>,
        space: &ParameterBox,
        settings: &SummarySettings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let k = summary.dimensions();
        let usual = || SummarySettings::default_bins(settings.layout, k);
        let bins = settings.bins.clone().unwrap_or_else(usual);
        let product = bins.iter().try_fold(1usize, |cells, &bins| cells.checked_mul(bins));
        if bins.len() != k || bins.contains(&0) || product.is_none_or(|cells| cells > pool.len()) {
            return Err(Error::usage(format!(
                "bins {bins:?} for a summary of {k} numbers and {} events: give one number of bins for each, and fewer cells than \
                 events",
                pool.len()
            )));
        }
        let values = summary.values(pool.x())?;
        let cells = Binning::new(settings.layout, values.view(), &bins);
        let middle = || pool.weights(&space.middle());
        let kernel = match settings.layout {
            BinLayout::Kernel => Some(Kernel::new(&cells, &values, &middle()?)?),
            _ => None,
        };
        // A kernel makes one of many cells.
        let smeared = kernel.as_ref().map(|_| BinLayout::EqualProbability);
        let filled = smeared.map_or(cells.n_cells(), |usual| {
            SummarySettings::default_bins(usual, k).iter().product()
        });
        let mut density = Self {
            cell_of: cells.of_each(values.view()),
            sparsest: SparsestPoint::none(filled),
            summary,
            pool,
            cells,
            kernel,
            known: Mutex::default(),
        };
        density.sparsest = density.find_sparsest(space, progress)?;
        Ok(density)
    }

    /// The summary.
    pub fn summary(&self) -> &SummaryStatistic<'a> {
        &self.summary
    }

    /// The hypothesis of the box at which the fewest effective events are left.
    pub fn sparsest(&self) -> &SparsestPoint {
        &self.sparsest
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.cells.n_cells()
    }

    /// The cell of each row of `x`, `[n]`.
    ///
    /// # Errors
    /// If the summary cannot be had.
    pub fn cells_of(&self, x: ArrayView2<f64>) -> Result<Vec<u32>> {
        Ok(self.cells.of_each(self.summary.values(x)?.view()))
    }

    /// ln of the probability of each cell at `theta`, `[cells]`.
    ///
    /// # Errors
    /// If too few events are left there, or none is possible.
    pub fn log_probabilities(&self, theta: &[f64]) -> Result<Arc<[f64]>> {
        let key: Vec<u64> = theta.iter().map(|value| value.to_bits()).collect();
        if let Some(known) = self.lock().get(&key) {
            return Ok(known.clone());
        }
        // Not under the lock: whoever else asks for the same meanwhile finds the same.
        let weights = self.weights(theta)?;
        let found: Arc<[f64]> = self.contents(&weights).log_probabilities().into();
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, found.clone());
        Ok(found)
    }

    /// The standard error of Σ log r̂(x|θ0, θ1) over the rows of `x` that comes from the finite number of events in the pool, to
    /// first order in their fluctuations. The same events fill both histograms, so that most of it cancels for neighbours.
    ///
    /// # Errors
    /// As [`log_probabilities`](Self::log_probabilities), or if the summary cannot be had.
    pub fn standard_error(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<f64> {
        let mut counts = vec![0.0; self.cells.n_cells()];
        self.cells_of(x)?
            .into_iter()
            .for_each(|cell| counts[cell as usize] += 1.0);
        let part = |theta| -> Result<Vec<f64>> {
            let weights = self.weights(theta)?;
            let leverage = self.contents(&weights).leverage(&counts, self.kernel.as_ref());
            let moves = self.cell_of.iter().zip(weights);
            Ok(moves.map(|(&cell, weight)| weight * leverage[cell as usize]).collect())
        };
        let (numerator, denominator) = (part(theta0)?, part(theta1)?);
        let moves = numerator.iter().zip(denominator).map(|(above, below)| above - below);
        Ok(moves.map(|change| change * change).sum::<f64>().sqrt())
    }

    fn weights(&self, theta: &[f64]) -> Result<Vec<f64>> {
        let weights = self.pool.weights(theta)?;
        enough(
            theta,
            effective_sample_size(weights.iter().copied()),
            self.sparsest.cells,
        )?;
        Ok(weights)
    }

    fn find_sparsest(&self, space: &ParameterBox, progress: &dyn Progress) -> Result<SparsestPoint> {
        let mut found = self.sparsest.clone();
        for theta in space_filling(space, JUDGED)? {
            progress.check()?;
            let weights = self.weights(&theta)?;
            let here = SparsestPoint {
                theta,
                events: effective_sample_size(weights.iter().copied()),
                in_cell: self.contents(&weights).effective_events(),
                ..found
            };
            if here.events_in_cell() < found.events_in_cell() {
                found = here;
            }
        }
        Ok(found)
    }

    fn contents(&self, weights: &[f64]) -> BinContents {
        BinContents::new(self.cells.n_cells(), &self.cell_of, weights, self.kernel.as_ref())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u64>, Arc<[f64]>>> {
        // What is in the map is whole, whoever failed while holding it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn enough(theta: &[f64], events: f64, cells: usize) -> Result<()> {
    match events >= NOTHING * cells as f64 {
        true => Ok(()),
        false => Err(Error::numerical(format!(
            "reweighted to theta = {theta:?}, a pool of simulated events is worth {events:.1}, for {cells} cells of a histogram: \
             simulate more events, or take fewer bins or a smaller box; where paths tell much more of θ than observations do, \
             train an estimator of ratios instead"
        ))),
    }
}

impl LogRatio for SummaryDensity<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let (numerator, denominator) = (self.log_probabilities(theta0)?, self.log_probabilities(theta1)?);
        let of = |cell: u32| numerator[cell as usize] - denominator[cell as usize];
        Ok(self.cells_of(x)?.into_iter().map(of).collect())
    }
}
