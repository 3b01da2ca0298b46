//! Tables of the page: every error, and how it compares with the baseline.

use super::BASELINE;
use super::label::escape;
use super::look::look;
use super::words;
use crate::study::{Measure, Results, Summary};

/// How many simulations each method needs to be as good as the baseline at its largest budget; empty if that says
/// nothing.
pub fn matches(results: &Results) -> String {
    let found = words::matches(results, Measure::Prior);
    let Some((_, first)) = found.first() else {
        return String::new();
    };
    let baseline = look(BASELINE).label;
    let rows: String = found
        .iter()
        .map(|(method, found)| {
            format!(
                "<tr>{}<td>{}</td><td class=\"gain\">{}</td></tr>\n",
                name(method),
                escape(&words::events(found.needed)),
                escape(&words::times(found.gain)),
            )
        })
        .collect();
    format!(
        "<table>\n<caption>To reach the prior error of {baseline} with {} events, {}</caption>\n\
         <thead><tr><th>method</th><th>events needed</th><th>times fewer</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        words::count(first.n_baseline),
        words::number(first.error, 3),
    )
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
        m if !m.is_finite() || m >= trivial(results, measure) => " class=\"poor\"",
        m if m == best(cells, n_events, measure) => " class=\"best\"",
        _ => "",
    };
    let range = format!("<small>[{}, {}]</small>", words::number(low, 2), words::number(high, 2));
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
    let gain = results
        .gain(&cell.method, cell.n_events, BASELINE, measure)
        .map_or(String::new(), |gain| {
            format!("<small class=\"gain\">{}</small>", escape(&words::times(gain)))
        });
    format!(
        "<small>{} of {}</small>{gain}",
        words::number(ratio, 2),
        look(BASELINE).label
    )
}

fn best(cells: &[Summary], n_events: usize, measure: Measure) -> f64 {
    let column = cells.iter().filter(|cell| cell.n_events == n_events);
    column
        .map(|cell| measure.of_summary(cell)[0])
        .fold(f64::INFINITY, f64::min)
}

fn trivial(results: &Results, measure: Measure) -> f64 {
    match measure {
        Measure::Prior => results.trivial_prior,
        Measure::Pair => results.trivial_pair,
        Measure::Score => results.trivial_score,
    }
}

/// The trainings with an error that is not finite; empty if there are none.
pub fn failures(results: &Results) -> String {
    let failed = |value: f64| !value.is_finite();
    let items: String = results
        .runs
        .iter()
        .flat_map(|run| {
            let errors = [Measure::Prior, Measure::Pair, Measure::Score];
            let failed = errors.into_iter().filter(move |measure| failed(measure.of(run)));
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
