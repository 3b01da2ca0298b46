//! Constraints on parameters from other measurements: given ones, and those of the simulator.

use serde::Serialize;

use super::Analysis;
use crate::inference::Constraint;
use motherlode_core::ParameterBox;
use motherlode_core::error::{Error, Result};
use motherlode_core::names::nearest;
use motherlode_core::trace::Instrumented;

/// A Gaussian constraint on a named parameter: `name` = `mean` ± `sd`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedConstraint {
    /// Name of the parameter.
    pub name: String,
    /// Measured value.
    pub mean: f64,
    /// Standard error of the measurement.
    pub sd: f64,
}

/// Returns the constraints on parameters that a simulator knows, such as an event file those on nuisance parameters.
pub fn constraints_of(simulator: Option<&dyn Instrumented>) -> Vec<Constraint> {
    let parameters = simulator.map(|simulator| simulator.parameters()).unwrap_or_default();
    let constrained = parameters.iter().enumerate().filter_map(|(parameter, about)| {
        let (mean, sd) = about.constraint?;
        Some(Constraint { parameter, mean, sd })
    });
    constrained.collect()
}

impl Analysis<'_> {
    /// The given constraints, and those of the simulator on other free parameters.
    pub(super) fn constraints(&self, parameters: &[String], parameter_box: &ParameterBox) -> Result<Vec<Constraint>> {
        let given = self.given_constraints.iter().map(|NamedConstraint { name, mean, sd }| {
            let parameter = parameters.iter().position(|known| known == name);
            Ok(Constraint {
                parameter: parameter.ok_or_else(|| {
                    let (known, near) = (parameters.join(", "), nearest(name, parameters));
                    Error::usage(format!(
                        "--constraint {name}{near}: there is no such parameter; the parameters are {known}"
                    ))
                })?,
                mean: *mean,
                sd: *sd,
            })
        });
        let mut all = given.collect::<Result<Vec<_>>>()?;
        if let Some(held) = all.iter().find(|given| parameter_box.held(given.parameter).is_some()) {
            return Err(Error::usage(format!(
                "--constraint {}: the parameter is held fixed, by --box or because it never varied in training; leave out the constraint or free it with --box",
                parameters[held.parameter]
            )));
        }
        if self.takes_own_constraints {
            let is_given = |own: &Constraint| all.iter().any(|given| given.parameter == own.parameter);
            let is_free = |own: &Constraint| parameter_box.held(own.parameter).is_none();
            let own = constraints_of(self.simulator);
            let others: Vec<Constraint> = own.into_iter().filter(|own| is_free(own) && !is_given(own)).collect();
            all.extend(others);
        }
        Ok(all)
    }
}
