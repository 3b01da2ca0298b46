//! Conversion of Les Houches events to an event file by an analysis (`motherlode import ANALYSIS.toml`), and the benchmarks that the
//! analysis needs (`motherlode inspect ANALYSIS.toml`).

use std::path::Path;

use serde_json::{Value, json};

use super::console::{Console, mean_text, note_lines, table, warning_lines};
use motherlode_core::error::Result;
use motherlode_hep::lhe::analysis::{Analysis, BenchmarkPlan, Conversion, ConvertedSample};
use motherlode_hep::madminer::{BasisSearch, Benchmark};

pub(super) fn run(path: &Path, output: &Path, seed: u64, console: &Console) -> Result<()> {
    let analysis = Analysis::read(path)?;
    let progress = console.progress("events");
    let conversion = analysis.convert(output, seed, &progress)?;
    drop(progress);
    let parts = [
        format!("{}: {} events", output.display(), conversion.n_kept()),
        sample_table(&conversion),
        cross_section_table(&conversion),
        cut_flow_table(&conversion),
        notes_and_warnings(&conversion),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    console.print(&parts.join("\n\n"), conversion_json(output, &conversion))
}

/// Benchmarks of an analysis, and proposals for those that are missing for a morphing basis.
pub(super) fn inspect(path: &Path) -> Result<(String, Value)> {
    let plan = BenchmarkPlan::read(path, BasisSearch::default())?;
    let parameters: Vec<&str> = plan
        .setup
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    let row = |benchmark: &Benchmark, about: &str| {
        let mut row = vec![format!("    {}", benchmark.name)];
        row.extend(benchmark.theta.iter().map(|value| format!("{value:.4}")));
        row.push(about.to_owned());
        row
    };
    let own = plan
        .setup
        .physical()
        .map(|(_, benchmark)| row(benchmark, "of the analysis"));
    let rows: Vec<Vec<String>> = own
        .chain(plan.proposed.iter().map(|benchmark| row(benchmark, "proposed")))
        .collect();
    let heading = [&["    benchmark"], parameters.as_slice(), &["origin"]].concat();
    let needed = match plan.proposed.len() {
        0 if plan.setup.physical().count() > plan.morphing.components().len() => {
            "the benchmarks form a basis".to_owned()
        }
        0 => "the benchmarks form a basis, and one more would check the powers".to_owned(),
        1 => "one more benchmark completes the basis".to_owned(),
        n => format!("{n} more benchmarks complete the basis"),
    };
    let text = format!(
        "{}\n\n{}\n\nmorphing: {} monomials of degree up to {}; {needed}, with condition number {:.3}\naverage variance of a cross section over the \
         parameter ranges: {:.3} times that at a benchmark",
        path.display(),
        table(&heading, &rows),
        plan.morphing.components().len(),
        plan.morphing.degree(),
        plan.morphing.condition(),
        plan.mean_squared_weight
    );
    let benchmarks = |all: Vec<&Benchmark>| -> Vec<Value> {
        all.iter()
            .map(|benchmark| json!({ "name": benchmark.name, "theta": benchmark.theta }))
            .collect()
    };
    let json = json!({
        "format": "analysis", "parameters": parameters,
        "benchmarks": benchmarks(plan.setup.physical().map(|(_, benchmark)| benchmark).collect()),
        "proposed": benchmarks(plan.proposed.iter().collect()),
        "components": plan.morphing.components(), "condition": plan.morphing.condition(),
        "mean_squared_weight": plan.mean_squared_weight,
    });
    Ok((text, json))
}

fn sample_table(conversion: &Conversion) -> String {
    let heading = ["    sample", "generated at", "events", "kept", "negative"];
    let row = |sample: &ConvertedSample| {
        let at = sample
            .benchmark
            .map_or("background", |b| conversion.setup.benchmarks[b].name.as_str());
        vec![
            format!("    {}", file_name(sample)),
            at.to_owned(),
            sample.flow.n_seen.to_string(),
            sample.flow.n_kept.to_string(),
            sample.n_negative.to_string(),
        ]
    };
    table(&heading, &conversion.samples.iter().map(row).collect::<Vec<_>>())
}

fn file_name(sample: &ConvertedSample) -> String {
    let name = sample.path.file_name().unwrap_or(sample.path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Contribution of each sample to the cross sections at the benchmarks.
fn cross_section_table(conversion: &Conversion) -> String {
    let names: Vec<String> = conversion
        .samples
        .iter()
        .map(|sample| format!("{} [pb]", file_name(sample)))
        .collect();
    let heading: Vec<&str> = ["    benchmark"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let row = |(b, benchmark): (usize, &Benchmark)| {
        let mut row = vec![format!("    {}", benchmark.name)];
        row.extend(
            conversion
                .samples
                .iter()
                .map(|sample| mean_text(sample.cross_section(b))),
        );
        row
    };
    table(
        &heading,
        &conversion
            .setup
            .benchmarks
            .iter()
            .enumerate()
            .map(row)
            .collect::<Vec<_>>(),
    )
}

fn cut_flow_table(conversion: &Conversion) -> String {
    let rows: Vec<Vec<String>> = conversion
        .rejected()
        .into_iter()
        .map(|(reason, n)| vec![format!("    {reason}"), n.to_string()])
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => table(&["    rejected, in this order", "events"], &rows),
    }
}

fn notes_and_warnings(conversion: &Conversion) -> String {
    let notes = |sample: &ConvertedSample| {
        let all = sample.notes.iter().cloned().chain(sample.unknown_particles());
        note_lines(all.map(|note| format!("{}: {note}", sample.path.display())))
    };
    let mut lines: Vec<String> = conversion.samples.iter().flat_map(notes).collect();
    let check = conversion.morphing_check();
    lines.extend(note_lines(check.and_then(|check| check.note())));
    lines.extend(warning_lines(conversion.warnings()));
    lines.join("\n")
}

fn conversion_json(output: &Path, conversion: &Conversion) -> Value {
    let benchmarks: Vec<&str> = conversion
        .setup
        .benchmarks
        .iter()
        .map(|benchmark| benchmark.name.as_str())
        .collect();
    json!({
        "output": output,
        "n_events": conversion.n_kept(),
        "warnings": conversion.warnings(),
        "morphing_check": conversion.morphing_check(),
        "benchmarks": benchmarks,
        "samples": conversion.samples.iter().map(|sample| json!({
            "file": sample.path, "benchmark": sample.benchmark.map(|b| benchmarks[b]), "n_events": sample.flow.n_seen,
            "n_kept": sample.flow.n_kept, "n_negative": sample.n_negative, "cross_sections": (0..benchmarks.len()).map(|b| sample.cross_section(b)).collect::<Vec<_>>(),
            "remarks": sample.notes,
        })).collect::<Vec<_>>(),
        "left_out": conversion.rejected().into_iter().map(|(reason, n)| json!({ "why": reason, "n_events": n })).collect::<Vec<_>>(),
    })
}
