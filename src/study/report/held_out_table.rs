//! Table of the metrics on held-out events, of each method at its largest budget.

use maud::{Markup, html};

use super::method_style::method_style;
use super::text;
use super::text_table::aligned;
use crate::{HeldOutMetrics, Results};
use motherlode_stats::diagnostics::{Closure, Mean};

/// Values further than this from that of a perfect estimate, in standard errors, are starred.
const FAR: f64 = 3.0;
/// The metrics, and the values of a perfect estimate.
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
    format!("\n{}\n{}\n", aligned(&rows), explanation(results))
}

/// The table as HTML, empty without held-out events.
pub fn html(results: &Results) -> Markup {
    let rows = rows(results);
    html! {
        @if let Some([head, rows @ ..]) = rows.as_deref() {
            div class="wide" { table {
                caption { "Metrics on held-out events" }
                thead { tr {
                    th scope="row" { (head[0]) }
                    @for cell in &head[1..] { th { (cell) } }
                } }
                tbody { @for row in rows { tr {
                    th scope="row" { (row[0]) }
                    @for cell in &row[1..] { td { (cell) } }
                } } }
            } }
            p class="key" { (explanation(results)) }
        }
    }
}

fn explanation(results: &Results) -> String {
    let largest = results.budgets().last().copied().unwrap_or(0);
    let seeds = match results.seeds().len() {
        1 => String::new(),
        n => format!("; over {n} seeds, the mean divergence and the median of the others"),
    };
    format!(
        "Trained on {} events, ± one standard error from the held-out events{seeds}. Divergence: from the joint labels, averaged over \
         the prior, in nats, above the best method and budget. The columns after the score slope test events of θ1 weighted by r̂, which \
         should look like events of θ0: the mean weight (– where too few events carry it), the share of events that the weights leave, \
         the squared distance of means and mean squares of the observables in units of their standard errors, and the AUC of a \
         classifier between the two. *: more than {FAR} standard errors from perfect.",
        text::count(largest)
    )
}

/// Head, a perfect estimate, one row for each method, and the trivial estimate.
fn rows(results: &Results) -> Option<Vec<Vec<String>>> {
    let standards = results.held_out.as_ref()?;
    let largest = results.budgets().last().copied()?;
    let row = |name: &str, cells: Vec<String>| [vec![name.to_owned()], cells].concat();
    let methods = results.methods().into_iter().filter_map(|method| {
        let runs = results.runs_of((method, largest));
        let metrics: Vec<&HeldOutMetrics> = runs.filter_map(|run| run.held_out.as_ref()).collect();
        let excess = results.excess((method, largest), results.closest()?)?;
        Some(row(&method_style(method).label, cells(excess, &metrics)))
    });
    let columns = |pick: fn(&(&'static str, &'static str)) -> &'static str| -> Vec<String> {
        COLUMNS.iter().map(|column| pick(column).to_owned()).collect()
    };
    let score = [text::number(results.trivial_excess(), 3), "1".into(), "–".into()];
    let trivial = [&score[..], &closure(&[&standards.ratio.closure])].concat();
    let top = [
        row("held-out events", columns(|column| column.0)),
        row("perfect", columns(|column| column.1)),
    ];
    let bottom = row("log r = 0, t = 0", trivial);
    Some(top.into_iter().chain(methods).chain([bottom]).collect())
}

fn cells(excess: Mean, metrics: &[&HeldOutMetrics]) -> Vec<String> {
    let score = |of: fn(&HeldOutMetrics) -> Mean| median(&metrics.iter().map(|each| of(each)).collect::<Vec<_>>());
    let closures: Vec<&Closure> = metrics.iter().map(|each| &each.ratio.closure).collect();
    let of_score = vec![
        text::uncertain(excess),
        text::uncertain(score(|each| each.score.unexplained)),
        starred(score(|each| each.score.slope), 1.0),
    ];
    [of_score, closure(&closures)].concat()
}

fn closure(closures: &[&Closure]) -> Vec<String> {
    let mean = |of: fn(&Closure) -> Mean| median(&closures.iter().map(|each| of(each)).collect::<Vec<_>>());
    let exact = |value: f64| Mean {
        value,
        standard_error: 0.0,
    };
    let number =
        |of: fn(&Closure) -> f64| median(&closures.iter().map(|each| exact(of(each))).collect::<Vec<_>>()).value;
    vec![
        starred(mean(|closure| closure.normalisation), 1.0),
        format!("{} %", text::number(100.0 * number(|closure| closure.effective), 2)),
        text::number(number(|closure| closure.moments), 3),
        starred(mean(|closure| closure.auc), 0.5),
    ]
}

fn starred(mean: Mean, perfect: f64) -> String {
    let star = if mean.z_score(perfect).abs() > FAR { "*" } else { "" };
    text::uncertain(mean) + star
}

/// Element with the median value, the lower one of two; NaN ranks above everything.
fn median(means: &[Mean]) -> Mean {
    let mut sorted = means.to_vec();
    sorted.sort_by(|a, b| {
        a.value
            .is_nan()
            .cmp(&b.value.is_nan())
            .then(a.value.total_cmp(&b.value))
    });
    let unknown = Mean {
        value: f64::NAN,
        standard_error: f64::NAN,
    };
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(unknown)
}
