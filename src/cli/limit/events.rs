//! `motherlode limit EVENTS`: intervals and tests from a histogram and the number of events.

use std::path::PathBuf;

use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_hep::binned::Bins;
use motherlode_hep::limits::{EventData, EventLimitResult, EventLimitSettings, HypothesisTest};
use serde_json::json as object;

use super::options::EventOptions;
use super::{Options, short};
use crate::console::{Console, json, table, warning_lines};
use crate::infer::FitTable;
use crate::observed::read_observations;
use crate::theta::Edges;
use crate::{Registry, SimulatorSource, open_simulator};

pub(super) fn run(registry: &Registry, options: &Options, console: &Console) -> Result<()> {
    let source = open_simulator(registry, &options.file)?;
    let SimulatorSource::EventFile(simulator) = &source else {
        return Err(Error::usage(format!(
            "`{}` is a simulator: give an event file of MadMiner",
            options.file
        )));
    };
    let events = &options.events;
    let (true, Some(luminosity)) = (events.is_given(), events.luminosity) else {
        return Err(Error::usage(format!(
            "limits from the event file `{}` need --luminosity, and a true hypothesis with --at or observed events with --observed",
            options.file
        )));
    };
    let settings = events.settings(luminosity, &options.level)?;
    let truth = events
        .at
        .as_ref()
        .map(|point| source.theory_values(point))
        .transpose()?;
    let read = |path: &PathBuf| read_observations(path, &source.observable_names());
    let observed = events.observed.as_ref().map(read).transpose()?;
    let data = match (&truth, &observed) {
        (Some(truth), _) => EventData::Expected(truth),
        (None, Some(observed)) => EventData::Observed(observed),
        (None, None) => return Err(Error::usage("limits from an event file need --at or --observed")),
    };
    let result = simulator.limits(data, &settings, &console.progress("fits"))?;
    let mut json = json(&result)?;
    json["observed"] = object!(events.observed);
    console.print(&text(&result), json)
}

impl EventOptions {
    fn settings(&self, luminosity: f64, levels: &[f64]) -> Result<EventLimitSettings> {
        let bins = match (self.bins.is_empty(), self.edges.is_empty()) {
            (false, _) => Some(Bins::Equal(self.bins.clone())),
            (_, false) => Some(Bins::Edges(self.bin_edges()?)),
            _ => None,
        };
        let mut settings = EventLimitSettings {
            observables: self.observables.clone(),
            bins,
            no_rate: self.no_rate,
            template_errors: self.template_errors,
            edges: self.parameter_box.clone().map(|Edges(edges)| edges),
            grid: self.grid.clone(),
            ..EventLimitSettings::new(luminosity)
        };
        if !levels.is_empty() {
            settings.levels = levels.to_vec();
        }
        Ok(settings)
    }

    /// Bin edges of each observable, in the order of the observables.
    fn bin_edges(&self) -> Result<Vec<Vec<f64>>> {
        let edges_of = |observable: &String| {
            let mut matches = self.edges.iter().filter(|edges| edges.name == *observable);
            let edges = matches.next().filter(|_| matches.next().is_none());
            edges.map(|edges| edges.edges.clone())
        };
        let all: Option<Vec<Vec<f64>>> = self.observables.iter().map(edges_of).collect();
        all.filter(|all| all.len() == self.edges.len()).ok_or_else(|| {
            let names: Vec<&str> = self.edges.iter().map(|edges| edges.name.as_str()).collect();
            Error::usage(format!(
                "--edges of {} for a histogram of {}: give the edges of each observable once",
                names.join(", "),
                self.observables.join(", ")
            ))
        })
    }
}

fn text(result: &EventLimitResult) -> String {
    let fit = FitTable {
        parameters: &result.parameters,
        edges: result.parameter_box.edges(),
    };
    let mut parts = vec![heading(result), fit.text(&result.answer)];
    parts.extend((!result.tests.is_empty()).then(|| test_table(result)));
    parts.extend(warning_lines(&result.warnings));
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    parts.join("\n\n")
}

/// Data, luminosity and simulated events in one line.
fn heading(result: &EventLimitResult) -> String {
    let data = match (&result.at, &result.observed) {
        (Some(truth), _) => format!(
            "{} events expected at {}",
            short(result.n_events),
            comma_separated(truth)
        ),
        (None, source) => format!(
            "{} events observed in {}",
            result.n_events,
            source.as_deref().unwrap_or_default()
        ),
    };
    let errors = match result.with_template_errors {
        true => ", with their errors",
        false => "",
    };
    format!(
        "{}: {data} for a luminosity of {}/pb, from {} simulated ones{errors}",
        result.events, result.luminosity, result.n_simulated
    )
}

fn test_table(result: &EventLimitResult) -> String {
    let mut heading: Vec<&str> = result.parameters[..result.n_theory]
        .iter()
        .map(String::as_str)
        .collect();
    let first = format!("    {}", heading[0]);
    heading[0] = &first;
    let p_value = format!("p-value ({} degrees of freedom)", result.n_theory);
    heading.extend(["q", &p_value]);
    let row = |test: &HypothesisTest| {
        let mut row: Vec<String> = test.theta.iter().map(f64::to_string).collect();
        row[0] = format!("    {}", row[0]);
        row.extend([short(test.statistic), short(test.p_value)]);
        row
    };
    table(&heading, &result.tests.iter().map(row).collect::<Vec<_>>())
}
