//! `motherlode check`: looks for faults in the instrumentation of a simulator.

use clap::Args;
use motherlode_core::dataset::Portion;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Identity, SimulatorCheckSettings, SimulatorReport, check_simulator};
use motherlode_core::prior::{Marginal, Prior};
use motherlode_core::trace::Instrumented;
use motherlode_core::{Check, Outcome};
use serde_json::json as object;

use super::console::{Console, counted, json, table, warning_text};
use super::prior::PriorText;
use super::theta::Edges;
use super::{Registry, SimulatorName, open_simulator};
use crate::count::count;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Simulator (`motherlode list` shows them), or an event file of MadMiner to draw events from.
    simulator: SimulatorName,
    /// Rows of an event file to draw events from: all, train, validation or test. FILE:PORTION is short for FILE --portion PORTION.
    #[arg(long, value_name = "PORTION", default_value_t = Portion::All)]
    portion: Portion,
    /// Number of events for each mean, at each pair of hypotheses; at least 100.
    #[arg(long, value_name = "EVENTS", default_value_t = 2_000, value_parser = count::<usize>)]
    events: usize,
    /// Number of pairs of hypotheses at which the simulator is checked.
    #[arg(long, value_name = "PAIRS", default_value_t = 4, value_parser = count::<usize>)]
    pairs: usize,
    /// Number of events whose choices are replayed at other hypotheses, at each pair.
    #[arg(long, value_name = "EVENTS", default_value_t = 64, value_parser = count::<usize>)]
    replays: usize,
    /// Box that is filled with hypotheses, low:high for each parameter [default: the simulator's box].
    #[arg(long = "box", id = "r#box", value_name = "EDGES", allow_hyphen_values = true)]
    edges: Option<Edges>,
    /// Prior that is filled with hypotheses: NAME=DISTRIBUTION for each parameter, separated by semicolons, such as
    /// "a=normal(0, 0.5); b=log-uniform(0.1, 10)" (others keep their range in the simulator's box), or a .json file.
    #[arg(long, value_name = "PRIOR", conflicts_with = "r#box")]
    prior: Option<PriorText>,
    /// Seed of the hypotheses and events.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let name = options.simulator.clone().with_portion(registry, options.portion)?;
    let simulator = open_simulator(registry, &name)?;
    let settings = options.settings(&*simulator)?;
    let progress = console.progress("checks");
    let report = check_simulator(&*simulator, &settings, &progress)?;
    drop(progress);
    let warnings: Vec<String> = simulator.caveats().iter().map(ToString::to_string).collect();
    let mut result = json(&report)?;
    result["passes"] = object!(report.pass());
    result["faults"] = json(&report.faults())?;
    result["warnings"] = object!(warnings);
    console.print(&(text(&report) + &warning_text(&warnings)), result)?;
    match report.failures().count() {
        0 => Ok(()),
        n => Err(Error::simulation(format!(
            "{} has faults that its gold inherits: {} failed",
            report.simulator,
            counted(n, "check")
        ))),
    }
}

impl Options {
    fn settings(&self, simulator: &dyn Instrumented) -> Result<SimulatorCheckSettings> {
        let settings = SimulatorCheckSettings::new()
            .with_events(self.events)
            .with_pairs(self.pairs)
            .with_replayed(self.replays)
            .with_seed(self.seed);
        Ok(match self.given_prior(simulator)? {
            Some(prior) => settings.with_prior(prior),
            None => settings,
        })
    }

    /// The prior of the options; `None` for the simulator's box.
    fn given_prior(&self, simulator: &dyn Instrumented) -> Result<Option<Prior>> {
        if let Some(Edges(edges)) = &self.edges {
            return Prior::uniform(edges.clone()).map(Some);
        }
        let Some(prior) = &self.prior else {
            return Ok(None);
        };
        let others: Option<Vec<Marginal>> = simulator.hypotheses().ok().map(|hypotheses| {
            let edges = hypotheses.prior.edges().iter();
            edges.map(|&(low, high)| Marginal::Flat { low, high }).collect()
        });
        prior.prior(&simulator.parameter_names(), others.as_deref()).map(Some)
    }
}

/// One row for each identity, then the faults with their remedies.
fn text(report: &SimulatorReport) -> String {
    let rows: Vec<Vec<String>> = Identity::ALL
        .into_iter()
        .filter_map(|identity| row(identity, &report.checks))
        .collect();
    let faults = report.faults();
    let lines: String = faults.iter().map(|fault| format!("\n\nFAULT: {fault}")).collect();
    let replays = match report.has_replays {
        true => "",
        false => {
            "\nnote: the simulator does not write its choices down: they are not replayed, and it is checked by its means"
        }
    };
    let verdict = if faults.is_empty() {
        "\n\nno fault was found"
    } else {
        ""
    };
    format!(
        "{} at {} of hypotheses, {} for each mean, {} runs discarded\n\n{}{replays}{lines}{verdict}",
        report.simulator,
        counted(report.pairs.len(), "pair"),
        counted(report.n_events, "event"),
        report.n_discarded,
        table(&["identity", "checks", "verdict", "of"], &rows),
    )
}

/// Verdict on an identity, and the parameters and observables that it is not passed for; `None` if it was not checked.
fn row(identity: Identity, checks: &[Check]) -> Option<Vec<String>> {
    let of_it: Vec<&Check> = checks.iter().filter(|check| check.name == identity.name()).collect();
    let with = |outcome: Outcome| {
        let subjects = of_it.iter().filter(|check| check.outcome == outcome);
        subjects.map(|check| check.subject.clone()).collect::<Vec<_>>()
    };
    let (verdict, subjects) = match (with(Outcome::Fail), with(Outcome::Warn)) {
        (failed, _) if !failed.is_empty() => ("FAIL", failed),
        (_, doubtful) if !doubtful.is_empty() => ("doubtful", doubtful),
        _ => ("pass", Vec::new()),
    };
    (!of_it.is_empty()).then(|| {
        vec![
            identity.name().into(),
            of_it.len().to_string(),
            verdict.into(),
            subjects.join("; "),
        ]
    })
}
