//! Summary of a MadMiner setup or event file, as text and JSON.

use nalgebra::DMatrix;
use serde_json::{Value, json};

use super::console::{mean_text, note_lines, table, warning_lines};
use motherlode_core::error::Result;
use motherlode_core::format::exact;
use motherlode_hep::madminer::{BenchmarkInformation, EventReader, EventSums, MorphedParameter, MorphingCheck, Setup};

/// Reads the whole file and summarises parameters, benchmarks with their cross sections, morphing, systematics and observables, with notes
/// on problems.
pub(super) fn summary(file: &EventReader) -> Result<(String, Value)> {
    let setup = file.setup();
    let events = EventSums::from_file(file)?;
    let check = events.as_ref().and_then(EventSums::morphing_check);
    let mut parts = vec![
        heading(file),
        parameter_table(setup),
        benchmark_table(setup, events.as_ref()),
    ];
    let morphing = setup.morphing.as_ref().map(|morphing| {
        json!({
            "components": morphing.components(), "n_bases": morphing.n_bases(), "condition": morphing.condition(),
            "check": check,
        })
    });
    parts.push(match &setup.morphing {
        None => "morphing: none; weights are known at the benchmarks only".into(),
        Some(morphing) => format!(
            "morphing: {} monomials of degree up to {}, {} basis of condition number {:.3}",
            morphing.components().len(),
            morphing.degree(),
            morphing.n_bases(),
            morphing.condition()
        ),
    });
    parts.extend(derivatives_text(setup, events.as_ref()));
    parts.extend(systematics_table(setup));
    parts.extend(observable_table(setup));
    let notes = events.as_ref().map(EventSums::notes).unwrap_or_default();
    parts.extend(note_lines(&notes));
    parts.extend(note_lines(check.iter().filter_map(MorphingCheck::note)));
    parts.extend(warning_lines(check.iter().filter_map(MorphingCheck::caveat)));
    let names = |names: Vec<&String>| json!(names);
    let json = json!({
        "format": "madminer",
        "n_events": events.as_ref().map(|_| file.n_events()),
        "n_background": events.as_ref().map(|_| file.n_background()),
        "parameters": setup.parameters.iter().map(|parameter| json!({ "name": parameter.name, "range": parameter.range })).collect::<Vec<_>>(),
        "benchmarks": benchmarks_json(setup, events.as_ref()),
        "morphing": morphing,
        "finite_differences": setup.finite_differences.as_ref().map(|differences| json!({
            "epsilon": differences.epsilon, "benchmarks": derivatives_json(setup, events.as_ref()),
        })),
        "systematics": setup.systematics.iter().map(|one| json!({ "name": one.name, "about": one.about() })).collect::<Vec<_>>(),
        "nuisance_parameters": names(setup.nuisances.iter().map(|nuisance| &nuisance.name).collect()),
        "observables": names(setup.observables.iter().map(|(name, _)| name).collect()),
        "n_negative": events.as_ref().map(|events| events.n_negative),
        "remarks": notes,
        "warnings": check.iter().filter_map(MorphingCheck::caveat).map(|caveat| caveat.to_string()).collect::<Vec<_>>(),
    });
    Ok((parts.join("\n\n"), json))
}

fn heading(file: &EventReader) -> String {
    let path = file.path().display();
    match file.n_events() {
        0 => format!("{path}: a setup file of MadMiner, without events"),
        n => format!(
            "{path}: an event file of MadMiner with {n} events, {} of them background",
            file.n_background()
        ),
    }
}

fn parameter_table(setup: &Setup) -> String {
    let row = |parameter: &MorphedParameter| {
        vec![
            format!("    {}", parameter.name),
            format!("{} to {}", exact(parameter.range.0), exact(parameter.range.1)),
            match parameter.card.0.is_empty() {
                true => "–".into(),
                false => format!("{} {}", parameter.card.0, parameter.card.1),
            },
            parameter.transform.clone().unwrap_or_else(|| "theta".into()),
        ]
    };
    let rows: Vec<Vec<String>> = setup.parameters.iter().map(row).collect();
    table(&["    parameter", "range", "card", "value in the card"], &rows)
}

