//! Diagnosis of an estimator: coverage, ranks, bias, closure, calibration.

use ndarray::Array2;
use serde::Serialize;

use super::Analysis;
use super::hypotheses::{known_ratio, parameter_box};
use crate::diagnostics::{
    Closure, DiagnosedEstimator, DiagnosticResults, FitConvergence, FixedCoverage, LocalTest, Mean,
    PosteriorCheckSettings, PosteriorChecks, Reliability, TestEvents,
};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::progress::Phase;
use motherlode_core::{Check, Estimator, Progress};

/// Data sets whose best fits are followed.
const REPEATS: usize = 30;
/// Phases of progress: mining, posteriors, intervals, best fits.
const PHASES: u64 = 4;

/// Settings of [`Analysis::diagnose`].
#[derive(Debug, Clone)]
pub struct DiagnosisSettings {
    /// Data sets that are drawn for coverage and ranks.
    pub pairs: usize,
    /// Events in a data set, unless observed events are given.
    pub events: usize,
    /// Events held out to reweight; 80 000, or fewer of large observations, if absent.
    pub held_out: Option<usize>,
    /// Largest number of events up to which best fits are followed; 0 leaves that out; 10 000 for one parameter and 1 000 for two if absent.
    pub converge: Option<usize>,
    /// The seed of the data sets.
    pub seed: u64,
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

/// A diagnosis.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DiagnosisResult {
    /// Name of the estimator.
    pub method: String,
    /// Name of the simulator.
    pub simulator: String,
    /// Data sets that were drawn.
    pub pairs: usize,
    /// Events in a data set.
    pub events: usize,
    /// Mean information gain of a data set, in nats.
    pub learned: Option<f64>,
    /// The checks with their outcomes and remedies.
    pub checks: Vec<Check>,
    /// Events at which each parameter's bias becomes as large as its error.
    pub enough_events: Option<Vec<f64>>,
    /// Names of the free parameters.
    #[serde(skip)]
    pub parameters: Vec<String>,
    /// Coverage and ranks of posteriors, of one or two free parameters.
    #[serde(skip)]
    pub posteriors: Option<PosteriorChecks>,
    /// Best fits of growing data sets.
    #[serde(skip)]
    pub convergence: Option<FitConvergence>,
    /// Calibration of probabilities.
    #[serde(skip)]
    pub reliability: Reliability,
}

impl Analysis<'_> {
    /// Diagnoses the estimator on fresh data of the simulator: coverage and ranks of posteriors, intervals at fixed hypotheses, best fits of
    /// growing data sets, reweighting closure, calibration, mean score. With observed events, the posterior of these is examined as well.
    ///
    /// # Errors
    /// If an input is missing, the estimator knows no ratios, the simulator fails, or `progress` stops it.
    pub fn diagnose(&self, settings: &DiagnosisSettings, progress: &dyn Progress) -> Result<DiagnosisResult> {
        let (estimator, simulator) = (self.estimator()?, self.simulator()?);
        let ratio = known_ratio(estimator)?;
        let names: Vec<String> = simulator.parameters().into_iter().map(|one| one.name).collect();
        let observed = self.observations.map(|observations| observations.x().to_owned());
        let run = DiagnosisRun {
            examined: DiagnosedEstimator {
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
        let of_posteriors = run.posteriors(progress)?;
        let mut of_events = EventChecks::new(estimator, ratio, &held_out, &names)?;
        let free = run.examined.space.free().iter();
        let names: Vec<String> = free.map(|&k| names[k].clone()).collect();
        // Nothing was learned of parameters that never varied.
        of_events.scores.retain(|(name, _)| names.contains(name));
        let PosteriorCheckSettings { pairs, events, .. } = run.plan;
        let checks = results(&names, &of_posteriors, &of_events, events).checks();
        let enough = |convergence: &FitConvergence| (0..names.len()).map(|k| convergence.enough(k)).collect();
        Ok(DiagnosisResult {
            method: estimator.name(),
            simulator: simulator.label(),
            pairs,
            events,
            learned: of_posteriors.checks.as_ref().map(|checks| checks.learned),
            checks,
            enough_events: of_posteriors.convergence.as_ref().map(enough),
            parameters: names,
            posteriors: of_posteriors.checks,
            convergence: of_posteriors.convergence,
            reliability: of_events.reliability,
        })
    }
}

/// A diagnosis while it runs.
struct DiagnosisRun<'a> {
    examined: DiagnosedEstimator<'a>,
    plan: PosteriorCheckSettings,
    observed: Option<Array2<f64>>,
    converge: Option<usize>,
}

