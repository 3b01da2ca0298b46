//! Benchmarks beside others, from which derivatives are taken where there is no morphing.

use super::setup::{Benchmark, find};
use super::tables::Tables;
use crate::error::Result;

/// Derivatives at some benchmarks: the difference of the weights at the shifted and at the base benchmark, over the shift.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteDifferences {
    /// The shift ε of a parameter, in its unit.
    pub epsilon: f64,
    /// The base benchmarks, each with the benchmark at +ε in each parameter, `[p]`.
    pub shifted: Vec<(usize, Vec<usize>)>,
}

impl FiniteDifferences {
    /// Nothing, if the file has none.
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
        Ok(Some(Self { epsilon, shifted }))
    }
}
