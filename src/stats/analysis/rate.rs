//! Expected numbers of events, from the cross section of a simulator.

use super::Analysis;
use crate::inference::Information;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;

/// Cross section of a simulator at one hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// σ(θ), in the unit of the simulator.
    pub value: f64,
    /// ∇ ln σ(θ), `[p]`.
    pub log_gradient: Vec<f64>,
}

impl Rate {
    /// Computes the cross section at `theta`; `None` if the simulator knows none.
    ///
    /// # Errors
    /// If the cross section cannot be computed there.
    pub fn at(simulator: &dyn Instrumented, theta: &[f64]) -> Result<Option<Self>> {
        let p = theta.len();
        let (mut log_gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let log = simulator
            .log_rate_at(theta, &mut log_gradient, &mut hessian)
            .map_err(|rejected| Error::simulation(rejected.to_string()))?;
        let Some(log) = log else { return Ok(None) };
        if log.is_nan() {
            return Err(Error::simulation(format!(
                "{} has no cross section at {theta:?}: it is negative there, or its events can no longer be read",
                simulator.label()
            )));
        }
        Ok(Some(Self {
            value: log.exp(),
            log_gradient,
        }))
    }

    /// Returns the Fisher information of the number of events, with `expected` events expected.
    ///
    /// # Errors
    /// If `expected` is not positive.
    pub fn information(&self, expected: f64) -> Result<Information> {
        let slopes: Vec<f64> = self.log_gradient.iter().map(|slope| expected * slope).collect();
        Information::from_count(expected, &slopes)
    }
}

impl Analysis<'_> {
    /// Expected number of events ν(θ) = L σ(θ).
    pub(super) fn expected_count(&self, luminosity: f64, theta: &[f64]) -> Result<f64> {
        let simulator = self
            .simulator
            .ok_or_else(|| Error::usage("an expected number of events needs the simulator, which is not known here: name it, or leave out --luminosity"))?;
        let rate = Rate::at(simulator, theta)?.ok_or_else(|| {
            Error::usage(
                "the simulator knows no cross-section, so the number of events does not depend on θ: leave out --luminosity",
            )
        })?;
        Ok(luminosity * rate.value)
    }
}
