//! Assignment of the weights of an event to the benchmarks.

use std::path::Path;

use super::config::{Combination, SampleConfig};
use super::variations::{Shift, Variation};
use crate::lhe::{Event, EventReader};
use crate::madminer::Setup;
use motherlode_core::error::{Error, Result, listed};

/// Origin of the weight at a benchmark.
#[derive(Debug, Clone, Copy, PartialEq)]
enum WeightSource {
    /// The first weight of the event.
    First,
    /// A named weight of the event.
    Other(usize),
    /// Systematic variation: a named weight, rescaled to the reference.
    AtReference(usize),
    /// Systematic variation: a factor on the weight at the reference.
    Factor(f64),
    /// Systematic variation: the spread of several named weights.
    Spread(usize),
}

/// The weights of a sample's events at all benchmarks.
#[derive(Debug, Clone)]
pub(super) struct WeightColumns {
    sources: Vec<WeightSource>,
    /// The members of each set of parton densities that is combined, and how.
    sets: Vec<(Vec<usize>, Combination)>,
    reference: usize,
    /// Factor on the weights of the file.
    factor: f64,
}

/// Printed weights agree to this, relatively, where they are the same.
const PRINTED: f64 = 1e-4;

/// The first weight of an event is that of the benchmark at which it was generated; where this one has a weight by name, the two agree.
fn check_sampled(path: &Path, reader: &EventReader, first: &Event, name: &str) -> Result<()> {
    let named: Vec<(&str, f64)> = reader
        .weight_names()
        .iter()
        .map(String::as_str)
        .zip(first.weights.iter().copied())
        .collect();
    let is_first = |weight: f64| (weight - first.weight).abs() <= PRINTED * first.weight.abs();
    match named
        .iter()
        .find(|(known, weight)| *known == name && !is_first(*weight))
    {
        None => Ok(()),
        Some((_, weight)) => {
            let candidates: Vec<String> = named
                .iter()
                .filter(|(_, weight)| is_first(*weight))
                .map(|(name, _)| (*name).to_owned())
                .collect();
            Err(Error::file(
                path,
                format!(
                    "was not generated at `{name}`: its first event has the weight {weight:?} there, and {:?} where it was generated, \
                     which is that of {}; add that benchmark to the analysis, and name it for the sample",
                    first.weight,
                    match candidates.as_slice() {
                        [] => "none of its weights".into(),
                        names => listed(names),
                    }
                ),
            ))
        }
    }
}

impl WeightColumns {
    /// Finds the weights; the first event has to be read, for some files declare none.
    ///
    /// # Errors
    /// If a weight is not there, or the first event shows that its sample was generated elsewhere than the analysis says.
    pub(super) fn new(
        path: &Path,
        reader: &EventReader,
        first: &Event,
        config: &SampleConfig,
        setup: &Setup,
        variations: &[(String, Vec<Variation>)],
        factor: f64,
    ) -> Result<Self> {
        let find = |name: &str| reader.weight_names().iter().position(|known| known == name);
        let missing = |benchmark: &str, name: &str| {
            Error::file(
                path,
                format!(
                    "has no weight `{name}` for the benchmark {benchmark}: its weights are {}; say [samples.weights] {benchmark} = \"NAME\" \
                     if it has another name, or reweight the events to this benchmark (`launch --rwgt_name={benchmark}` in MadGraph)",
                    match reader.weight_names() {
                        [] => "none".into(),
                        names => listed(names),
                    }
                ),
            )
        };
        let sampled = config.benchmark.as_deref().and_then(|name| setup.benchmark(name));
        let mut sources = Vec::new();
        for (b, benchmark) in setup.physical() {
            let name = config.weights.get(&benchmark.name).unwrap_or(&benchmark.name);
            if sampled == Some(b) {
                check_sampled(path, reader, first, name)?;
            }
            sources.push(match config.background || sampled == Some(b) {
                true => WeightSource::First,
                false => WeightSource::Other(find(name).ok_or_else(|| missing(&benchmark.name, name))?),
            });
        }
        let mut sets = Vec::new();
        for (systematic, variations) in variations {
            for shift in variations
                .iter()
                .flat_map(|one| [Some(&one.positive), one.negative.as_ref()])
                .flatten()
            {
                sources.push(match shift {
                    Shift::Factor(factor) => WeightSource::Factor(*factor),
                    Shift::Spread(members, combination) => {
                        let find = |name: &String| find(name).ok_or_else(|| missing(systematic, name));
                        sets.push((members.iter().map(find).collect::<Result<_>>()?, *combination));
                        WeightSource::Spread(sets.len() - 1)
                    }
                    Shift::Named(name) => {
                        WeightSource::AtReference(find(name).ok_or_else(|| missing(systematic, name))?)
                    }
                });
            }
        }
        Ok(Self {
            sources,
            sets,
            reference: setup.reference(),
            factor,
        })
    }

    /// The weights of an event at all benchmarks in pb, times an efficiency; an error names a weight that the event does not have.
    pub(super) fn fill(&self, event: &Event, efficiency: f64, row: &mut Vec<f64>) -> Result<(), usize> {
        row.clear();
        let scale = self.factor * efficiency;
        let other = |at: usize| {
            let weight = event.weights.get(at).copied().filter(|weight| weight.is_finite());
            weight.ok_or(at)
        };
        for source in &self.sources {
            // Parameter points come first, so that the weight at the reference is known.
            let reference = row.get(self.reference).copied().unwrap_or(0.0);
            row.push(match *source {
                WeightSource::First => scale * event.weight,
                WeightSource::Other(at) => scale * other(at)?,
                WeightSource::AtReference(at) => match event.weight == 0.0 {
                    true => 0.0,
                    false => reference * other(at)? / event.weight,
                },
                WeightSource::Factor(factor) => factor * reference,
                WeightSource::Spread(set) => {
                    let (members, combination) = &self.sets[set];
                    let weights = members
                        .iter()
                        .map(|at| other(*at))
                        .collect::<Result<Vec<f64>, usize>>()?;
                    reference * (1.0 + spread(&weights, event.weight, *combination))
                }
            });
        }
        Ok(())
    }
}

/// One standard deviation of the weight of an event, relative to it, that the members of a set of parton densities tell.
///
/// # Source
/// Buckley et al. 2015 (LHAPDF 6, arXiv:1412.7420), on the uncertainties of replicas and of symmetric Hessian sets.
fn spread(members: &[f64], weight: f64, combination: Combination) -> f64 {
    if weight == 0.0 {
        return 0.0;
    }
    let n = members.len() as f64;
    let (centre, divisor) = match combination {
        Combination::Replicas => (members.iter().sum::<f64>() / n, (n - 1.0).max(1.0)),
        Combination::Hessian => (weight, 1.0),
    };
    let squares: f64 = members.iter().map(|member| (member - centre).powi(2)).sum();
    (squares / divisor).sqrt() / weight.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard deviation of replicas, and the quadratic sum of eigenvectors.
    #[test]
    fn members_make_one_standard_deviation() {
        let members = [1.1, 0.9, 1.2, 1.0];
        let replicas = spread(&members, 2.0, Combination::Replicas);
        assert!((replicas - (0.05f64 / 3.0).sqrt() / 2.0).abs() < 1e-12, "{replicas}");
        let hessian = spread(&members, -1.0, Combination::Hessian);
        let squares = members.map(|member: f64| (member + 1.0).powi(2)).iter().sum::<f64>();
        assert!((hessian - squares.sqrt()).abs() < 1e-12, "{hessian}");
        assert_eq!(spread(&members, 0.0, Combination::Hessian), 0.0);
    }
}
