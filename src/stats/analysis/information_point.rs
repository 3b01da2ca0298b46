//! The hypothesis at which information is measured, and resolutions that its events determine.

use super::{Analysis, InformationResult, check_theta};
use motherlode_core::Estimator;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_core::mean::Mean;

/// Relative error above which a resolution counts as unknown.
const UNKNOWN: f64 = 0.3;

impl Analysis<'_> {
    /// Returns the hypothesis of an [information](Self::information), `[p]`: the given one, or the point at which an estimator knows the
    /// score, or the middle of the simulator's box.
    ///
    /// # Errors
    /// If an estimator knows the score at another point only, or the number of values is wrong.
    pub fn information_point(
        &self,
        given: Option<Vec<f64>>,
        estimators: &[(String, &dyn Estimator)],
    ) -> Result<Vec<f64>> {
        let points = || {
            estimators
                .iter()
                .filter_map(|(name, estimator)| Some((name, estimator.score_point()?)))
        };
        let theta = match given.or_else(|| points().next().map(|(_, theta)| theta.to_vec())) {
            Some(theta) => theta,
            None => self.simulator()?.hypotheses()?.theta_ref(),
        };
        if let Some((name, known)) = points().find(|(_, known)| *known != theta) {
            return Err(Error::usage(format!(
                "`{name}` knows the score at {} only, not at {}: choose that point with --at, or omit the model",
                comma_separated(known),
                comma_separated(&theta)
            )));
        }
        check_theta(&theta, &self.parameters()?).map(|()| theta)
    }
}

impl InformationResult {
    /// Returns true if a resolution is known to 30 % from the simulated events.
    pub fn is_known(resolution: Mean) -> bool {
        resolution.standard_error < UNKNOWN * resolution.value
    }
}
