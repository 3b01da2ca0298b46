//! Statements of a certificate about the intervals of a data set.

use serde::Serialize;

use motherlode_core::Estimator;
use motherlode_core::certificate::SizeCoverage;
use motherlode_core::format::{percent, percent_with_error};

/// Measured coverage of an estimator, for data sets of a size near that of the observed one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CertifiedCoverage {
    /// Number of observed events, or of expected ones.
    pub observed: f64,
    /// Coverage for the nearest size of data sets, of the member of an ensemble that covers least; none if it was not measured.
    pub coverage: Option<SizeCoverage>,
    /// The statement in words.
    pub statement: String,
}

impl CertifiedCoverage {
    /// Returns what is certified of intervals from this many events; none for an estimator that was not trained.
    pub fn new(estimator: &dyn Estimator, observed: f64) -> Option<Self> {
        estimator.training_events()?;
        let certificates = estimator.certificates();
        let coverage = certificates.iter().filter_map(|one| one.nearest(observed));
        let least = |entry: &&SizeCoverage| entry.regions.first().map_or(1.0, |region| region.coverage());
        let coverage = coverage.min_by(|a, b| least(a).total_cmp(&least(b))).cloned();
        let statement = match &coverage {
            Some(entry) => measured(entry, observed, certificates.len()),
            None => {
                let why = certificates.iter().find_map(|one| one.limitation.as_deref());
                let why = why.map_or_else(String::new, |why| format!(" ({why})"));
                format!("the coverage of this model was not measured{why}: `diagnose` measures it")
            }
        };
        Some(Self {
            observed,
            coverage,
            statement,
        })
    }

    /// The name of an interval of this level: with what it covers, where that is less.
    pub fn name_of(&self, level: f64) -> String {
        let region = self.coverage.as_ref().filter(|entry| !entry.is_undecided());
        match region
            .and_then(|entry| entry.at(level))
            .filter(|region| region.is_too_small())
        {
            Some(region) => format!(
                "nominal {}, covers {}",
                percent(level),
                percent_with_error(region.coverage(), region.standard_error())
            ),
            None => percent(level),
        }
    }
}

fn measured(entry: &SizeCoverage, observed: f64, networks: usize) -> String {
    let member = if networks > 1 {
        ", the member that covers least"
    } else {
        ""
    };
    let nearest = match entry.events as f64 == observed {
        true => String::new(),
        false => format!(", the size nearest to {observed} events"),
    };
    format!("{entry}{nearest}{member}")
}
