//! Values of hypotheses as a user gives them.

use super::hypotheses::completed;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{comma_separated, counted};
use motherlode_core::trace::Parameter;

/// Returns values of all parameters, `[p]`; omitted nuisance parameters are at the means of their constraints.
///
/// # Errors
/// If the number of values is neither that of all parameters nor that of those without a constraint, or a value is not finite.
pub fn full_theta(given: &[f64], parameters: &[Parameter]) -> Result<Vec<f64>> {
    let theta = completed(given, parameters, |_, (mean, _)| mean);
    if theta.len() == parameters.len() && theta.iter().all(|value| value.is_finite()) {
        return Ok(theta);
    }
    let free = parameters.iter().filter(|parameter| parameter.constraint.is_none());
    let free: Vec<String> = free.map(|parameter| parameter.name.clone()).collect();
    let all = match parameters.len() - free.len() {
        0 => String::new(),
        n => format!("; or {} values, the last {n} for nuisance parameters", parameters.len()),
    };
    Err(Error::usage(length_message(given, &free) + &all))
}

/// Checks that a hypothesis has a finite value for each parameter.
///
/// # Errors
/// If it does not.
pub fn check_theta(theta: &[f64], parameters: &[String]) -> Result<()> {
    match theta.len() == parameters.len() && theta.iter().all(|value| value.is_finite()) {
        true => Ok(()),
        false => Err(Error::usage(length_message(theta, parameters))),
    }
}

fn length_message(theta: &[f64], parameters: &[String]) -> String {
    format!(
        "theta is {}, {}: give {} finite values ({})",
        comma_separated(theta),
        counted(theta.len(), "value"),
        parameters.len(),
        parameters.join(", ")
    )
}
