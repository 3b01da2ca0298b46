//! Selection of events of a file, and the factors on their weights.

use std::path::Path;

use super::Setup;
use super::generation_counts::GenerationCounts;
use motherlode_core::dataset::Portion;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{exact_point, point};

/// Selection of events of a file.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Selection {
    /// Portion of the rows.
    pub portion: Portion,
    /// Only events generated at the parameter point nearest to this one, and background: MadMiner's default, which leaves out
    /// most of the file. Otherwise all samples are merged, each with its share of the signal.
    pub nearest_to: Option<Vec<f64>>,
}

impl Selection {
    /// Selects a portion of the rows.
    pub fn with_portion(mut self, portion: Portion) -> Self {
        self.portion = portion;
        self
    }

    /// Selects the events generated at the parameter point nearest to `theta`, and background.
    pub fn with_nearest_to(mut self, theta: Vec<f64>) -> Self {
        self.nearest_to = Some(theta);
        self
    }

    /// The error of a file in which nothing is selected.
    pub(super) fn found_nothing(&self, path: &Path) -> Error {
        let portion = self.portion;
        let what = match &self.nearest_to {
            None => format!("has no events in the portion {portion}"),
            Some(theta) => format!(
                "has no events in the portion {portion} that were generated at the benchmark nearest to {}: merge all of its samples instead",
                point(theta)
            ),
        };
        Error::file(path, what)
    }

    /// Returns the function that gives the factor on the weights of a row; `None` if the row is not selected.
    ///
    /// Events that were generated at unknown points are all treated alike.
    pub(super) fn factor(
        &self,
        setup: &Setup,
        summary: &GenerationCounts,
    ) -> Result<impl Fn(usize, Option<Option<usize>>) -> Option<f64> + use<>> {
        let (rows, share) = self.portion.rows(summary.n_events);
        let nearest = self.nearest_to.as_deref().map(|theta| nearest(setup, summary, theta));
        let nearest = nearest.transpose()?.flatten();
        let all: f64 = summary.signal_events.iter().sum();
        let merged: Vec<f64> = summary.signal_events.iter().map(|n| n / all).collect();
        Ok(move |row, sampled: Option<Option<usize>>| match (sampled, nearest) {
            _ if !rows.contains(&row) => None,
            (None | Some(None), _) => Some(share),
            (Some(at), Some(_)) => (at == nearest).then_some(share),
            (Some(Some(at)), None) => Some(share * merged[at]),
        })
    }
}

/// The nearest of the parameter points at which events were generated; none, if the file does not say where they were.
fn nearest(setup: &Setup, summary: &GenerationCounts, theta: &[f64]) -> Result<Option<usize>> {
    if theta.len() != setup.parameters.len() {
        return Err(Error::usage(format!(
            "the nearest parameter point to {} was asked for, and there are {} parameters",
            exact_point(theta),
            setup.parameters.len()
        )));
    }
    let distance = |at: &[f64]| -> f64 { at.iter().zip(theta).map(|(a, b)| (a - b).powi(2)).sum() };
    Ok(setup
        .physical()
        .filter(|(b, _)| summary.signal_events[*b] > 0.0)
        .min_by(|(_, a), (_, b)| distance(&a.theta).total_cmp(&distance(&b.theta)))
        .map(|(b, _)| b))
}
