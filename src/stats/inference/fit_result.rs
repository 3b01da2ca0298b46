//! The result of a fit: best fit, intervals, regions and bands.

use super::{Band, Estimate, Intervals, ToyRegions};
use motherlode_core::error::Result;

/// Results of one estimator on one data set.
#[derive(Debug, Clone)]
pub struct FitResult {
    /// Name of the estimator.
    pub name: String,
    /// Best fit, covariance and profiles; intervals by Wilks' theorem.
    pub estimate: Estimate,
    /// Confidence regions by toys, if toys were drawn.
    pub regions: Option<ToyRegions>,
    /// Bands of other data sets of the same size, `[p]`; only for expected results.
    pub bands: Vec<Band>,
}

impl FitResult {
    /// Returns the intervals of each parameter at each level by Wilks' theorem, `[levels][p]`.
    ///
    /// # Errors
    /// If a level is not between 0 and 1.
    pub fn intervals(&self, levels: &[f64]) -> Result<Intervals> {
        let parameters = 0..self.estimate.profiles.len();
        let at_level = |&level: &f64| parameters.clone().map(|k| self.estimate.intervals(k, level)).collect();
        levels.iter().map(at_level).collect()
    }
}
