//! Summary of a Les Houches file, as text and JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::console::{Console, mean_text, note_lines, table};
use motherlode_core::error::Result;
use motherlode_core::mean::Mean;
use motherlode_hep::lhe::{FileSummary, Process, Run, WeightGroup, WeightSummary};

/// Tables of more than `MOST_WEIGHTS` weights show the first `SOME_WEIGHTS`.
const MOST_WEIGHTS: usize = 40;
const SOME_WEIGHTS: usize = 15;

/// Reads all events and summarises the beams, the processes and the cross section of each weight.
pub(super) fn summary(path: &Path, console: &Console) -> Result<(String, Value)> {
    let summary = FileSummary::read(path, &console.progress("bytes"))?;
    let FileSummary {
        run,
        weights,
        factor,
        notes,
        ..
    } = &summary;
    let mut parts = vec![
        heading(path, &summary),
        process_table(run),
        weight_table(weights, *factor),
        weight_group_list(run),
    ];
    parts.extend(note_lines(notes));
    parts.retain(|part| !part.is_empty());
    let json = json!({
        "format": "lhe", "version": run.version, "n_events": summary.n_events(), "beams": run.beams,
        "normalisation": summary.normalisation, "cross_section": run.cross_section(), "event_norm": run.event_norm,
        "weights": weights.iter().map(|(name, summary)| json!({
            "name": name, "n_events": summary.n_events, "n_negative": summary.n_negative, "cross_section": summary.cross_section(*factor),
        })).collect::<Vec<_>>(),
        "groups": run.weight_groups.iter().map(|group| json!({
            "name": group.name, "weights": group.weights.iter().map(|weight| &weight.id).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "remarks": notes,
    });
    Ok((parts.join("\n\n"), json))
}

fn heading(path: &Path, summary: &FileSummary) -> String {
    let [(a, energy_a), (b, energy_b)] = summary.run.beams;
    format!(
        "{}: a Les Houches file, version {}, with {} events of {:.1} final particles on average; beams {a} of {energy_a} GeV and {b} of \
         {energy_b} GeV",
        path.display(),
        summary.run.version,
        summary.n_events(),
        summary.n_particles as f64 / summary.n_events().max(1) as f64
    )
}

fn process_table(run: &Run) -> String {
    let row = |process: &Process| {
        vec![
            format!("    {}", process.id),
            mean_text(Mean {
                value: process.cross_section,
                standard_error: process.standard_error,
            }),
        ]
    };
    table(
        &["    process", "cross section [pb]"],
        &run.processes.iter().map(row).collect::<Vec<_>>(),
    )
}

fn weight_table(rows: &[(String, WeightSummary)], factor: f64) -> String {
    let shown = if rows.len() > MOST_WEIGHTS {
        SOME_WEIGHTS
    } else {
        rows.len()
    };
    let row = |(name, summary): &(String, WeightSummary)| {
        vec![
            format!("    {name}"),
            mean_text(summary.cross_section(factor)),
            summary.n_events.to_string(),
            summary.n_negative.to_string(),
        ]
    };
    let rows_shown: Vec<Vec<String>> = rows[..shown].iter().map(row).collect();
    let table = table(
        &["    weight", "sum over the events [pb]", "events", "negative"],
        &rows_shown,
    );
    match rows.len() - shown {
        0 => table,
        more => format!("{table}\n    … and {more} more, which --json shows"),
    }
}

fn weight_group_list(run: &Run) -> String {
    let line = |group: &WeightGroup| {
        let name = if group.name.is_empty() {
            "(no name)"
        } else {
            &group.name
        };
        format!("    {name}: {} weights", group.weights.len())
    };
    let lines: Vec<String> = run.weight_groups.iter().map(line).collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("groups of weights\n{}", lines.join("\n")),
    }
}
