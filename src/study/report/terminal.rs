//! The table of a study for the terminal.

use super::BASELINE;
use super::look::look;
use super::{headline, marks, words};
use crate::Results;

/// The median error of each method at each budget, as aligned text: the prior error, or the excess on held-out events.
///
/// Behind each error stands how many times fewer simulations that is than CARL would need, where CARL was run. The
/// sentence on top is that of the report; the line at the bottom says what the answer log r = 0 would get. Marks on held-out
/// events follow where there are any.
pub fn table(results: &Results) -> String {
    let budgets = results.budgets();
    let measure = results.measure();
    let head =
        std::iter::once(format!("median {}", words::short(measure))).chain(budgets.iter().map(|&n| words::count(n)));
    let mut rows: Vec<Vec<String>> = vec![head.collect()];
    for method in results.methods() {
        let cells = budgets.iter().map(|&n| cell(results, method, n));
        rows.push(std::iter::once(look(method).label).chain(cells).collect());
    }
    let notes = [headline::yardstick(results), headline::caution(results)]
        .into_iter()
        .flatten();
    let notes: String = notes.map(|note| format!("{note}\n\n")).collect();
    format!(
        "{}\n\n{notes}{}\nthe answer log r = 0 gets {}\n{}",
        headline::found(results),
        aligned(&rows),
        words::number(words::trivial(results, measure), 3),
        marks::text(results),
    )
}

/// Rows of equally many fields, as lines; the first field stands left, the others right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

/// An error and its gain, the gain in a field of its own so that the errors stand under each other.
fn cell(results: &Results, method: &str, n_events: usize) -> String {
    let Some(summary) = results.summary(method, n_events) else {
        return String::new();
    };
    let measure = results.measure();
    let error = words::number(measure.of_summary(&summary)[0], 3);
    if !results.methods().contains(&BASELINE) {
        return error;
    }
    let gain = words::gain(results, &summary, measure);
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
