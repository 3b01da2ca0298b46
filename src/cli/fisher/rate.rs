//! What the number of events tells.

use motherlode_core::error::{Error, Result};
use motherlode_core::trace::Instrumented;
use motherlode_stats::inference::Information;

/// The cross section of a simulator that knows one.
pub(crate) struct Rate {
    /// σ(θ), in the unit of the simulator.
    pub(crate) value: f64,
    /// ∇ ln σ(θ), `[p]`.
    log_gradient: Vec<f64>,
}

impl Rate {
    /// That at θ; none, if the simulator does not say.
    pub(crate) fn of(simulator: &dyn Instrumented, theta: &[f64]) -> Result<Option<Self>> {
        let p = theta.len();
        let (mut log_gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let log = simulator
            .log_rate_at(theta, &mut log_gradient, &mut hessian)
            .map_err(|rejected| Error::simulation(rejected.to_string()))?;
        let Some(log) = log else { return Ok(None) };
        if log.is_nan() {
            return Err(Error::simulation(format!(
                "{} knows no cross section at {theta:?}: it is negative there, or events cannot be read any more",
                simulator.label()
            )));
        }
        Ok(Some(Self {
            value: log.exp(),
            log_gradient,
        }))
    }

    /// What the number of events tells, of which `expected` are expected.
    pub(super) fn information(&self, expected: f64) -> Result<Information> {
        let slopes: Vec<f64> = self.log_gradient.iter().map(|slope| expected * slope).collect();
        Information::of_count(expected, &slopes)
    }
}
