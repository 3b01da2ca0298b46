//! `motherlode diagnose`.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::Array2;
use serde_json::{Value, json};

use super::say::{Bar, Say, table};
use super::{Registry, SimulatorName, infer, simulator};
use motherlode_core::Estimator;
use motherlode_core::Progress;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::dataset::Portion;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::{Hypotheses, Instrumented};
use motherlode_nn::{Model, ModelFile};
use motherlode_stats::diagnostics::{
    Check, Closure, DiagnosedEstimator, DiagnosticResults, FitConvergence, FixedCoverage, LocalTest, Mean, Outcome,
    PosteriorCheckSettings, PosteriorChecks, Reliability, THRESHOLDS, TestEvents, relative_spread,
};
use motherlode_study::report::{self, DiagnosisReport};

/// Data sets whose best fits are followed.
const REPEATS: usize = 30;
/// Events at which members of an ensemble are compared.
const SPREAD_EVENTS: usize = 4_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model file: an estimator of ratios, trained here.
    model: PathBuf,
    /// Data sets that are drawn for coverage and ranks.
    #[arg(long, value_name = "DATA_SETS", default_value_t = 1_000)]
    pairs: usize,
    /// Events in a data set, as many as will be observed: what an estimate gets wrong shows the more, the more there are.
    #[arg(long, value_name = "EVENTS", default_value_t = 10)]
    events: usize,
    /// Events held out to reweight [default: 80000, fewer of large observations].
    #[arg(long, value_name = "EVENTS")]
    held_out: Option<usize>,
    /// Follow the best fit up to this many events; 0 to leave that out [default: 10000 for one parameter, 1000 for two].
    #[arg(long, value_name = "EVENTS")]
    converge: Option<usize>,
    /// Ask whether the posterior of this data set is right; pairs are drawn with as many events as it has.
    #[arg(long, value_name = "OBSERVED", conflicts_with = "events")]
    local: Option<PathBuf>,
    /// The folder for the report with its figures, which replaces an older one [default: MODEL.diagnosis].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Of a model that was trained on a portion of an event file of MadMiner, the rows that data sets are drawn from (default: those of
    /// training): all, train, validation or test.
    #[arg(long, value_name = "PORTION")]
    portion: Option<Portion>,
    /// The seed of the data sets.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, say: &Say) -> Result<()> {
    let model = ModelFile::read(&options.model)?;
    let ModelFile::Trained(trained) = &model else {
        return Err(Error::usage(
            "a model that was trained elsewhere has no simulator to draw data from: evaluate it on events of your own",
        ));
    };
    infer::needs_ratio(&model)?;
    let data = &trained.provenance().data;
    let named = match options.portion {
        Some(portion) => {
            let name = data.simulator.clone();
            let all = SimulatorName {
                name,
                portion: Portion::All,
            };
            all.with_portion(registry, portion)?
        }
        None => SimulatorName::from(data),
    };
    let chosen = simulator(registry, &named)?;
    let (simulator, name) = (&*chosen, named.to_string());
    let observed = options.local.as_deref().map(|path| observed(&model, path));
    let observed = observed.transpose()?;
    let examination = Examination {
        examined: DiagnosedEstimator {
            estimator: &model,
            reference: &simulator.hypotheses()?.theta1,
            simulator,
            space: &infer::space(None, &model, Some(simulator))?,
        },
        plan: PosteriorCheckSettings {
            pairs: options.pairs,
            events: observed.as_ref().map_or(options.events, |x| x.nrows()),
            seed: options.seed,
        },
        observed,
        converge: options.converge,
    };
    let n_held_out = options
        .held_out
        .unwrap_or_else(|| TestEvents::default_events(simulator));
    let mut steps = Steps::new(say);
    let held_out = TestEvents::new(simulator, n_held_out)?;
    steps.done();
    let of_posteriors = examination.posteriors(&mut steps)?;
    let mut of_events = OfEvents::new(&model, trained, simulator, &held_out)?;
    drop(steps);
    let free = examination.examined.space.free().iter();
    let names: Vec<String> = free.map(|&k| data.parameters[k].clone()).collect();
    // Of what never varied nothing was learned, and nothing is asked.
    of_events.scores.retain(|(name, _)| names.contains(name));
    let found = results(&names, &of_posteriors, &of_events, examination.plan.events).checks();
    let folder = options.output.unwrap_or_else(|| beside(&options.model));
    let diagnosis = DiagnosisReport {
        model: &model.name(),
        simulator: &name,
        parameters: &names,
        checks: &found,
        posteriors: of_posteriors.checks.as_ref(),
        convergence: of_posteriors.convergence.as_ref(),
        reliability: &of_events.reliability,
    };
    report::write_diagnosis(&diagnosis, &folder)?;
    let PosteriorCheckSettings { pairs, events, .. } = examination.plan;
    let words = format!(
        "{} of {}: {}{}\n\n{THRESHOLDS}\nwrote {}",
        model.name(),
        name,
        of_posteriors.in_words(events),
        in_words(&found),
        folder.display()
    );
    say.result(
        &words,
        json!({
            "method": model.name(), "simulator": name, "pairs": pairs, "events": events,
            "learned": of_posteriors.checks.map(|checks| checks.learned), "verdicts": found.iter().map(as_json).collect::<Vec<_>>(), "report": folder,
            "enough_events": of_posteriors.convergence.map(|convergence| {
                (0..names.len()).map(|k| convergence.enough(k)).collect::<Vec<_>>()
            }),
        }),
    )
}