fn benchmark_table(setup: &Setup, events: Option<&EventSums>) -> String {
    let mut heading = vec!["    benchmark"];
    heading.extend(setup.parameters.iter().map(|parameter| parameter.name.as_str()));
    heading.extend(["cross section [pb]", "events generated"]);
    let all = setup.benchmarks.iter().enumerate();
    let rows: Vec<Vec<String>> = all
        .map(|(b, benchmark)| {
            let mark = if benchmark.is_reference { " (reference)" } else { "" };
            let mut row = vec![format!("    {}{mark}", benchmark.name)];
            row.extend(benchmark.theta.iter().map(|value| match benchmark.is_nuisance {
                true => "–".into(),
                false => format!("{value:.4}"),
            }));
            row.push(events.map_or("–".into(), |events| mean_text(events.cross_section(b))));
            row.push(events.map_or("–".into(), |events| events.n_sampled[b].to_string()));
            row
        })
        .collect();
    table(&heading, &rows)
}

fn benchmarks_json(setup: &Setup, events: Option<&EventSums>) -> Vec<Value> {
    let all = setup.benchmarks.iter().enumerate();
    all.map(|(b, benchmark)| {
        json!({
            "name": benchmark.name, "theta": (!benchmark.is_nuisance).then_some(&benchmark.theta),
            "is_reference": benchmark.is_reference, "cross_section": events.map(|events| events.cross_section(b)),
            "n_events": events.map(|events| events.n_sampled[b]),
        })
    })
    .collect()
}

fn derivatives_json(setup: &Setup, events: Option<&EventSums>) -> Vec<Value> {
    let bases = setup.finite_differences.iter().flat_map(|all| &all.shifted).enumerate();
    bases
        .map(|(i, (base, _))| {
            let derivatives = events.map(|events| &events.derivatives[i]);
            json!({
                "name": setup.benchmarks[*base].name,
                "information": derivatives.map(|at| rows_of(&at.information)),
                "information_of_rate": derivatives.map(|at| rows_of(&at.rate_information())),
            })
        })
        .collect()
}

fn rows_of(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

fn derivatives_text(setup: &Setup, events: Option<&EventSums>) -> Option<String> {
    let differences = setup.finite_differences.as_ref()?;
    let p = setup.parameters.len();
    let pairs: Vec<(usize, usize)> = (0..p).flat_map(|i| (i..p).map(move |j| (i, j))).collect();
    let name = |i: usize| setup.parameters[i].name.as_str();
    let mut heading = vec!["    at".to_owned(), "information of".to_owned()];
    heading.extend(pairs.iter().map(|(i, j)| format!("{} {}", name(*i), name(*j))));
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    let rows = differences.shifted.iter().enumerate().flat_map(|(i, (base, _))| {
        let at = events.map(|events| &events.derivatives[i]);
        let row = |of: &str, matrix: Option<DMatrix<f64>>| {
            let one = |pair: &(usize, usize)| {
                matrix
                    .as_ref()
                    .map_or("–".into(), |matrix| format!("{:.5}", matrix[*pair]))
            };
            let named = [format!("    {}", setup.benchmarks[*base].name), of.to_owned()];
            named.into_iter().chain(pairs.iter().map(one)).collect::<Vec<String>>()
        };
        [
            row("events", at.map(|at| at.information.clone())),
            row("their number", at.map(BenchmarkInformation::rate_information)),
        ]
    });
    Some(format!(
        "derivatives from finite differences with shifts of {}; Fisher information at a luminosity of 1/pb:\n{}",
        differences.epsilon,
        table(&heading, &rows.collect::<Vec<_>>())
    ))
}

fn systematics_table(setup: &Setup) -> Option<String> {
    let name = |b: usize| setup.benchmarks[b].name.as_str();
    let rows: Vec<Vec<String>> = setup
        .nuisances
        .iter()
        .map(|nuisance| {
            let source = nuisance.systematic.as_deref().unwrap_or("–");
            let about = setup.systematics.iter().find(|systematic| systematic.name == source);
            vec![
                format!("    {}", nuisance.name),
                source.into(),
                about.map_or("–".into(), |systematic| systematic.about()),
                name(nuisance.positive).into(),
                nuisance.negative.map_or("none", name).into(),
            ]
        })
        .collect();
    let heading = [
        "    nuisance parameter",
        "systematic",
        "effect",
        "benchmark at +1",
        "benchmark at -1",
    ];
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

fn observable_table(setup: &Setup) -> Option<String> {
    let definition = |definition: &Option<String>| {
        definition
            .clone()
            .unwrap_or_else(|| "a Python function, which the file does not contain".into())
    };
    let all = setup.observables.iter();
    let rows: Vec<Vec<String>> = all
        .map(|(name, text)| vec![format!("    {name}"), definition(text)])
        .collect();
    (!rows.is_empty()).then(|| table(&["    observable", "defined as"], &rows))
}
