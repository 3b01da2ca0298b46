//! The parameters of a file as those of a simulator.

use std::path::Path;

use super::{Benchmark, Setup};
use motherlode_core::error::{Error, Result};
use motherlode_core::real::MAX_PARAMETERS;
use motherlode_core::trace::{Hypotheses, Parameter};

/// Largest value of a nuisance parameter in standard deviations: in general, and in training.
const NUISANCE_RANGE: f64 = 5.0;
const NUISANCE_PRIOR: f64 = 3.0;

/// The parameters of the theory, and those of systematics after them.
///
/// # Errors
/// If there are more than 16.
pub(super) fn parameters(path: &Path, setup: &Setup) -> Result<Vec<Parameter>> {
    let of_theory = setup.parameters.iter().map(|parameter| {
        let (low, high) = parameter.range;
        let (block, id) = &parameter.card;
        let about = match &parameter.transform {
            _ if block.is_empty() => String::new(),
            Some(transform) => format!("{block} {id} of the parameter card is {transform}"),
            None => format!("{block} {id} of the parameter card"),
        };
        Parameter::new(&parameter.name, low, high).with_about(&about)
    });
    let of_systematics = setup.nuisances.iter().map(|nuisance| {
        let source = nuisance.systematic.as_ref().unwrap_or(&nuisance.name);
        let about = format!("standard deviations that {source} is off");
        let parameter = Parameter::new(&nuisance.name, -NUISANCE_RANGE, NUISANCE_RANGE);
        parameter.with_about(&about).constrained(0.0, 1.0)
    });
    let all: Vec<Parameter> = of_theory.chain(of_systematics).collect();
    match all.len() <= MAX_PARAMETERS {
        true => Ok(all),
        false => Err(Error::file(
            path,
            format!(
                "has {} parameters and {} nuisance parameters: up to {MAX_PARAMETERS} in all can be learned; leave some systematics out",
                setup.parameters.len(),
                setup.nuisances.len()
            ),
        )),
    }
}

/// θ1 is the reference of the file, θ0 its first other parameter point.
pub(super) fn hypotheses(setup: &Setup, parameters: &[Parameter]) -> Hypotheses {
    let inside = |theta: &[f64]| -> Vec<f64> {
        let all = parameters.iter().enumerate();
        all.map(|(i, parameter)| {
            theta
                .get(i)
                .map_or(0.0, |value| value.clamp(parameter.range.0, parameter.range.1))
        })
        .collect()
    };
    let p = setup.parameters.len();
    let reference = &setup.benchmarks[setup.reference()].theta;
    let other = setup
        .physical()
        .map(|(_, benchmark)| &benchmark.theta)
        .find(|theta| *theta != reference);
    let prior = parameters.iter().enumerate().map(|(i, parameter)| match i < p {
        true => parameter.range,
        false => (-NUISANCE_PRIOR, NUISANCE_PRIOR),
    });
    let named = |(_, benchmark): (usize, &Benchmark)| {
        let mut theta = benchmark.theta.clone();
        theta.resize(parameters.len(), 0.0);
        (benchmark.name.clone(), theta)
    };
    Hypotheses::new(
        inside(other.unwrap_or(reference)),
        inside(reference),
        prior.collect::<Vec<_>>(),
    )
    .with_named(setup.physical().map(named))
}
