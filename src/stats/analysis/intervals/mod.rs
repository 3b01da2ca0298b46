//! Best fits and confidence intervals of one data set.

mod checks;
mod description;
mod run;

use std::path::PathBuf;

use serde::Serialize;

use super::{Analysis, CertifiedCoverage, DensitySettings, NamedConstraint, Warning};
use crate::inference::{FitResult, ParameterBox};
use motherlode_core::error::Result;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

pub use checks::check_levels;
use run::IntervalRun;

/// Settings of [`Analysis::infer`].
#[derive(Debug, Clone)]
pub struct IntervalSettings {
    /// Confidence levels.
    pub levels: Vec<f64>,
    /// Number of events that the observed ones represent: expected results from a large sample (the Asimov data set).
    pub expect: Option<f64>,
    /// Luminosity, in inverse units of the simulator's cross section; makes the number of events data, too.
    pub luminosity: Option<f64>,
    /// Number of toy data sets of each hypothesis, for regions without asymptotic formulae; for more than two free parameters, at each end of
    /// an interval, whose p-value is then computed without these formulae.
    pub toys: Option<usize>,
    /// Folder that stores the results of toys, so that an interrupted computation can resume; `true` deletes toys of other data or settings.
    pub toy_folder: Option<(PathBuf, bool)>,
    /// Seed of toys and bands.
    pub seed: u64,
    /// Densities of summaries.
    pub densities: DensitySettings,
}

impl Default for IntervalSettings {
    fn default() -> Self {
        Self {
            levels: vec![0.68, 0.95],
            expect: None,
            luminosity: None,
            toys: None,
            toy_folder: None,
            seed: 0,
            densities: DensitySettings::default(),
        }
    }
}

/// Best fits and confidence intervals by each estimator, with their assumptions and warnings.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Inference {
    /// Number and source of the observed events.
    pub about: String,
    /// Parameter box, constraints and simulated events on which the results rest.
    #[serde(rename = "premises")]
    pub assumptions: String,
    /// Number of observed events.
    pub n_events: usize,
    /// Number of events that they represent, for expected results.
    pub n_expected: Option<f64>,
    /// Luminosity, if the number of events counts as data.
    pub luminosity: Option<f64>,
    /// Names of the parameters, `[p]`.
    pub parameters: Vec<String>,
    /// The parameter box.
    #[serde(rename = "box")]
    pub parameter_box: ParameterBox,
    /// Confidence levels.
    #[serde(skip)]
    pub levels: Vec<f64>,
    /// Constraints from other measurements.
    pub constraints: Vec<NamedConstraint>,
    /// Measured coverage of the estimator; none if it was not trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertifiedCoverage>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Results by estimator; the first is by the estimator of the analysis.
    pub answers: Vec<FitResult>,
}

impl Analysis<'_> {
    /// Infers parameters from the observed events: best fit, errors, and confidence intervals of each parameter.
    ///
    /// The result also has fits by a histogram of observables, if [requested](DensitySettings::histogram), and by the exact likelihood, if
    /// the simulator has one.
    ///
    /// # Errors
    /// If an input is missing or out of range (see the message), a simulation or a fit fails, or `progress` stops it.
    pub fn infer(&self, settings: &IntervalSettings, progress: &dyn Progress) -> Result<Inference> {
        self.interruptible(progress, |analysis| analysis.inference(settings, progress))
    }

    fn inference(&self, settings: &IntervalSettings, progress: &dyn Progress) -> Result<Inference> {
        let run = IntervalRun::new(self, settings)?;
        run.check()?;
        let estimator = self.estimator()?;
        let densities = &settings.densities;
        let uses_histograms = estimator.as_ratio().is_none() || !densities.histogram.is_empty();
        let uses_pool = uses_histograms || settings.toys.is_some();
        let mut warnings = self.warnings_of_observations(settings.expect.is_some())?;
        warnings.extend(Warning::of_training(estimator, None));
        warnings.extend(Warning::few_training_points(estimator));
        warnings.extend(self.pool_warning.clone().filter(|_| uses_pool));
        if let (Some(pool), true) = (self.pool, settings.toys.is_some()) {
            warnings.extend(Warning::shared_negative_weights(pool)?);
        }
        if uses_histograms {
            let wanted = densities.summary.events as f64;
            let stored = self.pool.and_then(|pool| pool.n_effective(&run.parameter_box.middle()));
            let simulated = stored.map_or(wanted, |stored| wanted.min(stored));
            warnings.extend(Warning::few_simulated_events(simulated, run.counted()));
        }
        warnings.extend(Warning::few_training_rows(self.estimator()?, run.counted()));
        let mut answers = Vec::new();
        let of_estimator = self.ratios_of_estimator(&run.parameter_box, densities, progress)?;
        answers.push(run.answer(of_estimator, Some("toys.jsonl"), &mut warnings, progress)?);
        if let Some(of_histogram) = self.ratios_of_histogram(&run.parameter_box, densities, progress)? {
            answers.push(run.answer(of_histogram, Some("toys-of-histogram.jsonl"), &mut warnings, progress)?);
        }
        if let Some(truth) = self.simulator.and_then(Instrumented::truth) {
            let name = Estimator::name(&truth);
            answers.push(run.fit(&name, &truth, None, progress)?);
        }
        if settings.expect.is_some() && answers.iter().any(|answer| answer.bands.is_empty()) {
            warnings.extend(run.no_bands());
        }
        let certificate = CertifiedCoverage::new(estimator, run.counted());
        let without_toys = certificate.as_ref().filter(|_| settings.toys.is_none());
        warnings.extend(without_toys.and_then(Warning::coverage_of_fewer_events));
        Ok(Inference {
            about: run.about(),
            assumptions: run.assumptions(uses_pool),
            n_events: run.observations.n_events(),
            n_expected: settings.expect,
            luminosity: settings.luminosity,
            parameters: run.parameters.clone(),
            constraints: run.named_constraints(),
            levels: settings.levels.clone(),
            certificate,
            parameter_box: run.parameter_box,
            warnings,
            answers,
        })
    }
}
