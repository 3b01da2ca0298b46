//! What a file of MadMiner holds, in words and as JSON.

use serde_json::{Value, json};

use super::say::table;
use crate::error::Result;
use crate::inference::Information;
use crate::interop::madminer::{BenchmarkEvents, EventFile, Samples, Selection, Setup, WeightedEvents};
use crate::mean::Mean;

/// Parameters, benchmarks with their cross sections, morphing, systematics, observables, and what there is to worry about.
pub(super) fn account(file: &EventFile) -> Result<(String, Value)> {
    let setup = &file.setup;
    let mut parts = vec![heading(file), parameters(setup), benchmarks(file)];
    let morphing = setup.morphing.as_ref().map(|morphing| {
        json!({
            "components": morphing.components(), "n_bases": morphing.n_bases(), "condition": morphing.condition(),
        })
    });
    parts.push(match &setup.morphing {
        None => "morphing: none, so that weights are known at the benchmarks only".into(),
        Some(morphing) => format!(
            "morphing: {} monomials of degree up to {}, {} basis of condition number {:.3}",
            morphing.components().len(),
            morphing.degree(),
            morphing.n_bases(),
            morphing.condition()
        ),
    });
    let derivatives = derivatives(file)?;
    parts.extend(derivatives_in_words(setup, &derivatives));
    parts.extend(systematics(setup));
    parts.extend(observables(setup));
    let remarks = remarks(file)?;
    parts.extend(remarks.iter().map(|remark| format!("note: {remark}")));
    let names = |names: Vec<&String>| json!(names);
    let json = json!({
        "format": "madminer",
        "n_events": file.samples.as_ref().map(Samples::n_events),
        "n_background": file.samples.as_ref().map(|samples| samples.background_events),
        "parameters": setup.parameters.iter().map(|parameter| json!({ "name": parameter.name, "range": parameter.range })).collect::<Vec<_>>(),
        "benchmarks": benchmarks_json(file),
        "morphing": morphing,
        "finite_differences": setup.finite_differences.as_ref().map(|differences| json!({
            "epsilon": differences.epsilon,
            "benchmarks": derivatives.iter().map(|at| json!({
                "name": at.name, "information": at.information, "information_of_rate": at.of_rate,
            })).collect::<Vec<_>>(),
        })),
        "systematics": setup.systematics.iter().map(|one| json!({ "name": one.name, "about": one.about() })).collect::<Vec<_>>(),
        "nuisance_parameters": names(setup.nuisances.iter().map(|nuisance| &nuisance.name).collect()),
        "observables": names(setup.observables.iter().map(|(name, _)| name).collect()),
        "n_negative": file.samples.as_ref().map(|samples| n_negative(setup, samples)),
        "remarks": remarks,
    });
    Ok((parts.join("\n\n"), json))
}

fn heading(file: &EventFile) -> String {
    let path = file.path.display();
    match &file.samples {
        None => format!("{path}: a setup file of MadMiner, without events"),
        Some(samples) => format!(
            "{path}: an event file of MadMiner with {} events, {} of them background",
            samples.n_events(),
            samples.background_events
        ),
    }
}

fn parameters(setup: &Setup) -> String {
    let row = |parameter: &crate::interop::madminer::MorphedParameter| {
        vec![
            format!("    {}", parameter.name),
            format!("{} to {}", parameter.range.0, parameter.range.1),
            format!("{} {}", parameter.card.0, parameter.card.1),
            parameter.transform.clone().unwrap_or_else(|| "theta".into()),
        ]
    };
    let rows: Vec<Vec<String>> = setup.parameters.iter().map(row).collect();
    table(&["    parameter", "range", "card", "value in the card"], &rows)
}

/// The cross section at a benchmark with its Monte Carlo error: samples are merged by their shares of the signal.
fn cross_section(samples: &Samples, factors: &[f64], b: usize) -> Mean {
    let column = samples.weights.column(b);
    let weights = column.iter().zip(factors).map(|(weight, factor)| weight * factor);
    Mean {
        value: weights.clone().sum(),
        standard_error: weights.map(|weight| weight * weight).sum::<f64>().sqrt(),
    }
}

fn cross_sections(file: &EventFile) -> Vec<Option<Mean>> {
    let factors = file.samples.as_ref().map(Samples::merging_factors).unwrap_or_default();
    let of = |b| file.samples.as_ref().map(|samples| cross_section(samples, &factors, b));
    (0..file.setup.benchmarks.len()).map(of).collect()
}

fn benchmarks(file: &EventFile) -> String {
    let mut heading = vec!["    benchmark"];
    heading.extend(file.setup.parameters.iter().map(|parameter| parameter.name.as_str()));
    heading.extend(["cross section [pb]", "events generated"]);
    let sections = cross_sections(file);
    let all = file.setup.benchmarks.iter().zip(&sections).enumerate();
    let rows: Vec<Vec<String>> = all
        .map(|(b, (benchmark, section))| {
            let mark = if benchmark.is_reference { " (reference)" } else { "" };
            let mut row = vec![format!("    {}{mark}", benchmark.name)];
            row.extend(benchmark.theta.iter().map(|value| match benchmark.is_nuisance {
                true => "–".into(),
                false => format!("{value:.4}"),
            }));
            row.push(section.map_or("–".into(), |Mean { value, standard_error }| {
                format!("{value:.5} ± {standard_error:.5}")
            }));
            row.push(
                file.samples
                    .as_ref()
                    .map_or("–".into(), |samples| samples.n_sampled_at(b).to_string()),
            );
            row
        })
        .collect();
    table(&heading, &rows)
}

