//! Diagnosis of an estimator: coverage, ranks, bias, closure, calibration.

use ndarray::Array2;
use serde::Serialize;

use super::hypotheses::{known_ratio, parameter_box};
use super::{Analysis, GIVE_MEASURED, Warning};
use crate::diagnostics::{
    DiagnosedEstimator, DiagnosticResults, FitConvergence, FixedCoverage, LocalTest, Mean, PosteriorCheckSettings,
    PosteriorChecks, Reliability, TestEvents,
};
use motherlode_core::cost::{Cost, check_count};
use motherlode_core::error::{ErrorKind, Result};
use motherlode_core::progress::Phase;
use motherlode_core::{Check, Progress};

/// Number of growing data sets whose best fits are measured.
const CONVERGENCE_DATA_SETS: usize = 30;
/// Phases of progress: mining, posteriors, intervals, best fits.
const PHASES: u64 = 4;

/// Settings of [`Analysis::diagnose`].
#[derive(Debug, Clone)]
pub struct DiagnosisSettings {
    /// Number of data sets for coverage and ranks.
    pub pairs: usize,
    /// Number of events in each data set, unless observed events are given.
    pub events: usize,
    /// Number of held-out events for reweighting; 80 000, or fewer for large observations, if absent.
    pub held_out: Option<usize>,
    /// Largest number of events for the convergence of best fits; 0 leaves it out; 10 000 for one parameter and 1 000 for more if absent.
    pub converge: Option<usize>,
    /// The seed of the data sets.
    pub seed: u64,
}

/// Most data sets, events of one, and events of the largest one that is fitted.
const MOST_PAIRS: u64 = 1_000_000;
const MOST_EVENTS: u64 = 10_000_000;

impl DiagnosisSettings {
    /// Refuses numbers that would take days.
    fn check(&self) -> Result<()> {
        check_count("data sets", self.pairs as u64, MOST_PAIRS, Cost::Seconds(0.01))?;
        check_count(
            "events in each data set",
            self.events as u64,
            MOST_EVENTS,
            Cost::Seconds(1e-5),
        )?;
        let fitted = self.converge.unwrap_or(0) as u64;
        check_count("events of a data set to fit", fitted, MOST_EVENTS, Cost::Seconds(0.01))
    }
}

impl Default for DiagnosisSettings {
    fn default() -> Self {
        Self {
            pairs: 1_000,
            events: 10,
            held_out: None,
            converge: None,
            seed: 0,
        }
    }
}

/// The result of a diagnosis.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DiagnosisResult {
    /// Name of the estimator.
    pub method: String,
    /// Name of the simulator.
    pub simulator: String,
    /// Number of data sets that were drawn.
    pub pairs: usize,
    /// Number of events in each data set.
    pub events: usize,
    /// Mean information gain of a data set, in nats.
    pub learned: Option<f64>,
    /// The checks with their outcomes and remedies.
    pub checks: Vec<Check>,
    /// Number of events at which each parameter's bias is as large as its error.
    pub enough_events: Option<Vec<f64>>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Names of the free parameters.
    #[serde(skip)]
    pub parameters: Vec<String>,
    /// Coverage and ranks of posteriors; none if they could not be drawn.
    #[serde(skip)]
    pub posteriors: Option<PosteriorChecks>,
    /// Best fits of growing data sets.
    #[serde(skip)]
    pub convergence: Option<FitConvergence>,
    /// Calibration of probabilities.
    #[serde(skip)]
    pub reliability: Reliability,
}

/// Rows that a data set needs for each of its events, so that their fluctuations do not matter.
const ROWS_FOR_EACH_EVENT: usize = 10;

