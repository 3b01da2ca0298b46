//! Benchmarks beside others, from which derivatives are taken where there is no morphing.

use ndarray::{Array1, Array2, Axis};

use super::setup::{Benchmark, find};
use super::tables::Tables;
use super::{EventFile, Selection};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{exact, exact_point};

/// Largest deviation of a shifted benchmark from base + ε, relative to ε; derivatives are as much off.
const SHIFT_TOLERANCE: f64 = 1e-6;

/// Derivatives at some benchmarks: the difference of the weights at the shifted and at the base benchmark, over the shift.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteDifferences {
    /// The shift ε of a parameter, in its unit.
    pub epsilon: f64,
    /// The base benchmarks, each with the benchmark at +ε in each parameter, `[p]`.
    pub shifted: Vec<(usize, Vec<usize>)>,
}

impl FiniteDifferences {
    /// Reads the differences; `None` if the file has none.
    pub(super) fn read(tables: &Tables, p: usize, benchmarks: &[Benchmark]) -> Result<Option<Self>> {
        const GROUP: &str = "finite_differences";
        const SHIFTED: &str = "finite_differences/shifted_benchmarks";
        const EPSILON: &str = "finite_differences/epsilon";
        let bases = tables.words("finite_differences/base_benchmarks")?.unwrap_or_default();
        if bases.is_empty() {
            return Ok(None);
        }
        let shifted = tables.needed(SHIFTED, tables.words_of(SHIFTED, bases.len() * p)?)?;
        let epsilon = tables.needed(EPSILON, tables.finite(EPSILON, &[])?)?[0];
        if epsilon == 0.0 {
            return Err(tables.wrong(EPSILON, "is 0: derivatives need a shift"));
        }
        let numbers = |names: &[String]| -> Result<Vec<usize>> {
            let numbers = names.iter().map(|name| find(tables, GROUP, benchmarks, name));
            numbers.collect()
        };
        let shifted = numbers(&bases)?
            .into_iter()
            .zip(shifted.chunks_exact(p))
            .map(|(base, names)| Ok((base, numbers(names)?)))
            .collect::<Result<_>>()?;
        let found = Self { epsilon, shifted };
        match found.contradiction(benchmarks) {
            None => Ok(Some(found)),
            Some(what) => Err(tables.wrong(SHIFTED, &what)),
        }
    }

    /// Describes a benchmark that is not where the shift says, so that its difference over ε is no derivative.
    fn contradiction(&self, benchmarks: &[Benchmark]) -> Option<String> {
        let pairs = self.shifted.iter().flat_map(|(base, shifted)| {
            let shifted = shifted.iter().enumerate();
            shifted.map(|(i, at)| (&benchmarks[*base], i, &benchmarks[*at]))
        });
        let mut wrong = pairs.filter(|(base, i, shifted)| !self.is_shift(base, *i, shifted));
        wrong.next().map(|(base, i, shifted)| {
            let mut needed = base.theta.clone();
            needed[i] += self.epsilon;
            format!(
                "names `{}` at {} as the benchmark `{}` at {} with parameter {i} (counted from 0) shifted by the `epsilon` {}, which is at {}: derivatives \
                 would be wrong; write the shift that the benchmarks have, or set the finite differences up again in MadMiner",
                shifted.name,
                exact_point(&shifted.theta),
                base.name,
                exact_point(&base.theta),
                exact(self.epsilon),
                exact_point(&needed)
            )
        })
    }

    /// Returns true if two parameter points differ by ε in parameter `i`, and in no other.
    fn is_shift(&self, base: &Benchmark, i: usize, shifted: &Benchmark) -> bool {
        let near = |(j, (from, to)): (usize, (&f64, &f64))| {
            let step = if j == i { self.epsilon } else { 0.0 };
            // Values in a file are rounded, which small shifts of large parameters notice.
            let rounding = 4.0 * f64::EPSILON * from.abs().max(to.abs());
            (to - from - step).abs() <= SHIFT_TOLERANCE * self.epsilon.abs() + rounding
        };
        let is_point = !base.is_nuisance && !shifted.is_nuisance;
        is_point && base.theta.iter().zip(&shifted.theta).enumerate().all(near)
    }
}

/// Events with their weights and derivatives at one benchmark, in pb.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkEvents {
    /// Observations, `[n, m]`.
    pub x: Array2<f64>,
    /// Weights, `[n]`.
    pub weights: Array1<f64>,
    /// Their gradients to the parameters of the theory, `[n, p]`, with an error of the order of the shift.
    pub gradients: Array2<f64>,
}

impl BenchmarkEvents {
    /// Events of a file, at a benchmark from which others are shifted; at one of these the gradient is taken to be the same.
    ///
    /// # Errors
    /// If the file has no events, derivatives are not known at this benchmark, or nothing was selected.
    pub fn new(file: &EventFile, benchmark: &str, selection: &Selection) -> Result<Self> {
        let (setup, samples) = (&file.setup, file.samples()?);
        let at = setup.benchmark(benchmark);
        let all = setup.finite_differences.iter().flat_map(|all| &all.shifted);
        let known = all
            .clone()
            .find(|(base, shifted)| at.is_some_and(|at| at == *base || shifted.contains(&at)));
        let (Some(at), Some((base, shifted)), Some(differences)) = (at, known, &setup.finite_differences) else {
            let known: Vec<String> = all
                .map(|(base, _)| format!("`{}`", setup.benchmarks[*base].name))
                .collect();
            let what = format!(
                "knows no derivatives at `{benchmark}` from finite differences; {}",
                match known.len() {
                    0 => "it has no shifted benchmarks at all (`finite_differences` in MadMiner)".into(),
                    _ => format!("they are known at {}", known.join(", ")),
                }
            );
            return Err(Error::file(&file.path, what));
        };
        let factor = selection.factor(setup, &samples.summary())?;
        let sampled = |row: usize| samples.sampling_benchmarks.as_ref().map(|all| all[row]);
        let selected = (0..samples.n_events()).filter_map(|row| Some((row, factor(row, sampled(row))?)));
        let (rows, factors): (Vec<usize>, Vec<f64>) = selected.unzip();
        if rows.is_empty() {
            return Err(selection.found_nothing(&file.path));
        }
        let weight = |event: usize, b: usize| factors[event] * samples.weights[[rows[event], b]];
        let gradient = |(event, i)| (weight(event, shifted[i]) - weight(event, *base)) / differences.epsilon;
        Ok(Self {
            x: samples.observations.select(Axis(0), &rows),
            weights: (0..rows.len()).map(|event| weight(event, at)).collect(),
            gradients: Array2::from_shape_fn((rows.len(), shifted.len()), gradient),
        })
    }

    /// The joint score ∇w/w − ∇σ/σ, `[n, p]`; 0 for events that cannot happen, with a weight that is not positive.
    pub fn scores(&self) -> Array2<f64> {
        let total = self.weights.sum();
        let mean = self.gradients.sum_axis(Axis(0)) / total;
        let mut scores = self.gradients.clone();
        for (mut score, weight) in scores.outer_iter_mut().zip(&self.weights) {
            match *weight > 0.0 {
                true => score.zip_mut_with(&mean, |gradient, mean| *gradient = *gradient / weight - mean),
                false => score.fill(0.0),
            }
        }
        scores
    }
}
