//! The table of a study for the terminal.

use super::BASELINE;
use super::look::look;
use super::words;
use crate::study::{Measure, Results};

/// The median prior error of each method at each budget, as aligned text.
///
/// Behind each error stands how many times fewer simulations that is than CARL would need, where CARL was run. The
/// sentence on top is that of the report; the line at the bottom says what the answer log r = 0 would get.
pub fn table(results: &Results) -> String {
    let budgets = results.budgets();
    let head = std::iter::once("median prior error".to_owned()).chain(budgets.iter().map(|&n| words::count(n)));
    let mut rows: Vec<Vec<String>> = vec![head.collect()];
    for method in results.methods() {
        let cells = budgets.iter().map(|&n| cell(results, method, n));
        rows.push(std::iter::once(look(method).label).chain(cells).collect());
    }
    let widths: Vec<usize> = (0..=budgets.len())
        .map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    let lines = rows.iter().map(|row| line(row, &widths));
    format!(
        "{}\n\n{}\nthe answer log r = 0 gets {}\n",
        words::headline(results),
        lines.collect::<String>(),
        words::number(results.trivial_prior, 3)
    )
}

/// An error and its gain, the gain in a field of its own so that the errors stand under each other.
fn cell(results: &Results, method: &str, n_events: usize) -> String {
    let Some(summary) = results.summary(method, n_events) else {
        return String::new();
    };
    let error = words::number(summary.prior[0], 3);
    if !results.methods().contains(&BASELINE) {
        return error;
    }
    let gain = words::gain(results, &summary, Measure::Prior);
    format!("{error} {:>8}", gain.map_or(String::new(), words::times))
}

fn line(row: &[String], widths: &[usize]) -> String {
    let fields = row.iter().zip(widths).enumerate().map(|(i, (text, &width))| match i {
        0 => format!("{text:<width$}"),
        _ => format!("  {text:>width$}"),
    });
    let line: String = fields.collect();
    format!("{}\n", line.trim_end())
}
