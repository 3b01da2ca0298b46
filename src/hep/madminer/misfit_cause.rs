//! Why weights are no polynomials of the declared components: too small powers, or a single wrong benchmark.

use serde::Serialize;

use super::morphing_checker::{MorphingChecker, ROUNDING, TOLERANCE};
use super::redundancy::{Redundancy, Residual};

/// A cause takes residuals away if less than this share of them is left.
const LEFT: f64 = 1e-2;
/// Powers that are tried above those declared: of one more operator, or of a coupling that acts in production and in decay.
const MORE_POWERS: [u32; 2] = [1, 2];
/// Most benchmarks that are left out in turn.
const MOST_LEFT_OUT: usize = 100;
/// Most components that are counted.
const MOST_COMPONENTS: usize = 10_000;

/// Probable cause of weights that are no polynomials of the declared components.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MisfitCause {
    /// With these powers, the weights at all benchmarks agree.
    Powers(Powers),
    /// Without this benchmark, the weights at the others agree.
    Benchmark {
        /// Name of the benchmark.
        name: String,
    },
    /// Neither, as far as these benchmarks show.
    Unknown {
        /// The powers that a coupling in production and in decay leads to, if they need more benchmarks than there are.
        powers: Option<Powers>,
    },
}

/// Powers of the parameters in a polynomial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Powers {
    /// Largest power of each parameter, `[p]`.
    pub max_powers: Vec<u32>,
    /// Largest power of all parameters together.
    pub degree: u32,
    /// Number of components with these powers.
    pub n_components: usize,
}

impl MisfitCause {
    pub(super) fn of(checker: &MorphingChecker) -> Self {
        let declared = Declared::new(&checker.plan().components);
        if let Some(powers) = declared.raised(checker) {
            return Self::Powers(powers);
        }
        match wrong_benchmark(checker) {
            Some(name) => Self::Benchmark { name },
            None => Self::Unknown {
                powers: declared
                    .doubled()
                    .filter(|powers| powers.n_components >= checker.plan().benchmarks.len()),
            },
        }
    }
}

/// Powers of the declared components.
struct Declared<'a> {
    components: &'a [Vec<u32>],
    max_powers: Vec<u32>,
    degree: u32,
}

impl<'a> Declared<'a> {
    fn new(components: &'a [Vec<u32>]) -> Self {
        let p = components.first().map_or(0, Vec::len);
        let largest = |i: usize| components.iter().map(|powers| powers[i]).max().unwrap_or(0);
        Self {
            components,
            max_powers: (0..p).map(largest).collect(),
            degree: components.iter().map(|powers| total(powers)).max().unwrap_or(0),
        }
    }

    /// The fewest components with higher powers that all benchmarks agree with, where at least one benchmark is redundant.
    fn raised(&self, checker: &MorphingChecker) -> Option<Powers> {
        let points: Vec<&[f64]> = checker
            .plan()
            .benchmarks
            .iter()
            .map(|one| one.theta.as_slice())
            .collect();
        let all: Vec<usize> = (0..points.len()).collect();
        let mut candidates: Vec<(Powers, Vec<Vec<u32>>)> = MORE_POWERS
            .iter()
            .flat_map(|more| self.candidates(*more))
            .filter_map(|(max_powers, degree)| self.components_with(max_powers, degree, points.len() - 1))
            .collect();
        candidates.sort_by_key(|(powers, _)| powers.n_components);
        let agrees = |components: &[Vec<u32>]| {
            let found = Redundancy::new(components, &points);
            found.is_some_and(|found| found.rank == components.len() && checker.agrees(&found.residuals, &all))
        };
        let found = candidates.into_iter().find(|(_, components)| agrees(components));
        found.map(|(powers, _)| powers)
    }

    /// Largest powers with `more` in all alone, of one parameter, or of each.
    fn candidates(&self, more: u32) -> Vec<(Vec<u32>, u32)> {
        let degree = self.degree.saturating_add(more);
        let raised = |is_raised: &dyn Fn(usize) -> bool| -> Vec<u32> {
            let powers = self.max_powers.iter().enumerate();
            powers
                .map(|(i, power)| power.saturating_add(if is_raised(i) { more } else { 0 }))
                .collect()
        };
        let single = (0..self.max_powers.len()).map(|k| (raised(&|i| i == k), degree));
        let mut all = vec![(raised(&|_| false), degree), (raised(&|_| true), degree)];
        all.extend(single);
        all
    }

