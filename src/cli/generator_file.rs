//! Summary of a Les Houches file, as text and JSON.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use serde_json::{Value, json};

use super::console::{Console, mean_text, note_lines, table};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;
use motherlode_hep::lhe::{Event, EventReader, Normalisation, Run, WeightSummary};

/// Tables of more than `MOST_WEIGHTS` weights show the first `SOME_WEIGHTS`.
const MOST_WEIGHTS: usize = 40;
const SOME_WEIGHTS: usize = 15;
/// Events between two reports of the progress.
const STEP: u64 = 4096;
/// Size of the read buffer in bytes.
const BUFFER: usize = 1 << 17;

/// Sums over all events.
#[derive(Debug, Default)]
struct Totals {
    summary: WeightSummary,
    /// Sums of each weight after the first.
    others: Vec<WeightSummary>,
    /// Final-state particles.
    particles: usize,
}

impl Totals {
    fn add(&mut self, event: &Event) {
        self.summary.add(event.weight, event.trials);
        self.particles += event.particles.iter().filter(|particle| particle.is_final()).count();
        self.others.resize(event.weights.len(), WeightSummary::default());
        let weights = self.others.iter_mut().zip(&event.weights);
        let there = weights.filter(|(_, weight)| !weight.is_nan());
        there.for_each(|(summary, weight)| summary.add(*weight, event.trials));
    }
}

/// Reads all events and summarises the beams, the processes and the cross section of each weight.
pub(super) fn summary(path: &Path, console: &Console) -> Result<(String, Value)> {
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    let n_bytes = file.metadata().map_or(0, |about| about.len());
    let mut reader = EventReader::over(path, BufReader::with_capacity(BUFFER, &file))?;
    let (mut totals, mut event) = (Totals::default(), Event::default());
    // The number of events is unknown before the end of the file.
    let progress = console.progress("bytes");
    while reader.read(&mut event)? {
        totals.add(&event);
        if reader.n_read().is_multiple_of(STEP) {
            progress.report((&file).stream_position().unwrap_or(0), n_bytes);
        }
    }
    drop(progress);
    let Totals {
        mut summary,
        others,
        particles,
    } = totals;
    summary.is_closed = reader.is_closed();
    let run = reader.run();
    let normalisation = Normalisation::of(run);
    let factor = match summary.n_events {
        0 => 1.0,
        _ => normalisation.factor(path, run, &summary)?,
    };
    let mut remarks = summary.remarks(run, normalisation, factor);
    remarks.extend(reader.weight_remarks());
    let mut rows = vec![("(the first of each event)".to_owned(), summary.clone())];
    rows.extend(reader.weight_names().iter().cloned().zip(others));
    let mut parts = vec![
        heading(path, run, &summary, particles),
        process_table(run),
        weight_table(&rows, factor),
        weight_group_list(run),
    ];
    parts.extend(note_lines(&remarks));
    parts.retain(|part| !part.is_empty());
    let json = json!({
        "format": "lhe", "version": run.version, "n_events": summary.n_events, "beams": run.beams, "normalisation": normalisation,
        "cross_section": run.cross_section(), "event_norm": run.event_norm,
        "weights": rows.iter().map(|(name, summary)| json!({
            "name": name, "n_events": summary.n_events, "n_negative": summary.n_negative, "cross_section": summary.cross_section(factor),
        })).collect::<Vec<_>>(),
        "groups": run.weight_groups.iter().map(|group| json!({
            "name": group.name, "weights": group.weights.iter().map(|weight| &weight.id).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "remarks": remarks,
    });
    Ok((parts.join("\n\n"), json))
}

fn heading(path: &Path, run: &Run, summary: &WeightSummary, particles: usize) -> String {
    let [(a, energy_a), (b, energy_b)] = run.beams;
    format!(
        "{}: a Les Houches file, version {}, with {} events of {:.1} final particles on average; beams {a} of {energy_a} GeV and {b} of \
         {energy_b} GeV",
        path.display(),
        run.version,
        summary.n_events,
        particles as f64 / summary.n_events.max(1) as f64
    )
}

fn process_table(run: &Run) -> String {
    let row = |process: &motherlode_hep::lhe::Process| {
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
    let line = |group: &motherlode_hep::lhe::WeightGroup| {
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