/// Checks of posteriors, intervals and best fits; none of more than two parameters.
#[derive(Default)]
struct DataSetChecks {
    checks: Option<PosteriorChecks>,
    local: Option<LocalTest>,
    fixed: Option<FixedCoverage>,
    convergence: Option<FitConvergence>,
}

impl DiagnosisRun<'_> {
    fn posteriors(&self, progress: &dyn Progress) -> Result<DataSetChecks> {
        let Self { examined, plan, .. } = *self;
        let phase = |number| Phase::new(progress, number, PHASES);
        let p = examined.space.dimensions();
        if p > 2 {
            return match self.observed {
                Some(_) => Err(Error::usage(
                    "--local needs posteriors, which are made of one or two parameters",
                )),
                None => Ok(DataSetChecks::default()),
            };
        }
        let checks = PosteriorChecks::new(examined, plan, &phase(1))?;
        let observed = self.observed.as_ref();
        let local = observed.map(|x| checks.local(examined, x.view(), plan.seed, &phase(1)));
        let local = local.transpose()?;
        let fixed = FixedCoverage::new(examined, plan.pairs.div_ceil(4), plan.events, plan.seed, &phase(2))?;
        let most = self.converge.unwrap_or(if p == 1 { 10_000 } else { 1_000 });
        let convergence = (most > 0).then(|| FitConvergence::new(examined, most, REPEATS, plan.seed, &phase(3)));
        let convergence = convergence.transpose()?;
        Ok(DataSetChecks {
            checks: Some(checks),
            local,
            fixed: Some(fixed),
            convergence,
        })
    }
}

/// Checks on single held-out events.
struct EventChecks {
    closure: Closure,
    power: Mean,
    reliability: Reliability,
    scores: Vec<(String, Mean)>,
    spread: Option<f64>,
}

impl EventChecks {
    fn new(estimator: &dyn Estimator, ratio: &dyn LogRatio, held_out: &TestEvents, names: &[String]) -> Result<Self> {
        let scores = |score: &dyn Score| -> Result<Vec<(String, Mean)>> {
            Ok(names.iter().cloned().zip(held_out.mean_score(score)?).collect())
        };
        Ok(Self {
            closure: held_out.ratio(ratio)?.closure,
            power: held_out.baseline()?.ratio.closure.auc,
            reliability: held_out.reliability(ratio)?,
            scores: estimator.as_score().map_or(Ok(Vec::new()), scores)?,
            spread: held_out.ensemble_spread(estimator)?,
        })
    }
}

fn results<'a>(
    parameters: &'a [String],
    of_posteriors: &'a DataSetChecks,
    of_events: &'a EventChecks,
    events: usize,
) -> DiagnosticResults<'a> {
    let convergence = of_posteriors.convergence.as_ref();
    DiagnosticResults {
        parameters,
        posteriors: of_posteriors.checks.as_ref(),
        fixed: of_posteriors.fixed.as_ref(),
        convergence: convergence.map(|convergence| (convergence, events)),
        local: of_posteriors.local.as_ref(),
        closure: Some(&of_events.closure),
        power: Some(of_events.power),
        reliability: Some(&of_events.reliability),
        scores: &of_events.scores,
        spread: of_events.spread,
    }
}
