//! `motherlode diagnose`.

use std::path::{Path, PathBuf};

use clap::Args;
use ndarray::Array2;
use serde_json::json;

use super::say::{Progress, Say, table};
use super::{Registry, infer, simulator};
use crate::dataset::AugmentedData;
use crate::diagnostics::{
    Convergence, Evidence, Examined, FixedCoverage, HeldOut, Outcome, PosteriorChecks, PosteriorPlan, THRESHOLDS,
    Verdict, relative_spread, verdicts,
};
use crate::error::{Error, Result};
use crate::estimator::ModelFile;
use crate::report::{self, Diagnosis};
use crate::trace::{Hypotheses, Instrumented};

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
    out: Option<PathBuf>,
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
    let provenance = trained.provenance();
    let parameters = &provenance.data.parameters;
    let simulator = simulator(registry, &provenance.data.simulator)?;
    let examined = Examined {
        estimator: &model,
        reference: &simulator.hypotheses().theta1,
        simulator,
        space: &infer::space(None, &model, Some(simulator))?,
    };
    let observed = options
        .local
        .as_deref()
        .map(|path| observed(&model, path))
        .transpose()?;
    let plan = PosteriorPlan {
        pairs: options.pairs,
        events: observed.as_ref().map_or(options.events, |x| x.nrows()),
        seed: options.seed,
    };
    let n_held_out = options.held_out.unwrap_or_else(|| HeldOut::usual_events(simulator));
    let mut steps = Steps::new(say);
    let held_out = HeldOut::new(simulator, n_held_out)?;
    steps.done();
    let posteriors = match parameters.len() {
        1 | 2 => Some(PosteriorChecks::new(examined, plan)?),
        _ if observed.is_some() => {
            return Err(Error::usage(
                "--local needs posteriors, which are made of one or two parameters",
            ));
        }
        _ => None,
    };
    steps.done();
    let local = posteriors.as_ref().zip(observed.as_ref());
    let local = local
        .map(|(checks, x)| checks.local(examined, x.view(), plan.seed))
        .transpose()?;
    let tabulated = |wanted: bool| wanted.then_some(()).filter(|()| posteriors.is_some());
    let fixed = tabulated(true).map(|()| FixedCoverage::new(examined, plan.pairs.div_ceil(4), plan.events, plan.seed));
    let fixed = fixed.transpose()?;
    steps.done();
    let most = options
        .converge
        .unwrap_or(if parameters.len() == 1 { 10_000 } else { 1_000 });
    let convergence = tabulated(most > 0);
    let convergence = convergence.map(|()| Convergence::new(examined, most, REPEATS, plan.seed));
    let convergence = convergence.transpose()?;
    steps.done();
    let closure = held_out.ratio(&model)?.closure;
    let reliability = held_out.reliability(&model)?;
    let scores = match model.knows_score() {
        true => held_out.mean_score(trained.as_ref())?,
        false => vec![],
    };
    let found = verdicts(&Evidence {
        parameters,
        posteriors: posteriors.as_ref(),
        fixed: fixed.as_ref(),
        convergence: convergence.as_ref().map(|convergence| (convergence, plan.events)),
        local: local.as_ref(),
        closure: Some(&closure),
        power: Some(held_out.standards()?.ratio.closure.auc),
        reliability: Some(&reliability),
        scores: &scores,
        spread: spread(&model, simulator, &held_out)?,
    });
    drop(steps);
    let folder = options.out.unwrap_or_else(|| beside(&options.model));
    let diagnosis = Diagnosis {
        model: &model.name(),
        simulator: &provenance.data.simulator,
        parameters,
        verdicts: &found,
        posteriors: posteriors.as_ref(),
        convergence: convergence.as_ref(),
        reliability: &reliability,
    };
    report::diagnosis(&diagnosis, &folder)?;
    let learned = match &posteriors {
        Some(checks) => format!(
            "{} data sets of {} events (--events, for those of other sizes); one tells {:.2} nats of θ on average\n\n",
            checks.coverage.pairs(),
            plan.events,
            checks.learned
        ),
        None => "more than two parameters: no posteriors\n\n".into(),
    };
    let words = format!(
        "{} of {}: {learned}{}\n\n{THRESHOLDS}\nwrote {}",
        model.name(),
        provenance.data.simulator,
        in_words(&found),
        folder.display()
    );
    say.result(
        &words,
        json!({
            "method": model.name(), "simulator": provenance.data.simulator, "pairs": plan.pairs, "events": plan.events,
            "learned": posteriors.map(|checks| checks.learned), "verdicts": found, "report": folder,
            "enough_events": convergence.map(|convergence| {
                (0..parameters.len()).map(|k| convergence.enough(k)).collect::<Vec<_>>()
            }),
        }),
    )
}

/// Progress by the larger parts of an examination.
struct Steps(Progress, u64);

impl Steps {
    /// Mining, posteriors, intervals, best fits.
    const ALL: u64 = 4;

    fn new(say: &Say) -> Self {
        let mut progress = say.progress("checks");
        progress.show(0, Self::ALL);
        Self(progress, 0)
    }

    fn done(&mut self) {
        self.1 += 1;
        self.0.show(self.1, Self::ALL);
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
    model.check_events(&data.header)?;
    infer::one_hypothesis(&data.header)?;
    Ok(data.x)
}

/// How far the members of an ensemble disagree, at the simulator's pair.
fn spread(model: &ModelFile, simulator: &dyn Instrumented, held_out: &HeldOut) -> Result<Option<f64>> {
    let Hypotheses { theta0, theta1, .. } = simulator.hypotheses();
    let (log_ratio, spread) = model.log_ratio_and_spread(held_out.some(SPREAD_EVENTS).view(), &theta0, &theta1)?;
    Ok(spread.map(|spread| relative_spread(&log_ratio, &spread)))
}

fn in_words(found: &[Verdict]) -> String {
    let number = |value: f64| {
        if value.is_finite() {
            format!("{value:.4}")
        } else {
            String::new()
        }
    };
    let row = |verdict: &Verdict| {
        let outcome = match verdict.outcome {
            Outcome::Pass => "pass",
            Outcome::Warn => "WARN",
            Outcome::Fail => "FAIL",
        };
        let cells = [number(verdict.value), number(verdict.error), number(verdict.expected)];
        let [value, error, expected] = cells;
        vec![
            verdict.check.clone(),
            value,
            error,
            expected,
            outcome.into(),
            verdict.remedy.into(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table(
        &["check", "found", "std. error", "expected", "verdict", "what to do"],
        &rows,
    )
}
