//! Tables of the page: every error, and how it compares with the baseline.

use super::BASELINE;
use super::label::escape;
use super::look::look;
use super::words;
use crate::{Bounded, Measure, Results, Summary};

/// How many simulations each method needs to be as good as the baseline at its largest budget; empty if there is
/// nothing to compare.
pub fn matches(results: &Results) -> String {
    let order = words::matches(results, results.measure());
    let Some((_, first)) = order.first() else {
        return String::new();
    };
    let all = results.measures();
    let heads: String = all
        .iter()
        .map(|&measure| format!("<th colspan=\"2\">{}</th>", words::short(measure)))
        .collect();
    let rows: String = order
        .iter()
        .map(|(method, _)| {
            let cells: String = all
                .iter()
                .map(|&measure| match_cells(results, method, measure))
                .collect();
            format!("<tr>{}{cells}</tr>\n", name(method))
        })
        .collect();
    format!(
        "<table>\n<caption>Events needed to be as good as {} with {}, and how many times fewer that is</caption>\n\
         <thead><tr><th>method</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        look(BASELINE).label,
        words::count(first.n_baseline),
    )
}

fn match_cells(results: &Results, method: &str, measure: Measure) -> String {
    let comparable = words::comparable(method, BASELINE, measure);
    let found = comparable
        .then(|| results.to_match(method, BASELINE, measure))
        .flatten();
    found.map_or("<td></td><td></td>".into(), |found| {
        format!(
            "<td>{}</td><td{}>{}</td>",
            escape(&words::events(found.needed)),
            shade(found.gain),
            escape(&words::times(found.gain))
        )
    })
}

/// One error of every method at every budget.
pub fn errors(results: &Results, measure: Measure) -> String {
    let budgets = results.budgets();
    let cells = results.summaries();
    let heads: String = budgets
        .iter()
        .map(|&n| format!("<th>{}</th>", words::count(n)))
        .collect();
    let rows: String = results
        .methods()
        .into_iter()
        .map(|method| {
            let cells: String = budgets
                .iter()
                .map(|&n| cell(results, &cells, method, n, measure))
                .collect();
            format!("<tr>{}{cells}</tr>\n", name(method))
        })
        .collect();
    format!(
        "<div class=\"wide\"><table>\n<caption>{}</caption>\n<thead><tr><th>method</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        words::title(measure)
    )
}

fn name(method: &str) -> String {
    let look = look(method);
    let gold = match look.gold {
        "" => String::new(),
        gold => format!("<small>{gold}</small>"),
    };
    let colour = look.colour;
    format!(
        "<th scope=\"row\"><span style=\"color:{colour}\">{}</span>{gold}</th>",
        escape(&look.label)
    )
}

fn cell(results: &Results, cells: &[Summary], method: &str, n_events: usize, measure: Measure) -> String {
    let find = |method: &str| {
        cells
            .iter()
            .find(|cell| cell.method == method && cell.n_events == n_events)
    };
    let Some(cell) = find(method) else {
        return "<td></td>".into();
    };
    let [median, low, high] = measure.of_summary(cell);
    let class = match median {
        m if !m.is_finite() || m >= words::trivial(results, measure) => " class=\"poor\"",
        m if m == best(cells, n_events, measure) => " class=\"best\"",
        _ => "",
    };
    let range = match results.seeds().len() {
        1 => String::new(),
        _ => format!("<small>[{}, {}]</small>", words::number(low, 2), words::number(high, 2)),
    };
    let against = match find(BASELINE) {
        Some(baseline) => against(results, cell, baseline, measure),
        None => String::new(),
    };
    format!("<td{class}><b>{}</b>{range}{against}</td>", words::number(median, 3))
}

/// The error relative to the baseline's at the same budget, and how many times fewer simulations that is worth.
fn against(results: &Results, cell: &Summary, baseline: &Summary, measure: Measure) -> String {
    if cell.method == BASELINE || !words::comparable(&cell.method, BASELINE, measure) {
        return String::new();
    }
    let ratio = measure.of_summary(cell)[0] / measure.of_summary(baseline)[0];
    let gain = words::gain(results, cell, measure).map_or(String::new(), |gain| {
        format!("<small{}>{}</small>", shade(gain), escape(&words::times(gain)))
    });
    let ratio = words::number(ratio, 2);
    format!("<small>{ratio} of {}</small>{gain}", look(BASELINE).label)
}

/// Green for a gain, nothing for a loss.
fn shade(gain: Bounded) -> &'static str {
    let wins = gain.value() >= 1.0 && !matches!(gain, Bounded::LessThan(_));
    if wins { " class=\"gain\"" } else { "" }
}

fn best(cells: &[Summary], n_events: usize, measure: Measure) -> f64 {
    let column = cells.iter().filter(|cell| cell.n_events == n_events);
    column
        .map(|cell| measure.of_summary(cell)[0])
        .fold(f64::INFINITY, f64::min)
}

/// The trainings with an error that is not finite; empty if there are none.
pub fn failures(results: &Results) -> String {
    let failed = |value: f64| !value.is_finite();
    let items: String = results
        .runs
        .iter()
        .flat_map(|run| {
            let failed = results
                .measures()
                .into_iter()
                .filter(move |measure| failed(measure.of(run)));
            failed.map(move |measure| {
                format!(
                    "<li>{}, {} events, seed {}: {} is {}</li>\n",
                    escape(&look(&run.method).label),
                    words::count(run.n_events),
                    run.seed,
                    words::title(measure).to_lowercase(),
                    measure.of(run)
                )
            })
        })
        .collect();
    match items.is_empty() {
        true => String::new(),
        false => format!(
            "<h2>Not finite</h2>\n<p>Gaps in the figures; they rank above all others in the medians.</p>\n<ul>\n{items}</ul>\n"
        ),
    }
}