/// What is examined, and how closely.
struct Examination<'a> {
    examined: DiagnosedEstimator<'a>,
    plan: PosteriorCheckSettings,
    observed: Option<Array2<f64>>,
    converge: Option<usize>,
}

/// What posteriors, intervals and best fits show; nothing of more than two parameters.
#[derive(Default)]
struct OfPosteriors {
    checks: Option<PosteriorChecks>,
    local: Option<LocalTest>,
    fixed: Option<FixedCoverage>,
    convergence: Option<FitConvergence>,
}

impl Examination<'_> {
    fn posteriors(&self, steps: &mut Steps) -> Result<OfPosteriors> {
        let Self { examined, plan, .. } = *self;
        let p = examined.space.dimensions();
        if p > 2 {
            return match self.observed {
                Some(_) => Err(Error::usage(
                    "--local needs posteriors, which are made of one or two parameters",
                )),
                None => Ok(OfPosteriors::default()),
            };
        }
        let checks = PosteriorChecks::new(examined, plan)?;
        steps.done();
        let local = self
            .observed
            .as_ref()
            .map(|x| checks.local(examined, x.view(), plan.seed));
        let local = local.transpose()?;
        let fixed = FixedCoverage::new(examined, plan.pairs.div_ceil(4), plan.events, plan.seed)?;
        steps.done();
        let most = self.converge.unwrap_or(if p == 1 { 10_000 } else { 1_000 });
        let convergence = (most > 0).then(|| FitConvergence::new(examined, most, REPEATS, plan.seed));
        let convergence = convergence.transpose()?;
        steps.done();
        Ok(OfPosteriors {
            checks: Some(checks),
            local,
            fixed: Some(fixed),
            convergence,
        })
    }
}

impl OfPosteriors {
    fn in_words(&self, events: usize) -> String {
        match &self.checks {
            Some(checks) => format!(
                "{} data sets of {events} events (--events, for those of other sizes); one tells {:.2} nats of θ on average\n\n",
                checks.coverage.pairs(),
                checks.learned
            ),
            None => "no posteriors: these are examined for one or two parameters, of models that have seen the others held fixed (as after \
                     --nuisance nominal)\n\n".into(),
        }
    }
}

/// What single events show that were held out.
struct OfEvents {
    closure: Closure,
    power: Mean,
    reliability: Reliability,
    scores: Vec<(String, Mean)>,
    spread: Option<f64>,
}

impl OfEvents {
    fn new(model: &ModelFile, trained: &Model, simulator: &dyn Instrumented, held_out: &TestEvents) -> Result<Self> {
        Ok(Self {
            closure: held_out.ratio(model)?.closure,
            power: held_out.baseline()?.ratio.closure.auc,
            reliability: held_out.reliability(model)?,
            scores: match model.knows_score() {
                true => {
                    let names = trained.provenance().data.parameters.iter().cloned();
                    names.zip(held_out.mean_score(trained)?).collect()
                }
                false => vec![],
            },
            spread: spread(model, simulator, held_out)?,
        })
    }
}

fn results<'a>(
    parameters: &'a [String],
    of_posteriors: &'a OfPosteriors,
    of_events: &'a OfEvents,
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

/// Progress by the larger parts of an examination.
struct Steps(Bar, u64);

impl Steps {
    /// Mining, posteriors, intervals, best fits.
    const ALL: u64 = 4;

    fn new(say: &Say) -> Self {
        let progress = say.progress("checks");
        progress.report(0, Self::ALL);
        Self(progress, 0)
    }

    fn done(&mut self) {
        self.1 += 1;
        self.0.report(self.1, Self::ALL);
    }
}

/// `alices.model` to `alices.model.diagnosis`.
fn beside(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".diagnosis");
    name.into()
}

/// The observations of a data set, which fit the model.
fn observed(model: &ModelFile, path: &Path) -> Result<Array2<f64>> {
    let data = AugmentedData::read(path)?;
    model.accepts(&data.header)?;
    infer::one_hypothesis(&data.header)?;
    Ok(data.x)
}

/// How far the members of an ensemble disagree, at the simulator's pair.
fn spread(model: &ModelFile, simulator: &dyn Instrumented, held_out: &TestEvents) -> Result<Option<f64>> {
    let Hypotheses { theta0, theta1, .. } = simulator.hypotheses()?;
    let (log_ratio, spread) = model.log_ratio_with_spread(held_out.some(SPREAD_EVENTS).view(), &theta0, &theta1)?;
    Ok(spread.map(|spread| relative_spread(&log_ratio, &spread)))
}

fn as_json(check: &Check) -> Value {
    json!({
        "check": check.name, "value": check.value, "error": check.standard_error, "expected": check.expected,
        "outcome": check.outcome, "remedy": check.remedy.as_deref().unwrap_or_default(),
    })
}

fn in_words(found: &[Check]) -> String {
    let number = |value: Option<f64>| {
        let value = value.filter(|value| value.is_finite());
        value.map_or_else(String::new, |value| format!("{value:.4}"))
    };
    let row = |check: &Check| {
        let outcome = match check.outcome {
            Outcome::Pass => "pass",
            Outcome::Warn => "WARN",
            Outcome::Fail => "FAIL",
        };
        vec![
            check.name.clone(),
            number(Some(check.value)),
            number(check.standard_error),
            number(check.expected),
            outcome.into(),
            check.remedy.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table(
        &["check", "found", "std. error", "expected", "verdict", "what to do"],
        &rows,
    )
}
