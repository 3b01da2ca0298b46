//! Divergences from the joint labels of held-out events.

use super::Results;
use super::medians::median_and_range;
use motherlode_stats::diagnostics::{Divergence, Mean};

impl Results {
    /// Difference of the divergences from the joint labels between two methods at given budgets, in nats: of the means over the seeds, on
    /// the same held-out events. The standard error is that of the events, not of the seeds.
    pub fn excess(&self, cell: (&str, usize), over: (&str, usize)) -> Option<Mean> {
        Some(self.divergence(cell)?.minus(&self.divergence(over)?))
    }

    /// Method and budget with the lowest divergence, in the mean over the seeds.
    pub fn closest(&self) -> Option<(&str, usize)> {
        let cells = self.cells().into_iter();
        let found = cells.filter_map(|cell| Some((cell, self.divergence(cell)?.mean().value)));
        let finite = found.filter(|(_, divergence)| divergence.is_finite());
        finite.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(cell, _)| cell)
    }

    /// Excess divergence of the answer log r = 0; NaN without held-out events.
    pub fn trivial_excess(&self) -> f64 {
        let metrics = self.runs.iter().filter_map(|run| run.held_out.as_ref());
        let mut lowest = metrics.map(|metrics| metrics.ratio.divergence.mean().value - metrics.excess);
        let trivial = self
            .held_out
            .as_ref()
            .map(|standards| standards.ratio.divergence.mean().value);
        trivial
            .zip(lowest.find(|lowest| lowest.is_finite()))
            .map_or(f64::NAN, |(trivial, lowest)| trivial - lowest)
    }

    /// Smallest significant excess divergence, at two standard errors; NaN if it is unknown.
    ///
    /// The variance of a divergence difference is proportional to the difference, because both are quadratic in the difference of the
    /// estimates. Every method and budget therefore gives an estimate: four times its squared standard error over its excess. This is
    /// their median.
    pub fn excess_resolution(&self) -> f64 {
        let Some(closest) = self.closest() else {
            return f64::NAN;
        };
        let differences = self.cells().into_iter().filter_map(|cell| self.excess(cell, closest));
        let positive = differences.filter(|difference| difference.value > 0.0);
        let resolutions = positive.map(|difference| 4.0 * difference.standard_error.powi(2) / difference.value);
        median_and_range(resolutions.collect()).map_or(f64::NAN, |[median, ..]| median)
    }

    fn divergence(&self, cell: (&str, usize)) -> Option<Divergence> {
        let runs = self.runs_of(cell);
        Divergence::average(runs.filter_map(|run| Some(&run.held_out.as_ref()?.ratio.divergence)))
    }
}
