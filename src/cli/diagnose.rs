//! `motherlode diagnose`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::say::{Say, table};
use super::{Registry, infer, simulator};
use crate::diagnostics::{HeldOut, Outcome, PosteriorChecks, PosteriorPlan, Verdict, verdicts};
use crate::error::{Error, Result};
use crate::estimator::ModelFile;

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
    let simulator = simulator(registry, &provenance.data.simulator)?;
    let space = infer::space(None, &model, Some(simulator))?;
    let reference = simulator.hypotheses().theta1;
    let plan = PosteriorPlan {
        pairs: options.pairs,
        events: options.events,
        seed: options.seed,
    };
    let parameters = &provenance.data.parameters;
    let held_out = HeldOut::new(
        simulator,
        options.held_out.unwrap_or_else(|| HeldOut::usual_events(simulator)),
    )?;
    let posteriors = match parameters.len() {
        1 | 2 => Some(PosteriorChecks::new(&model, &reference, simulator, &space, plan)?),
        _ => None,
    };
    let marks = held_out.ratio(&model)?;
    let checks = posteriors.as_ref().map(|checks| (checks, parameters.as_slice()));
    let found = verdicts(checks, &marks.closure);
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
        "{} of {}: {learned}{}",
        model.name(),
        provenance.data.simulator,
        in_words(&found)
    );
    say.result(
        &words,
        json!({
            "method": model.name(), "simulator": provenance.data.simulator, "pairs": plan.pairs, "events": plan.events,
            "learned": posteriors.map(|checks| checks.learned), "verdicts": found,
        }),
    )
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