fn benchmarks_json(file: &EventFile) -> Vec<Value> {
    let all = file.setup.benchmarks.iter().zip(cross_sections(file)).enumerate();
    all.map(|(b, (benchmark, section))| {
        json!({
            "name": benchmark.name, "theta": (!benchmark.is_nuisance).then_some(&benchmark.theta),
            "is_reference": benchmark.is_reference, "cross_section": section,
            "n_events": file.samples.as_ref().map(|samples| samples.n_sampled_at(b)),
        })
    })
    .collect()
}

/// A benchmark at which finite differences give derivatives, with the Fisher information for a luminosity of 1/pb, `[p][p]`: of all that
/// happens in an event, and of the number of events alone.
struct Derivatives {
    name: String,
    information: Option<Vec<Vec<f64>>>,
    of_rate: Option<Vec<Vec<f64>>>,
}

fn derivatives(file: &EventFile) -> Result<Vec<Derivatives>> {
    let bases = file
        .setup
        .finite_differences
        .iter()
        .flat_map(|differences| &differences.shifted);
    let rows = |found: Information| -> Vec<Vec<f64>> {
        let rows = found.matrix().row_iter();
        rows.map(|row| row.iter().copied().collect()).collect()
    };
    let of = |(base, _): &(usize, Vec<usize>)| -> Result<Derivatives> {
        let name = file.setup.benchmarks[*base].name.clone();
        if file.samples.is_none() {
            let (information, of_rate) = (None, None);
            return Ok(Derivatives {
                name,
                information,
                of_rate,
            });
        }
        let events = BenchmarkEvents::new(file, &name, &Selection::default())?;
        let (weights, gradients) = (events.weights.view(), events.gradients.view());
        let in_one_cell = vec![0; weights.len()];
        Ok(Derivatives {
            name,
            information: Some(rows(Information::of_weights(weights, gradients)?)),
            of_rate: Some(rows(Information::of_weighted_cells(weights, gradients, &in_one_cell)?)),
        })
    };
    bases.map(of).collect()
}

fn derivatives_in_words(setup: &Setup, all: &[Derivatives]) -> Option<String> {
    let differences = setup.finite_differences.as_ref()?;
    let numbers = |matrix: &Option<Vec<Vec<f64>>>| -> Vec<String> {
        let p = setup.parameters.len();
        let pairs = (0..p).flat_map(|i| (i..p).map(move |j| (i, j)));
        let one = |(i, j): (usize, usize)| {
            matrix
                .as_ref()
                .map_or("–".into(), |matrix| format!("{:.5}", matrix[i][j]))
        };
        pairs.map(one).collect()
    };
    let names = setup.parameters.iter().enumerate();
    let pairs = names.flat_map(|(i, a)| {
        setup.parameters[i..]
            .iter()
            .map(move |b| format!("{} {}", a.name, b.name))
    });
    let mut heading = vec!["    at".to_owned(), "information of".to_owned()];
    heading.extend(pairs);
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    let rows = all.iter().flat_map(|at| {
        [("events", &at.information), ("their number", &at.of_rate)]
            .map(|(of, matrix)| [vec![format!("    {}", at.name), of.into()], numbers(matrix)].concat())
    });
    Some(format!(
        "derivatives from finite differences with shifts of {}; Fisher information for a luminosity of 1/pb:\n{}",
        differences.epsilon,
        table(&heading, &rows.collect::<Vec<_>>())
    ))
}

fn systematics(setup: &Setup) -> Option<String> {
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
        "which is",
        "benchmark at +1",
        "benchmark at -1",
    ];
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

fn observables(setup: &Setup) -> Option<String> {
    let definition = |definition: &Option<String>| {
        definition
            .clone()
            .unwrap_or_else(|| "a function that is not in the file".into())
    };
    let all = setup.observables.iter();
    let rows: Vec<Vec<String>> = all
        .map(|(name, text)| vec![format!("    {name}"), definition(text)])
        .collect();
    (!rows.is_empty()).then(|| table(&["    observable", "defined as"], &rows))
}

/// Events with a negative weight at a parameter point.
fn n_negative(setup: &Setup, samples: &Samples) -> usize {
    let physical: Vec<usize> = setup.physical().map(|(b, _)| b).collect();
    let rows = samples.weights.rows().into_iter();
    rows.filter(|row| physical.iter().any(|b| row[*b] < 0.0)).count()
}

fn remarks(file: &EventFile) -> Result<Vec<String>> {
    let Some(samples) = &file.samples else {
        return Ok(Vec::new());
    };
    let mut remarks = Vec::new();
    let negative = n_negative(&file.setup, samples);
    if negative > 0 {
        remarks.push(format!(
            "{negative} events have a negative weight at a benchmark: where it is negative they cannot be drawn, and are left out"
        ));
    }
    if samples.sampling_benchmarks.is_none() {
        remarks.push(
            "the file does not say at which benchmark events were generated: their weights are added up as they are, which is wrong \
             if samples were merged"
                .into(),
        );
    }
    if file.setup.morphing.is_some() {
        let events = WeightedEvents::new(file, &Selection::default())?;
        if events.n_doubtful() > 0 {
            remarks.push(format!(
                "{} events are not the square of an amplitude: their weights may be negative between benchmarks, too",
                events.n_doubtful()
            ));
        }
    }
    Ok(remarks)
}
