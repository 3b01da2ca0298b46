//! Tables and figures of Fisher information.

use motherlode_core::error::Result;
use motherlode_core::format::{comma_separated, four_digits};
use motherlode_core::mean::Mean;
use motherlode_stats::analysis::InformationResult;
use motherlode_stats::inference::{Information, InformationEstimate, critical_value};
use motherlode_study::plot::{self, Ellipse};

use crate::console::{mean_text, table, warning_lines};

/// Parameters up to which all matrix elements are printed, otherwise the diagonal.
const FEW_PARAMETERS: usize = 3;
/// Printed for an unknown resolution.
const DASH: &str = "–";
/// Information below this is a rounding error.
const ROUNDING: f64 = 1e-12;

/// A heading, the matrices and the resolutions, without and with the number of events.
pub(super) fn text(result: &InformationResult) -> String {
    let mut parts = vec![
        heading(result),
        information_table(result),
        resolution_table(result, false),
    ];
    if result.rate.is_some() {
        parts.push(resolution_table(result, true));
    }
    parts.extend(warning_lines(&result.warnings));
    parts.join("\n\n")
}

/// The regions of 68 % in the plane of two parameters, as SVG.
pub(super) fn ellipses(result: &InformationResult, plane: [usize; 2]) -> Result<String> {
    let mut shown = Vec::new();
    for source in &result.sources {
        if let Some(two) = result.profiled(source, plane)? {
            let two = two.matrix();
            shown.push(Ellipse {
                name: source.name.clone(),
                information: [two[(0, 0)], two[(0, 1)], two[(1, 1)]],
            });
        }
    }
    let names = plane.map(|k| result.parameters[k].as_str());
    let with = if result.rate.is_some() {
        ", with their number"
    } else {
        ""
    };
    let caption = format!("68 % of {}{with}", events(result.n_expected));
    let level = critical_value(0.68, 2)?;
    let centre = plane.map(|k| result.theta[k]);
    Ok(plot::ellipses(names, &caption, centre, level, &shown))
}

fn heading(result: &InformationResult) -> String {
    format!(
        "{} expected of {} at {}, from {}",
        events(result.n_expected),
        result.simulator,
        comma_separated(&result.theta),
        match result.n_rows {
            None => format!("{} simulated ones", result.n_events),
            Some(rows) => format!("{} drawn with replacement from {rows} rows", result.n_events),
        }
    )
}

/// Matrix elements to print: all for few parameters, otherwise the diagonal.
fn elements(result: &InformationResult) -> Vec<(usize, usize)> {
    let p = result.parameters.len();
    let all = (0..p).flat_map(|i| (i..p).map(move |j| (i, j)));
    all.filter(|(i, j)| p <= FEW_PARAMETERS || i == j).collect()
}

fn information_table(result: &InformationResult) -> String {
    let elements = elements(result);
    let named = |&(i, j): &(usize, usize)| format!("{}, {}", result.parameters[i], result.parameters[j]);
    let mut heading = vec!["information on".to_owned()];
    heading.extend(elements.iter().map(named));
    let cells = |information: &Information, errors: Option<&InformationEstimate>, factor: f64| -> Vec<String> {
        let cell = |&(i, j): &(usize, usize)| {
            number(Mean {
                value: factor * information.matrix()[(i, j)],
                standard_error: errors.map_or(0.0, |errors| factor * errors.standard_error(i, j)),
            })
        };
        elements.iter().map(cell).collect()
    };
    let row = |name: &str, cells: Vec<String>| [vec![format!("    {name}")], cells].concat();
    let of_measurement =
        |measured: &InformationEstimate| cells(measured.information(), Some(measured), result.n_expected);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for source in &result.sources {
        rows.push(row(&source.name, of_measurement(&source.measured)));
        if let Some(claimed) = &source.claimed {
            rows.push(row("  by its own estimate", of_measurement(claimed)));
        }
    }
    let rate = result.rate.iter();
    rows.extend(rate.map(|rate| row("number of events", cells(rate, None, 1.0))));
    source_table(result, heading, rows)
}

fn resolution_table(result: &InformationResult, with_rate: bool) -> String {
    let with = if with_rate { ", with the number of events" } else { "" };
    let constrained = match result.constraints {
        Some(_) => ", nuisance parameters constrained",
        None => "",
    };
    let mut heading = vec![format!("smallest standard error{with}{constrained}")];
    let several = result.parameters.len() > 1;
    for name in &result.parameters {
        heading.push(name.clone());
        heading.extend(several.then(|| format!("{name}, others unknown")));
    }
    let mut rows = Vec::new();
    for source in &result.sources {
        let mut row = vec![format!("    {}", source.name)];
        let resolutions = match with_rate {
            true => source.resolution_with_rate.as_deref().unwrap_or_default(),
            false => &source.resolution,
        };
        for found in resolutions {
            row.push(resolution(found.others_known));
            row.extend(several.then(|| found.others_unknown.map_or(DASH.into(), resolution)));
        }
        rows.push(row);
    }
    let has_dash = rows.iter().flatten().any(|cell| cell == DASH);
    let table = source_table(result, heading, rows);
    match has_dash {
        true => {
            format!(
                "{table}\n    {DASH}: not determined by these data, or not known to 30 % from these simulated events"
            )
        }
        false => table,
    }
}

/// One line for each source; one column for each, if there are many parameters.
fn source_table(result: &InformationResult, heading: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let all = [vec![heading], rows].concat();
    let lines = match result.parameters.len() <= FEW_PARAMETERS {
        true => all,
        false => (0..all[0].len())
            .map(|column| all.iter().map(|line| line[column].trim().to_owned()).collect())
            .collect(),
    };
    let heading: Vec<&str> = lines[0].iter().map(String::as_str).collect();
    table(&heading, &lines[1..])
}

/// A resolution, or a dash if the simulated events do not determine it.
fn resolution(resolution: Mean) -> String {
    match InformationResult::is_known(resolution) {
        true => number(resolution),
        false => DASH.into(),
    }
}

fn number(Mean { value, standard_error }: Mean) -> String {
    match value.abs().max(standard_error) < ROUNDING {
        true => "0".into(),
        false => mean_text(Mean { value, standard_error }),
    }
}

/// A number of events: "1 event", "36 events".
fn events(n: f64) -> String {
    match n {
        1.0 => "1 event".into(),
        n if n.fract() == 0.0 => format!("{n} events"),
        n => format!("{} events", four_digits(n)),
    }
}
