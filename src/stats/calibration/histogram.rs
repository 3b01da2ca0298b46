//! Histogram calibration.

use super::bins::cells;
use super::{Curve, Scores};
use motherlode_core::error::Result;

/// Half a count for each bin, so that none is empty.
const PRIOR_COUNT: f64 = 0.5;

/// The ratio of the histograms of log r̂ under both hypotheses, in n^(1/3) bins of equal probability, linear between their centres.
pub(super) fn histogram(scores: &Scores) -> Result<Curve> {
    let [above, below] = scores.effective();
    let cells = cells(scores, (above + below).cbrt().round() as usize);
    let added = PRIOR_COUNT * cells.len() as f64;
    let log_density = |count: f64, n: f64| ((count + PRIOR_COUNT) / (n + added)).ln();
    Curve::through(cells.iter().map(|cell| {
        let [numerator, denominator] = cell.weights;
        (
            cell.centre,
            log_density(numerator, above) - log_density(denominator, below),
        )
    }))
}
