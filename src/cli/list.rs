//! `motherlode list`: simulators with their parameters, observables and truths.

use clap::Args;
use serde_json::json;

use super::console::{Console, table};
use super::{Registry, SimulatorName, SimulatorSource, open_simulator};
use motherlode_core::error::{Result, listed};
use motherlode_core::format::comma_separated;
use motherlode_core::trace::{Hypotheses, Instrumented};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Describe these simulators, or event files of MadMiner, in full [default: one line for each simulator of the program].
    simulators: Vec<SimulatorName>,
}

pub(super) fn run(registry: &Registry, options: Options, console: &Console) -> Result<()> {
    let selected: Vec<SimulatorSource> = match options.simulators.as_slice() {
        [] => registry
            .iter()
            .map(|known| SimulatorSource::Registered(known.as_ref()))
            .collect(),
        names => names
            .iter()
            .map(|name| open_simulator(registry, name))
            .collect::<Result<_>>()?,
    };
    let selected: Vec<&dyn Instrumented> = selected.iter().map(|source| &**source).collect();
    let json = json!({ "simulators": selected.iter().map(|simulator| simulator_json(*simulator)).collect::<Vec<_>>() });
    let text = match options.simulators.is_empty() {
        true => overview_table(&selected),
        false => selected
            .iter()
            .map(|simulator| simulator_text(*simulator))
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    console.print(&text, json)
}

/// One line for each simulator.
fn overview_table(simulators: &[&dyn Instrumented]) -> String {
    let row = |simulator: &&dyn Instrumented| {
        let gold = if simulator.without_gold().is_some() {
            "no"
        } else {
            "yes"
        };
        let truth = simulator
            .truth()
            .map_or("none".into(), |truth| truth.route().to_owned());
        vec![
            simulator.label(),
            simulator.parameters().len().to_string(),
            simulator.observables().len().to_string(),
            gold.into(),
            truth,
        ]
    };
    let rows: Vec<Vec<String>> = simulators.iter().map(row).collect();
    let heading = ["simulator", "parameters", "observables", "gold", "exact truth"];
    format!(
        "{}\n\n`motherlode list NAME` describes one in full.",
        table(&heading, &rows)
    )
}

fn simulator_text(simulator: &dyn Instrumented) -> String {
    let unit = |unit: String| {
        if unit.is_empty() {
            String::new()
        } else {
            format!(" [{unit}]")
        }
    };
    let hypotheses = simulator.hypotheses().ok();
    let parameters: Vec<Vec<String>> = simulator
        .parameters()
        .into_iter()
        .enumerate()
        .map(|(k, parameter)| {
            let prior = hypotheses.as_ref().map(|hypotheses| hypotheses.prior.edges()[k]);
            let prior = prior.map(|(low, high)| format!("{} to {}", short(low), short(high)));
            let range = format!("{} to {}", short(parameter.range.0), short(parameter.range.1));
            vec![
                format!("    {}{}", parameter.name, unit(parameter.unit)),
                range,
                prior.unwrap_or_default(),
                parameter.about,
            ]
        })
        .collect();
    let observables: Vec<String> = simulator
        .observables()
        .into_iter()
        .map(|observable| observable.name + &unit(observable.unit))
        .collect();
    format!(
        "{}: {}\n{}\n    observables: {}\n    compared at: {}\n    gold: {}\n    exact truth: {}",
        simulator.label(),
        simulator.about(),
        table(&["    parameter", "defined", "prior box", "meaning"], &parameters),
        listed(&observables),
        hypotheses.map_or(
            "no default hypotheses".into(),
            |Hypotheses { theta0, theta1, .. }| {
                format!("θ0 = {}, θ1 = {}", comma_separated(&theta0), comma_separated(&theta1))
            }
        ),
        simulator
            .without_gold()
            .map_or("yes".into(), |reason| format!("none: {reason}")),
        simulator
            .truth()
            .map_or("none".into(), |truth| truth.route().to_owned()),
    )
}

/// A number to four decimals, without trailing zeros.
fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn simulator_json(simulator: &dyn Instrumented) -> serde_json::Value {
    let hypotheses = simulator.hypotheses().ok();
    let hypotheses = hypotheses.as_ref();
    let parameters: Vec<_> = simulator
        .parameters()
        .into_iter()
        .map(|p| json!({ "name": p.name, "unit": p.unit, "range": p.range, "about": p.about }))
        .collect();
    let observables: Vec<_> = simulator
        .observables()
        .into_iter()
        .map(|o| json!({ "name": o.name, "unit": o.unit }))
        .collect();
    json!({
        "name": simulator.label(),
        "about": simulator.about(),
        "parameters": parameters,
        "observables": observables,
        "theta0": hypotheses.map(|hypotheses| &hypotheses.theta0),
        "theta1": hypotheses.map(|hypotheses| &hypotheses.theta1),
        "prior": hypotheses.map(|hypotheses| &hypotheses.prior),
        "without_gold": simulator.without_gold(),
        "truth": simulator.truth().map(|truth| truth.route().to_owned()),
    })
}
