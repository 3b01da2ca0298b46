//! Hypotheses and boxes as command-line arguments.

use std::str::FromStr;

use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;
use motherlode_core::names::nearest;
use motherlode_core::trace::{Instrumented, Parameter};
use motherlode_stats::analysis::full_theta;

/// Values of all parameters, separated by commas.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Theta(pub Vec<f64>);

impl FromStr for Theta {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = |word: &str| word.trim().parse().map_err(|_| format!("`{word}` is not a number"));
        text.split(',').map(value).collect::<Result<_, _>>().map(Self)
    }
}

/// Edges of a box, `low:high` for each parameter, separated by commas.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edges(pub Vec<(f64, f64)>);

impl FromStr for Edges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let edge = |word: &str| {
            let (low, high) = word
                .split_once(':')
                .ok_or_else(|| format!("`{word}` is not of the form low:high"))?;
            let Theta(values) = format!("{low},{high}").parse()?;
            Ok((values[0], values[1]))
        };
        text.split(',').map(edge).collect::<Result<_, _>>().map(Self)
    }
}

/// A hypothesis: values of all parameters, or the name of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Point {
    Values(Vec<f64>),
    Named(String),
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(Theta(values)) => Ok(Self::Values(values)),
            Err(_) if text.starts_with(char::is_alphabetic) && !text.contains(',') => Ok(Self::Named(text.into())),
            Err(error) => Err(error),
        }
    }
}

impl Point {
    /// Values of all parameters of a simulator, `[p]`; omitted nuisance parameters are at the means of their constraints.
    pub(super) fn values(&self, simulator: &dyn Instrumented) -> Result<Vec<f64>> {
        match self {
            Self::Named(name) => benchmark(name, simulator),
            Self::Values(values) => full_theta(values, &simulator.parameters()),
        }
    }

    /// Values of all parameters; for an unknown simulator, the values as given.
    pub(super) fn values_if_known(&self, simulator: Option<&dyn Instrumented>) -> Result<Vec<f64>> {
        match (simulator, self) {
            (Some(simulator), _) => self.values(simulator),
            (None, Self::Values(values)) => Ok(values.clone()),
            (None, Self::Named(name)) => Err(Error::usage(format!(
                "`{name}` is not a number, and the benchmarks of the simulator are unknown to this program: give values"
            ))),
        }
    }

    /// Values of the first `p` parameters, where the other parameters are nuisance parameters and fitted.
    pub(super) fn theory_values(&self, simulator: &dyn Instrumented, p: usize) -> Result<Vec<f64>> {
        let (mut theta, parameters) = (self.values(simulator)?, simulator.parameters());
        let mut fitted = theta.iter().zip(&parameters).skip(p);
        let nominal = |parameter: &Parameter| parameter.constraint.map_or(0.0, |(mean, _)| mean);
        if let Some((value, parameter)) = fitted.find(|(value, parameter)| **value != nominal(parameter)) {
            return Err(Error::usage(format!(
                "the nuisance parameter `{}` is fitted and cannot be set to {value}: omit the values of nuisance parameters",
                parameter.name,
                value = exact(*value)
            )));
        }
        theta.truncate(p);
        Ok(theta)
    }
}

fn benchmark(name: &str, simulator: &dyn Instrumented) -> Result<Vec<f64>> {
    let known = simulator
        .hypotheses()
        .map(|hypotheses| hypotheses.named)
        .unwrap_or_default();
    if let Some((_, theta)) = known.iter().find(|(known, _)| known == name) {
        return Ok(theta.clone());
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
    Err(Error::usage(match names.is_empty() {
        true => format!(
            "`{name}` is not a number: give values of the parameters of {}, separated by commas",
            simulator.label()
        ),
        false => format!(
            "there is no benchmark `{name}`{} in {}: choose one of {}",
            nearest(name, &names),
            simulator.label(),
            names.join(", ")
        ),
    }))
}