    /// The declared components and those of larger powers; `None` if there are no new ones, or more than `most`.
    fn components_with(&self, max_powers: Vec<u32>, degree: u32, most: usize) -> Option<(Powers, Vec<Vec<u32>>)> {
        let mut components = monomials_within(&max_powers, degree, most)?;
        components.extend(self.components.iter().cloned());
        components.sort();
        components.dedup();
        let n_components = components.len();
        let is_new = n_components > self.components.len() && n_components <= most;
        is_new.then(|| {
            let powers = Powers {
                max_powers,
                degree,
                n_components,
            };
            (powers, components)
        })
    }

    /// Powers of a coupling that acts in production and in decay.
    fn doubled(&self) -> Option<Powers> {
        let max_powers: Vec<u32> = self.max_powers.iter().map(|power| power.saturating_mul(2)).collect();
        let found = self.components_with(max_powers, self.degree.saturating_mul(2), MOST_COMPONENTS);
        found.map(|(powers, _)| powers)
    }
}

fn total(powers: &[u32]) -> u32 {
    powers.iter().fold(0, |sum, power| sum.saturating_add(*power))
}

/// All monomials with these powers; `None` if there are more than `most`.
fn monomials_within(max_powers: &[u32], degree: u32, most: usize) -> Option<Vec<Vec<u32>>> {
    let mut all: Vec<Vec<u32>> = vec![Vec::new()];
    for power in max_powers {
        let highest = (*power).min(degree);
        if highest as usize >= most {
            return None;
        }
        let longer = |powers: &Vec<u32>| -> Vec<Vec<u32>> {
            let left = degree - total(powers);
            (0..=highest.min(left))
                .map(|power| [powers.as_slice(), &[power]].concat())
                .collect()
        };
        all = all.iter().flat_map(longer).collect();
        if all.len() > most {
            return None;
        }
    }
    Some(all)
}

/// The only benchmark without which the others agree.
fn wrong_benchmark(checker: &MorphingChecker) -> Option<String> {
    let plan = checker.plan();
    if plan.benchmarks.len() > MOST_LEFT_OUT {
        return None;
    }
    let agree_without = |left_out: &usize| {
        let others: Vec<usize> = (0..plan.benchmarks.len()).filter(|b| b != left_out).collect();
        let points: Vec<&[f64]> = others.iter().map(|b| plan.benchmarks[*b].theta.as_slice()).collect();
        let found = Redundancy::new(&plan.components, &points);
        found.is_some_and(|found| found.rank == plan.components.len() && checker.agrees(&found.residuals, &others))
    };
    let mut found = (0..plan.benchmarks.len()).filter(agree_without);
    let (first, second) = (found.next()?, found.next());
    second.is_none().then(|| plan.benchmarks[first].name.clone())
}

impl MorphingChecker {
    /// Returns true if there are residuals, and they are as small as rounding leaves them, or hardly anything of those declared. The benchmarks
    /// of the residuals are numbered in `benchmarks`.
    fn agrees(&self, residuals: &[Residual], benchmarks: &[usize]) -> bool {
        let declared = self.deviations.iter().map(|one| one.relative()).fold(0.0, f64::max);
        let is_small = |residual: &Residual| {
            let square = self.quadratic_form(&residual.factors, benchmarks);
            let size = |b: usize| self.product(b, b).sqrt();
            let terms: f64 = residual
                .factors
                .iter()
                .zip(benchmarks)
                .map(|(f, b)| f.abs() * size(*b))
                .sum();
            let allowed = (TOLERANCE.max(LEFT * declared) * size(benchmarks[residual.benchmark])).max(ROUNDING * terms);
            square <= allowed * allowed
        };
        !residuals.is_empty() && residuals.iter().all(is_small)
    }

    /// Σ(f·w)² over the events that were looked at, with factors on the weights at some benchmarks.
    pub(super) fn quadratic_form(&self, factors: &[f64], benchmarks: &[usize]) -> f64 {
        let all = || factors.iter().zip(benchmarks);
        let row = |(f, i): (&f64, &usize)| f * all().map(|(g, j)| g * self.product(*i, *j)).sum::<f64>();
        all().map(row).sum::<f64>().max(0.0)
    }

    fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i.min(j) * self.sums.len() + i.max(j)]
    }
}