impl Analysis<'_> {
    /// Diagnoses the estimator on fresh data of the simulator: coverage and ranks of posteriors, intervals at fixed hypotheses, best fits of
    /// growing data sets, reweighting closure, calibration, mean score. With observed events, their posterior is tested as well.
    ///
    /// The simulator `Shift` draws measurements of θ with the error 1, and the estimator `Gauss` knows their ratios:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// use motherlode_stats::analysis::{Analysis, DiagnosisSettings};
    ///
    /// let settings = DiagnosisSettings { pairs: 100, held_out: Some(4_000), converge: Some(0), ..Default::default() };
    /// let result = Analysis::new(&Gauss).with_simulator(&Shift).diagnose(&settings, &())?;
    /// let gain = result.learned.unwrap(); // ln 10 − ½ ln(2πe/10) for 10 events and a prior of the width 10
    /// assert!((gain - 2.04).abs() < 0.2, "{gain}");
    /// # Ok::<(), motherlode_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an input is missing, the estimator knows no ratios, the simulator fails, or `progress` stops it.
    pub fn diagnose(&self, settings: &DiagnosisSettings, progress: &dyn Progress) -> Result<DiagnosisResult> {
        self.interruptible(progress, |analysis| analysis.diagnosis(settings, progress))
    }

    fn diagnosis(&self, settings: &DiagnosisSettings, progress: &dyn Progress) -> Result<DiagnosisResult> {
        let (estimator, simulator) = (self.estimator()?, self.simulator()?);
        let ratio = known_ratio(estimator)?;
        self.observations
            .map_or(Ok(()), |events| events.check_unweighted(GIVE_MEASURED))?;
        settings.check()?;
        let names: Vec<String> = simulator.parameters().into_iter().map(|one| one.name).collect();
        let observed = self.observations.map(|observations| observations.x().to_owned());
        let run = DiagnosisRun {
            diagnosed: DiagnosedEstimator {
                estimator: ratio,
                reference: &simulator.hypotheses()?.theta1,
                simulator,
                space: &parameter_box(self.edges.as_deref(), estimator, &names, Some(simulator))?,
            },
            plan: PosteriorCheckSettings {
                pairs: settings.pairs,
                events: observed.as_ref().map_or(settings.events, |x| x.nrows()),
                seed: settings.seed,
            },
            observed,
            converge: settings.converge,
        };
        progress.begin("checks");
        let n_held_out = settings
            .held_out
            .unwrap_or_else(|| TestEvents::default_events(simulator));
        let held_out = TestEvents::new(simulator, n_held_out, &Phase::new(progress, 0, PHASES))?;
        let data_set_checks = run.posteriors(progress)?;
        let free = run.diagnosed.space.free().iter();
        let free: Vec<String> = free.map(|&k| names[k].clone()).collect();
        let scores = match estimator.as_score() {
            Some(score) => names.into_iter().zip(held_out.mean_score(score)?).collect(),
            None => Vec::new(),
        };
        // The estimator has learned nothing about parameters that never varied.
        let scores: Vec<(String, Mean)> = scores.into_iter().filter(|(name, _)| free.contains(name)).collect();
        let reliability = held_out.reliability(ratio)?;
        let PosteriorCheckSettings { pairs, events, .. } = run.plan;
        let results = DiagnosticResults {
            parameters: &free,
            posteriors: data_set_checks.checks.as_ref(),
            fixed: data_set_checks.fixed.as_ref(),
            convergence: data_set_checks.convergence.as_ref().map(|found| (found, events)),
            local: data_set_checks.local.as_ref(),
            closure: Some(&held_out.ratio(ratio)?.closure),
            power: Some(held_out.baseline()?.ratio.closure.auc),
            reliability: Some(&reliability),
            scores: &scores,
            events,
            log_ratio_deviation: Some(held_out.log_ratio_deviation(ratio)?),
            not_checked: &data_set_checks.not_checked,
            spread: held_out.ensemble_spread(estimator)?,
        };
        let checks = results.checks();
        let sufficient = |convergence: &FitConvergence| (0..free.len()).map(|k| convergence.enough(k)).collect();
        Ok(DiagnosisResult {
            method: estimator.name(),
            simulator: simulator.label(),
            pairs,
            events,
            learned: data_set_checks.checks.as_ref().map(|checks| checks.learned),
            checks,
            enough_events: data_set_checks.convergence.as_ref().map(sufficient),
            parameters: free,
            posteriors: data_set_checks.checks,
            convergence: data_set_checks.convergence,
            reliability,
            warnings: Warning::of_training(estimator, None)
                .into_iter()
                .chain(Warning::examined_on_training_rows(estimator, simulator))
                .chain(Warning::few_rows_to_examine(
                    simulator,
                    n_held_out.max(ROWS_FOR_EACH_EVENT * events),
                ))
                .chain(Warning::shared_negative_weights(simulator)?)
                .collect(),
        })
    }
}

/// A diagnosis while it runs.
struct DiagnosisRun<'a> {
    diagnosed: DiagnosedEstimator<'a>,
    plan: PosteriorCheckSettings,
    observed: Option<Array2<f64>>,
    converge: Option<usize>,
}

/// Checks of posteriors, intervals and best fits.
#[derive(Default)]
struct DataSetChecks {
    checks: Option<PosteriorChecks>,
    local: Option<LocalTest>,
    fixed: Option<FixedCoverage>,
    convergence: Option<FitConvergence>,
    /// Names of checks that could not be made, with the reasons.
    not_checked: Vec<(String, String)>,
}

impl DataSetChecks {
    /// The result of a check of many parameters; where a computation has no result, that is said.
    fn found<T>(&mut self, name: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == ErrorKind::Numerical => {
                self.not_checked.push((name.to_owned(), error.to_string()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl DiagnosisRun<'_> {
    fn posteriors(&self, progress: &dyn Progress) -> Result<DataSetChecks> {
        let Self { diagnosed, plan, .. } = *self;
        let phase = |number| Phase::new(progress, number, PHASES);
        let mut found = DataSetChecks::default();
        found.checks = found.found("posteriors", PosteriorChecks::new(diagnosed, plan, &phase(1)))?;
        if let (Some(checks), Some(x)) = (&found.checks, &self.observed) {
            let local = checks.local(diagnosed, x.view(), plan.seed, &phase(1));
            found.local = found.found("posterior of this observation", local)?;
        }
        let fixed = FixedCoverage::new(diagnosed, plan.pairs.div_ceil(4), plan.events, plan.seed, &phase(2));
        found.fixed = found.found("coverage of intervals at chosen θ", fixed)?;
        let one = diagnosed.space.dimensions() == 1;
        let most = self.converge.unwrap_or(if one { 10_000 } else { 1_000 });
        if most > 0 {
            let convergence = FitConvergence::new(diagnosed, most, CONVERGENCE_DATA_SETS, plan.seed, &phase(3));
            found.convergence = found.found("convergence of the best fit", convergence)?;
        }
        Ok(found)
    }
}
