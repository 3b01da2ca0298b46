//! What held-out events say about each method at its largest budget: one table, for the terminal and for the page.

use super::label::escape;
use super::look::look;
use super::{terminal, words};
use crate::{Marks, Results};
use motherlode_stats::diagnostics::{Closure, Mean};

/// Marks further than this from the known answer, in standard errors, are starred.
const FAR: f64 = 3.0;
/// The marks, and what a perfect estimate gets.
const COLUMNS: [(&str, &str); 7] = [
    ("divergence", "0 or less"),
    ("score unexplained", "unknown"),
    ("score slope", "1"),
    ("E1[r]", "1"),
    ("events left", "unknown"),
    ("moments", "about 1"),
    ("AUC", "0.5"),
];

/// The table as text, empty without held-out events.
pub fn text(results: &Results) -> String {
    let Some(rows) = rows(results) else {
        return String::new();
    };
    format!("\n{}\n{}\n", terminal::aligned(&rows), key(results))
}

/// The table as HTML, empty without held-out events.
pub fn html(results: &Results) -> String {
    let Some(rows) = rows(results) else {
        return String::new();
    };
    let line = |row: &Vec<String>, tag: &str| {
        let cells = row[1..].iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
        format!(
            "<tr><th scope=\"row\">{}</th>{}</tr>\n",
            escape(&row[0]),
            cells.collect::<String>()
        )
    };
    let body: String = rows[1..].iter().map(|row| line(row, "td")).collect();
    format!(
        "<div class=\"wide\"><table>\n<caption>Marks on held-out events</caption>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n<p class=\"key\">{}</p>\n",
        line(&rows[0], "th"),
        escape(&key(results))
    )
}

fn key(results: &Results) -> String {
    let largest = results.budgets().last().copied().unwrap_or(0);
    let seeds = match results.seeds().len() {
        1 => String::new(),
        n => format!("; of {n} seeds the mean divergence, and the median of the rest"),
    };
    format!(
        "Trained on {} events, ± one standard error of the held-out events{seeds}. The divergence is that from the joint labels \
         over the prior, in nats, above the closest method and budget. What follows the score is of events of θ1 weighted by \
         r̂ to look like those of θ0: the mean weight (– where too few events carry it), the share of events that the weights \
         leave, the squared distance of means and mean squares of the observables in standard errors, and what a classifier \
         still finds. *: more than {FAR} standard errors from perfect.",
        words::count(largest)
    )
}

/// Head, answers of a perfect estimate, one line for each method, and the answers of knowing nothing.
fn rows(results: &Results) -> Option<Vec<Vec<String>>> {
    let standards = results.held_out.as_ref()?;
    let largest = results.budgets().last().copied()?;
    let line = |name: &str, cells: Vec<String>| [vec![name.to_owned()], cells].concat();
    let methods = results.methods().into_iter().filter_map(|method| {
        let cell = (method, largest);
        let runs = results
            .runs
            .iter()
            .filter(|run| (run.method.as_str(), run.n_events) == cell);
        let marks: Vec<&Marks> = runs.filter_map(|run| run.held_out.as_ref()).collect();
        let excess = results.excess(cell, results.closest()?)?;
        Some(line(&look(method).label, cells(excess, &marks)))
    });
    let known = |pick: fn(&(&'static str, &'static str)) -> &'static str| -> Vec<String> {
        COLUMNS.iter().map(|column| pick(column).to_owned()).collect()
    };
    let trivial = [vec![words::number(results.trivial_excess(), 3), "1".into(), "–".into()]];
    let rows = [
        line("held-out events", known(|column| column.0)),
        line("perfect", known(|column| column.1)),
    ];
    let nothing = line(
        "log r = 0, t = 0",
        [trivial.concat(), closure(&[&standards.ratio.closure])].concat(),
    );
    Some(rows.into_iter().chain(methods).chain([nothing]).collect())
}

fn cells(excess: Mean, marks: &[&Marks]) -> Vec<String> {
    let scores = |of: fn(&Marks) -> Mean| median(&marks.iter().map(|marks| of(marks)).collect::<Vec<_>>());
    let closures: Vec<&Closure> = marks.iter().map(|marks| &marks.ratio.closure).collect();
    let of_score = vec![
        words::uncertain(excess),
        words::uncertain(scores(|marks| marks.score.unexplained)),
        starred(scores(|marks| marks.score.slope), 1.0),
    ];
    [of_score, closure(&closures)].concat()
}

fn closure(closures: &[&Closure]) -> Vec<String> {
    let of = |of: fn(&Closure) -> Mean| median(&closures.iter().map(|closure| of(closure)).collect::<Vec<_>>());
    let plain = |value: f64| Mean {
        value,
        standard_error: 0.0,
    };
    let each = |of: fn(&Closure) -> f64| median(&closures.iter().map(|c| plain(of(c))).collect::<Vec<_>>()).value;
    vec![
        starred(of(|closure| closure.normalisation), 1.0),
        format!("{} %", words::number(100.0 * each(|closure| closure.effective), 2)),
        words::number(each(|closure| closure.moments), 3),
        starred(of(|closure| closure.auc), 0.5),
    ]
}

fn starred(mean: Mean, perfect: f64) -> String {
    let star = if mean.z_score(perfect).abs() > FAR { "*" } else { "" };
    words::uncertain(mean) + star
}

/// The one whose value is in the middle, the lower one of two; one that is no number counts as large.
fn median(means: &[Mean]) -> Mean {
    let mut sorted = means.to_vec();
    sorted.sort_by(|a, b| {
        a.value
            .is_nan()
            .cmp(&b.value.is_nan())
            .then(a.value.total_cmp(&b.value))
    });
    let nothing = Mean {
        value: f64::NAN,
        standard_error: f64::NAN,
    };
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(nothing)
}
