//! What a study says on held-out events: which estimate is closest, and how much further away the others are.

use super::Results;
use super::summary::middle_and_ends;
use motherlode_stats::diagnostics::{Divergence, Mean};

impl Results {
    /// How much larger the divergence from the joint labels is for one method and budget than for another, in nats: the mean
    /// over the seeds of each, on the same held-out events. The standard error is that of the events, not of the seeds.
    pub fn excess(&self, cell: (&str, usize), over: (&str, usize)) -> Option<Mean> {
        Some(self.divergence(cell)?.minus(&self.divergence(over)?))
    }

    /// The method and budget of the lowest divergence, in the mean over the seeds.
    pub fn closest(&self) -> Option<(&str, usize)> {
        let budgets = self.budgets();
        let cells = self
            .methods()
            .into_iter()
            .flat_map(|method| budgets.iter().map(move |&n| (method, n)));
        let found = cells.filter_map(|cell| Some((cell, self.divergence(cell)?.mean().value)));
        let finite = found.filter(|(_, divergence)| divergence.is_finite());
        finite.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(cell, _)| cell)
    }

    /// The excess of the answer log r = 0; NaN without held-out events.
    pub fn trivial_excess(&self) -> f64 {
        let marks = self.runs.iter().filter_map(|run| run.held_out.as_ref());
        let mut lowest = marks.map(|marks| marks.ratio.divergence.mean().value - marks.excess);
        let trivial = self
            .held_out
            .as_ref()
            .map(|standards| standards.ratio.divergence.mean().value);
        trivial
            .zip(lowest.find(|lowest| lowest.is_finite()))
            .map_or(f64::NAN, |(trivial, lowest)| trivial - lowest)
    }

    /// The excess that is two standard errors: a smaller one is not seen. NaN if there is no telling.
    ///
    /// The variance of a difference is proportional to the difference, both being quadratic in what two estimates differ by,
    /// so every method and budget tells it: four times its squared standard error over its excess. The median is taken.
    pub fn resolution(&self) -> f64 {
        let Some(closest) = self.closest() else {
            return f64::NAN;
        };
        let budgets = self.budgets();
        let cells = self
            .methods()
            .into_iter()
            .flat_map(|method| budgets.iter().map(move |&n| (method, n)));
        let differences = cells.filter_map(|cell| self.excess(cell, closest));
        let seen = differences.filter(|difference| difference.value > 0.0);
        let resolutions = seen.map(|difference| 4.0 * difference.standard_error.powi(2) / difference.value);
        middle_and_ends(resolutions.collect()).map_or(f64::NAN, |[median, ..]| median)
    }

    fn divergence(&self, (method, n_events): (&str, usize)) -> Option<Divergence> {
        let runs = self
            .runs
            .iter()
            .filter(|run| run.method == method && run.n_events == n_events);
        Divergence::average(runs.filter_map(|run| Some(&run.held_out.as_ref()?.ratio.divergence)))
    }
}
