//! Posteriors of many events, a row for each parameter of each.

use motherlode_core::error::Result;
use motherlode_stats::analysis::{Observations, PosteriorOfEvent, PosteriorsOfEvents};
use ndarray::Array2;

use super::super::console::{Console, json, table, warning_lines};
use super::super::observed::DrawsOptions;
use super::summary_cells;

/// Prints the posteriors, and writes their draws, an array of events × draws for each parameter.
pub(super) fn print(
    observed: &Observations,
    result: &PosteriorsOfEvents,
    draws: &DrawsOptions,
    console: &Console,
) -> Result<()> {
    let names = observed.header().parameters.iter().enumerate();
    let arrays: Vec<(String, Array2<f64>)> = names
        .map(|(k, name)| (name.clone(), drawn(&result.events, k)))
        .collect();
    let views: Vec<_> = arrays
        .iter()
        .map(|(name, values)| (name.clone(), values.view()))
        .collect();
    draws.write(&views)?;
    let mut parts = vec![format!("{}\n{}", observed.description(), result.prior), rows(result)];
    let certified = result.certificate.iter();
    parts.extend(certified.map(|certified| format!("certificate: {}", certified.statement)));
    parts.extend(warning_lines(&result.warnings));
    parts.extend(warnings_of_events(&result.events));
    console.print(&parts.join("\n\n"), json(result)?)
}

fn rows(result: &PosteriorsOfEvents) -> String {
    let heading = ["    event", "parameter", "mean", "std. dev.", "2.5 %", "50 %", "97.5 %"];
    let of_event = |(event, one): (usize, &PosteriorOfEvent)| {
        let row = |parameter| {
            let parameter: &motherlode_stats::analysis::ParameterSummary = parameter;
            let mut row = vec![format!("    {event}"), parameter.name.clone()];
            row.extend(summary_cells(parameter));
            row
        };
        one.parameters.iter().map(row).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = result.events.iter().enumerate().flat_map(of_event).collect();
    format!("{}, each event by itself\n{}", result.estimator, table(&heading, &rows))
}

/// Draws of a parameter, `[events, draws]`.
fn drawn(events: &[PosteriorOfEvent], k: usize) -> Array2<f64> {
    let n = events.first().map_or(0, |one| one.draws.nrows());
    Array2::from_shape_fn((events.len(), n), |(event, draw)| events[event].draws[[draw, k]])
}

/// One line for each kind of warning about single posteriors, with the number of events: thousands of events have thousands of lines else.
fn warnings_of_events(events: &[PosteriorOfEvent]) -> Vec<String> {
    let without_numbers = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
    let mut kinds: Vec<(String, String, usize, usize)> = Vec::new();
    for (event, one) in events.iter().enumerate() {
        for line in warning_lines(&one.warnings) {
            let kind = without_numbers(&line);
            match kinds.iter_mut().find(|(known, ..)| *known == kind) {
                Some((.., n, _)) => *n += 1,
                None => kinds.push((kind, line, 1, event)),
            }
        }
    }
    let of = events.len();
    let line = |(_, line, n, first)| format!("{line} (event {first}; {n} of {of} events have such a warning)");
    kinds.into_iter().map(line).collect()
}
