//! Proposal of the benchmarks at which a generator has to weight events.

use std::path::Path;

use super::config::AnalysisConfig;
use crate::madminer::{BasisSearch, Benchmark, Morphing, Setup};
use motherlode_core::error::Result;

/// Parameters and benchmarks of an analysis, completed to a basis for morphing.
#[derive(Debug, Clone)]
pub struct BenchmarkPlan {
    /// Parameters, and benchmarks as far as the analysis has them.
    pub setup: Setup,
    /// Benchmarks that are missing for a basis, where weights between them have small errors.
    pub proposed: Vec<Benchmark>,
    /// Morphing with both.
    pub morphing: Morphing,
    /// The mean of the squared weights of the basis points over the ranges of the parameters: by as much the variance of a cross section is
    /// larger than at a benchmark.
    pub mean_squared_weight: f64,
}

impl BenchmarkPlan {
    /// Reads parameters and benchmarks of an analysis, whose samples need not be there, and completes the benchmarks.
    ///
    /// # Errors
    /// If it cannot be understood, or its benchmarks are degenerate: says the condition number.
    pub fn read(path: &Path, search: BasisSearch) -> Result<Self> {
        let config = AnalysisConfig::read(path)?;
        let setup = config.theory(path.parent().unwrap_or(Path::new("")))?;
        let ranges: Vec<(f64, f64)> = setup.parameters.iter().map(|parameter| parameter.range).collect();
        let components = match &setup.morphing {
            Some(morphing) => morphing.components().to_vec(),
            None => config.monomials(&setup.parameters),
        };
        let points: Vec<&[f64]> = setup
            .physical()
            .map(|(_, benchmark)| benchmark.theta.as_slice())
            .collect();
        let fixed = &points[..points.len().min(components.len())];
        let (found, completed) = Morphing::completed(components, &ranges, fixed, search)?;
        let proposed = found
            .into_iter()
            .enumerate()
            .skip(fixed.len())
            .map(|(i, theta)| Benchmark {
                name: format!("basis_{i}"),
                theta,
                is_nuisance: false,
                is_reference: false,
            });
        // Several bases of a file are better than the one that can be made of their first points.
        let morphing = setup.morphing.clone().unwrap_or(completed);
        Ok(Self {
            proposed: proposed.collect(),
            mean_squared_weight: morphing.mean_squared_weight(&ranges)?,
            morphing,
            setup,
        })
    }
}
