//! Check that the weights of events are polynomials of the parameters, as morphing takes them to be.

use serde::Serialize;

use super::misfit_cause::{MisfitCause, Powers};
use super::morphing_checker::{Deviations, MorphingChecker};
use super::redundancy::Residual;
use motherlode_core::error::listed;
use motherlode_core::format::{number, percent, value_with_error};
use motherlode_core::mean::Mean;
use motherlode_core::trace::Caveat;

/// Share of the events, by their weight at a benchmark, that may deviate.
const MOST_OFF: f64 = 0.01;
/// Number of events that may deviate, in samples with more.
const SINGLE_EVENTS: usize = 2;

/// Result of the comparison of redundant weights with each other.
///
/// K benchmarks and C components leave K − C redundant weights of each event. The weight at each benchmark is compared with the one that a fit
/// of the polynomial to the weights at all other benchmarks predicts. An event deviates if the difference is more than 0.1 % of the weight and
/// more than 10⁻⁵ of the terms of the prediction, which covers printed digits; the check fails where more than 1 % of the events deviate, by
/// their weights, and more than two.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MorphingCheck {
    /// Number of parameter points K at which events have weights.
    pub n_benchmarks: usize,
    /// Number of components C of the polynomial.
    pub n_components: usize,
    /// Number of redundant benchmarks, K − C; without any, nothing can be checked.
    pub n_redundant: usize,
    /// Number of events that were compared.
    pub n_events: usize,
    /// The benchmark that is predicted worst, if any is predicted.
    pub worst: Option<PredictedBenchmark>,
    /// Cause of the deviations, if the check fails.
    pub cause: Option<MisfitCause>,
    #[serde(skip)]
    parameters: Vec<String>,
}

/// Weights at a benchmark, as given and as predicted by all other benchmarks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PredictedBenchmark {
    /// Name of the benchmark.
    pub name: String,
    /// Its parameters, `[p]`.
    pub theta: Vec<f64>,
    /// Share of the events whose weights deviate, by their absolute weights here.
    pub share: f64,
    /// Root mean square of the differences of weights, relative to that of the weights.
    pub rms: f64,
    /// The cross section in pb.
    pub given: Mean,
    /// The cross section in pb that the other benchmarks predict.
    pub predicted: Mean,
    /// The given minus the predicted cross section, with the error of a difference in the same events.
    pub difference: Mean,
}

impl MorphingChecker {
    /// Compares the weights of the events so far.
    pub(crate) fn check(&self) -> MorphingCheck {
        let plan = self.plan();
        let all = || plan.residuals().iter().zip(&self.deviations);
        let fails = all().any(|(_, deviations)| self.is_misfit(deviations));
        let candidates = all().filter(|(_, deviations)| !fails || self.is_misfit(deviations));
        let worst = candidates.max_by(|(_, a), (_, b)| a.relative().total_cmp(&b.relative()));
        MorphingCheck {
            n_benchmarks: plan.n_benchmarks,
            n_components: plan.components.len(),
            n_redundant: plan.n_benchmarks.saturating_sub(plan.components.len()),
            n_events: self.n_checked,
            worst: worst.map(|(residual, deviations)| self.predicted(residual, deviations)),
            cause: fails.then(|| MisfitCause::of(self)),
            parameters: plan.parameters.clone(),
        }
    }

    fn is_misfit(&self, deviations: &Deviations) -> bool {
        deviations.share() > MOST_OFF && deviations.n_off > SINGLE_EVENTS.min(self.n_checked - 1)
    }

    fn predicted(&self, residual: &Residual, deviations: &Deviations) -> PredictedBenchmark {
        let benchmark = &self.plan().benchmarks[residual.benchmark];
        let mut factors: Vec<f64> = residual.factors.iter().map(|factor| -factor).collect();
        factors[residual.benchmark] = 0.0;
        let mut itself = vec![0.0; factors.len()];
        itself[residual.benchmark] = 1.0;
        PredictedBenchmark {
            name: benchmark.name.clone(),
            theta: benchmark.theta.clone(),
            share: deviations.share(),
            rms: deviations.relative(),
            given: self.cross_section(&itself),
            predicted: self.cross_section(&factors),
            difference: self.cross_section(&residual.factors),
        }
    }

    /// The sum over events of weights at the benchmarks times factors, with its Monte Carlo error.
    fn cross_section(&self, factors: &[f64]) -> Mean {
        let all: Vec<usize> = (0..factors.len()).collect();
        Mean {
            value: factors.iter().zip(&self.sums).map(|(factor, sum)| factor * sum).sum(),
            standard_error: self.quadratic_form(factors, &all).sqrt(),
        }
    }
}

impl MorphingCheck {
    /// Returns true if redundant weights do not agree.
    pub fn is_misfit(&self) -> bool {
        self.cause.is_some()
    }

    /// Returns the note that nothing can be checked, if there are no redundant benchmarks.
    pub fn note(&self) -> Option<String> {
        (self.n_redundant == 0).then(|| {
            format!(
                "morphing with {} components cannot be checked: there are as many benchmarks as components; add one benchmark to check it",
                self.n_components
            )
        })
    }

    /// Returns what every result computed from these weights inherits, if they do not agree.
    pub fn caveat(&self) -> Option<Caveat> {
        let (worst, cause) = (self.worst.as_ref()?, self.cause.as_ref()?);
        Some(Caveat {
            kind: "morphing_misfit",
            message: format!(
                "the weights of events are not the polynomials of {} that morphing takes them to be ({} components, {} benchmarks): at the benchmark \
                 `{}`, {} of the events by weight differ from what the other benchmarks predict, by {} (RMS); its cross section is {} pb, and {} pb \
                 is predicted, a difference of {} pb in the same events; what follows from these weights at other parameters is wrong",
                listed(&self.parameters),
                self.n_components,
                self.n_benchmarks,
                worst.name,
                percent(worst.share),
                percent(worst.rms),
                section(worst.given),
                section(worst.predicted),
                section(worst.difference),
            ),
            remedy: self.remedy(cause),
        })
    }

    fn remedy(&self, cause: &MisfitCause) -> String {
        match cause {
            MisfitCause::Powers(powers) => format!(
                "declare {}, with which all benchmarks agree ({} components; `power` and `max_power` in an analysis, the maximal powers in MadMiner)",
                self.powers(powers),
                powers.n_components
            ),
            MisfitCause::Benchmark { name } => format!(
                "check the parameters and the weights of the benchmark `{name}`, without which the others agree; if they are right, declare higher \
                 powers, with more benchmarks"
            ),
            MisfitCause::Unknown { powers } => format!(
                "check the parameters and the weights of the benchmarks{}",
                powers.as_ref().map_or_else(String::new, |powers| format!(
                    "; if a parameter acts in production and in decay, declare {}: their {} components need {} benchmarks, one of them to check \
                     the others",
                    self.powers(powers),
                    powers.n_components,
                    powers.n_components + 1
                ))
            ),
        }
    }

    /// "powers up to 4 of a and 2 of b, 4 in all".
    fn powers(&self, powers: &Powers) -> String {
        let each = self.parameters.iter().zip(&powers.max_powers);
        let each: Vec<String> = each.map(|(name, power)| format!("{power} of {name}")).collect();
        match each.len() {
            1 => format!("powers up to {}", each[0]),
            _ => format!("powers up to {}, {} in all", listed(&each), powers.degree),
        }
    }
}

/// A cross section with its error, or with five digits where it has none.
fn section(Mean { value, standard_error }: Mean) -> String {
    match standard_error > 0.0 {
        true => value_with_error(value, standard_error),
        false => number(value, 5),
    }
}
