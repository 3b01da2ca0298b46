//! Checks before an inference, and warnings after it.

use super::super::Warning;
use super::super::certified::checked_at_edge;
use super::IntervalSettings;
use super::run::IntervalRun;
use crate::inference::{FitResult, LikelihoodScan, critical_value};
use motherlode_core::cost::{Cost, check_count};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;

/// Most events for histograms, and bytes of one, about.
const MOST_POOL: u64 = 100_000_000;
const POOL_BYTES: f64 = 100.0;
/// Most toys at a hypothesis of the grid.
const MOST_TOYS: u64 = 1_000_000;
/// Smallest expected number of toys beyond the highest confidence level.
const MIN_TOYS_BEYOND: f64 = 5.0;
/// Largest deviation of the number of events from the expected one, in standard deviations, without a warning.
const MAX_COUNT_DEVIATION: f64 = 5.0;

/// Highest confidence level: ln L is computed within six standard deviations.
const HIGHEST_LEVEL: f64 = 0.999_999_98;

/// Checks that confidence levels lie between 0 and 1, and within what is computed of ln L.
///
/// # Errors
/// Names the one that does not.
pub fn check_levels(levels: &[f64]) -> Result<()> {
    levels.iter().try_for_each(|&level| match level > HIGHEST_LEVEL && level < 1.0 {
        true => Err(Error::usage(format!(
            "a confidence level of {level} is beyond six standard deviations, within which ln L is computed: give {HIGHEST_LEVEL} at most"
        ))),
        false => critical_value(level, 1).map(|_| ()),
    })
}

impl IntervalRun<'_> {
    /// Checks the settings before the computation starts.
    pub(super) fn check(&self) -> Result<()> {
        let IntervalSettings {
            toys,
            expect,
            luminosity,
            levels,
            ..
        } = self.settings;
        check_levels(levels)?;
        let pool = self.settings.densities.summary.events as u64;
        check_count("events for histograms", pool, MOST_POOL, Cost::Bytes(POOL_BYTES))?;
        if let Some(toys) = *toys {
            if !self.constraints.is_empty() {
                return Err(Error::usage(
                    "toys do not include constraints from other measurements: leave out --toys, or add --unconstrained",
                ));
            }
            if expect.is_some() || luminosity.is_some() {
                return Err(Error::usage(
                    "toys have as many events as were observed: leave out either --toys, or --expect and --luminosity",
                ));
            }
            check_count("toys", toys as u64, MOST_TOYS, Cost::Seconds(1e-4))?;
            let highest = levels.iter().copied().fold(0.0, f64::max);
            let needed = (MIN_TOYS_BEYOND / (1.0 - highest)).ceil();
            if (toys as f64) < needed {
                return Err(Error::usage(format!(
                    "--toys {toys}: a confidence level of {highest} takes {needed} at least"
                )));
            }
        }
        match *luminosity {
            Some(luminosity) if !(luminosity > 0.0 && luminosity.is_finite()) => Err(Error::usage(format!(
                "--luminosity {luminosity}: give a number above 0, in inverse units of the simulator's cross-section",
                luminosity = exact(luminosity)
            ))),
            Some(luminosity) => {
                let middle = self.parameter_box.middle();
                self.analysis.expected_count(luminosity, &middle).map(|_| ())
            }
            None => Ok(()),
        }
    }

    /// Warnings about a best fit at an edge, or far from the number of events.
    pub(super) fn fit_warnings(&self, answer: &FitResult) -> Result<Vec<Warning>> {
        let best = &answer.estimate.best;
        let mut warnings = Vec::new();
        if !best.at_edge.is_empty() {
            warnings.push(Warning::BestFitAtEdge {
                estimator: answer.name.clone(),
                parameters: best.at_edge.iter().map(|&k| self.parameters[k].clone()).collect(),
                checked: checked_at_edge(self.analysis.estimator()?, self.observations.x()),
            });
        }
        if let Some(luminosity) = self.settings.luminosity {
            let expected = self.analysis.expected_count(luminosity, &best.theta)?;
            let counted = self.counted();
            if (counted - expected).abs() > MAX_COUNT_DEVIATION * expected.sqrt() {
                warnings.push(Warning::UnexpectedCount {
                    estimator: answer.name.clone(),
                    expected,
                    counted,
                });
            }
        }
        Ok(warnings)
    }

    pub(super) fn no_bands(&self) -> Option<Warning> {
        let available = self.observations.n_events();
        let needed = LikelihoodScan::BAND_SAMPLE_FACTOR * self.settings.expect?;
        if self.parameter_box.dimensions() > 2 {
            return Some(Warning::NoBandsForManyParameters);
        }
        if self.observations.weights().is_some() {
            return Some(Warning::NoBandsForWeightedEvents);
        }
        (needed > available as f64).then_some(Warning::NoBandsForFewEvents { needed, available })
    }
}
