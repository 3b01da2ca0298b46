//! Probability of data: Poisson probabilities of all bins and densities of the auxiliary measurements.

use statrs::function::gamma::ln_gamma;

use super::HistFactory;
use super::parameters::{Constraint, Parameter};

/// Observed counts and results of the auxiliary measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Counts, `[bins]`.
    pub counts: Vec<f64>,
    /// Results of the auxiliary measurements, `[p]`; without meaning for parameters that have none.
    pub auxiliary: Vec<f64>,
}

impl HistFactory {
    /// Asimov data set: the expectation at θ of all measurements.
    pub fn expected(&self, theta: &[f64]) -> Data {
        let auxiliary = self.parameters.iter().zip(theta);
        let expected = |(parameter, value): (&Parameter, &f64)| match parameter.constraint {
            Some(Constraint::Poisson { factor }) => factor * value,
            _ => *value,
        };
        Data {
            counts: self.counts(theta),
            auxiliary: auxiliary.map(expected).collect(),
        }
    }

    /// ln p(data|θ), as pyhf normalises it.
    pub fn log_density(&self, data: &Data, theta: &[f64]) -> f64 {
        let constraints = self.parameters.iter().zip(&data.auxiliary);
        let of_constraint = |(parameter, found): (&Parameter, &f64)| match parameter.constraint {
            Some(Constraint::Gaussian { sigma }) => -(sigma * std::f64::consts::TAU.sqrt()).ln(),
            Some(Constraint::Poisson { .. }) => log_poisson_at_best(*found),
            None => 0.0,
        };
        let best: f64 = data.counts.iter().map(|count| log_poisson_at_best(*count)).sum();
        best + constraints.map(of_constraint).sum::<f64>() - self.half_deviance(data, &self.counts(theta), theta)
    }

    /// −ln p(data|θ) but for what does not depend on θ: 0 where all is as expected, `counts` being λ(θ). Infinite where something was found
    /// that is impossible.
    pub(super) fn half_deviance(&self, data: &Data, counts: &[f64], theta: &[f64]) -> f64 {
        let bins = data.counts.iter().zip(counts);
        let main: f64 = bins.map(|(found, expected)| half_deviance(*found, *expected)).sum();
        let constraints = self.parameters.iter().zip(theta).zip(&data.auxiliary);
        let of_constraint = |((parameter, value), found): ((&Parameter, &f64), &f64)| match parameter.constraint {
            Some(Constraint::Gaussian { sigma }) => 0.5 * ((value - found) / sigma).powi(2),
            Some(Constraint::Poisson { factor }) => half_deviance(*found, factor * value),
            None => 0.0,
        };
        main + constraints.map(of_constraint).sum::<f64>()
    }
}

/// ln Poisson(n|n) − ln Poisson(n|λ) = λ − n − n ln(λ/n).
fn half_deviance(found: f64, expected: f64) -> f64 {
    match (found > 0.0, expected > 0.0) {
        (true, true) => {
            let excess = (expected - found) / found; // no digits are lost where it is small
            found * (excess - excess.ln_1p())
        }
        (false, _) if expected >= 0.0 => expected,
        _ => f64::INFINITY,
    }
}

/// ln Poisson(n|n).
fn log_poisson_at_best(n: f64) -> f64 {
    match n > 0.0 {
        true => n * n.ln() - n - ln_gamma(n + 1.0),
        false => 0.0,
    }
}
