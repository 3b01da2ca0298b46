//! `motherlode import ANALYSIS.toml`: events of generators become an event file; `inspect ANALYSIS.toml` says at which benchmarks a
//! generator has to weight them.

use std::path::Path;

use serde_json::{Value, json};

use super::numbers::measured;
use super::say::{Say, table};
use motherlode_core::error::Result;
use motherlode_hep::lhe::analysis::{Analysis, BenchmarkPlan, Conversion, ConvertedSample};
use motherlode_hep::madminer::{BasisSearch, Benchmark};

pub(super) fn run(path: &Path, output: &Path, seed: u64, say: &Say) -> Result<()> {
    let analysis = Analysis::read(path)?;
    let progress = say.progress("events");
    let conversion = analysis.convert(output, seed, &progress)?;
    drop(progress);
    let words = [
        format!("{}: {} events", output.display(), kept(&conversion)),
        samples(&conversion),
        cross_sections(&conversion),
        cut_flow(&conversion),
        remarks(&conversion),
    ];
    let words: Vec<String> = words.into_iter().filter(|part| !part.is_empty()).collect();
    say.result(&words.join("\n\n"), account(output, &conversion))
}

/// Benchmarks of an analysis, and those that a basis lacks.
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
    let heading = [&["    benchmark"], parameters.as_slice(), &["is"]].concat();
    let needed = match plan.proposed.len() {
        0 => "the benchmarks are a basis".to_owned(),
        1 => "one more benchmark makes a basis".to_owned(),
        n => format!("{n} more benchmarks make a basis"),
    };
    let words = format!(
        "{}\n\n{}\n\nmorphing: {} monomials of degree up to {}; {needed}, of condition number {:.3}\nthe variance of a cross section is {:.3} \
         times that at a benchmark, on average over the ranges of the parameters",
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
    Ok((words, json))
}

fn kept(conversion: &Conversion) -> u64 {
    conversion.samples.iter().map(|sample| sample.flow.n_kept).sum()
}

fn samples(conversion: &Conversion) -> String {
    let heading = ["    sample", "generated at", "events", "kept", "negative"];
    let row = |sample: &ConvertedSample| {
        let at = sample
            .benchmark
            .map_or("background", |b| conversion.setup.benchmarks[b].name.as_str());
        vec![
            format!("    {}", name(sample)),
            at.to_owned(),
            sample.flow.n_seen.to_string(),
            sample.flow.n_kept.to_string(),
            sample.n_negative.to_string(),
        ]
    };
    table(&heading, &conversion.samples.iter().map(row).collect::<Vec<_>>())
}

fn name(sample: &ConvertedSample) -> String {
    let name = sample.path.file_name().unwrap_or(sample.path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What each sample adds to the cross sections at the benchmarks.
fn cross_sections(conversion: &Conversion) -> String {
    let names: Vec<String> = conversion
        .samples
        .iter()
        .map(|sample| format!("{} [pb]", name(sample)))
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
                .map(|sample| measured(sample.cross_section(b))),
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

/// Events that were left out, and why.
fn left_out(conversion: &Conversion) -> Vec<(String, u64)> {
    let total = |of: &dyn Fn(&ConvertedSample) -> u64| conversion.samples.iter().map(of).sum::<u64>();
    let observables = conversion.setup.observables.iter().enumerate();
    let undefined = observables.map(|(i, (name, _))| {
        (
            format!("{name} is undefined"),
            total(&|sample| sample.flow.undefined[i]),
        )
    });
    let cuts = conversion.cuts.iter().enumerate();
    let cuts = cuts.map(|(i, cut)| (format!("not {cut}"), total(&|sample| sample.flow.cut[i])));
    let mut all: Vec<(String, u64)> = undefined.filter(|(_, n)| *n > 0).chain(cuts).collect();
    let inefficient = total(&|sample| sample.flow.n_inefficient);
    all.extend((inefficient > 0).then(|| ("efficiency of 0".to_owned(), inefficient)));
    all
}

fn cut_flow(conversion: &Conversion) -> String {
    let rows: Vec<Vec<String>> = left_out(conversion)
        .into_iter()
        .map(|(why, n)| vec![format!("    {why}"), n.to_string()])
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => table(&["    left out, in this order", "events"], &rows),
    }
}

fn remarks(conversion: &Conversion) -> String {
    let of = |sample: &ConvertedSample| {
        let mut remarks = sample.remarks.clone();
        if sample.flow.n_unknown > 0 {
            remarks.push(format!(
                "{} particles are of kinds that are taken for invisible, and are no neutrinos",
                sample.flow.n_unknown
            ));
        }
        remarks
            .into_iter()
            .map(|remark| format!("note: {}: {remark}", sample.path.display()))
            .collect::<Vec<_>>()
    };
    let mut all: Vec<String> = conversion.samples.iter().flat_map(of).collect();
    all.extend(
        conversion
            .warnings()
            .into_iter()
            .map(|warning| format!("warning: {warning}")),
    );
    all.join("\n")
}

fn account(output: &Path, conversion: &Conversion) -> Value {
    let benchmarks: Vec<&str> = conversion
        .setup
        .benchmarks
        .iter()
        .map(|benchmark| benchmark.name.as_str())
        .collect();
    json!({
        "output": output,
        "n_events": kept(conversion),
        "warnings": conversion.warnings(),
        "benchmarks": benchmarks,
        "samples": conversion.samples.iter().map(|sample| json!({
            "file": sample.path, "benchmark": sample.benchmark.map(|b| benchmarks[b]), "n_events": sample.flow.n_seen,
            "n_kept": sample.flow.n_kept, "n_negative": sample.n_negative, "cross_sections": (0..benchmarks.len()).map(|b| sample.cross_section(b)).collect::<Vec<_>>(),
            "remarks": sample.remarks,
        })).collect::<Vec<_>>(),
        "left_out": left_out(conversion).into_iter().map(|(why, n)| json!({ "why": why, "n_events": n })).collect::<Vec<_>>(),
    })
}
