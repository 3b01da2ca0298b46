//! The report of a study as text, for the terminal.

use super::comparisons::{self, BASELINE};
use super::method_style::method_style;
use super::text_table::aligned;
use super::{findings, held_out_table, metric_names, text};
use crate::Results;

/// Prints the headline and the median error of each method at each budget: the prior error, or the excess divergence on held-out
/// events.
///
/// The factor behind an error says how many times more simulations CARL would need for it, where CARL was run. The line at the
/// bottom gives the error of the answer log r = 0. Metrics on held-out events follow where there are any.
pub fn table(results: &Results) -> String {
    let budgets = results.budgets();
    let metric = results.metric();
    let head = std::iter::once(format!("median {}", metric_names::short(metric)))
        .chain(budgets.iter().map(|&n| text::count(n)));
    let mut rows: Vec<Vec<String>> = vec![head.collect()];
    for method in results.methods() {
        let cells = budgets.iter().map(|&n| cell(results, method, n));
        rows.push(std::iter::once(method_style(method).label).chain(cells).collect());
    }
    let notes = [findings::evaluation_note(results), findings::baseline_warning(results)];
    let notes: String = notes.into_iter().flatten().map(|note| format!("{note}\n\n")).collect();
    format!(
        "{}\n\n{notes}{}\nthe answer log r = 0 gets {}\n{}",
        findings::headline(results),
        aligned(&rows),
        text::number(results.trivial_error(metric), 3),
        held_out_table::text(results),
    )
}

/// An error and its gain. The gain has a fixed width, so that the errors are aligned.
fn cell(results: &Results, method: &str, n_events: usize) -> String {
    let Some(summary) = results.summary(method, n_events) else {
        return String::new();
    };
    let metric = results.metric();
    let error = text::number(metric.of_summary(&summary)[0], 3);
    if !results.methods().contains(&BASELINE) {
        return error;
    }
    let gain = comparisons::gain(results, &summary, metric);
    format!("{error} {:>8}", gain.map_or(String::new(), text::factor))
}
