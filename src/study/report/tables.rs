//! Tables of the page: every error, and its comparison with the baseline.

use maud::{Markup, html};

use super::comparisons::{self, BASELINE, comparable, compare_all};
use super::method_style::method_style;
use super::{metric_names, text};
use crate::{BoundedValue, BudgetSummary, Metric, Results};

/// Number of simulations that each method needs for the error of the baseline at its largest budget; empty without a comparison.
pub fn baseline_comparison(results: &Results) -> Markup {
    let order = compare_all(results, results.metric());
    let metrics = results.metrics();
    html! {
        @if let Some((_, first)) = order.first() {
            table {
                caption {
                    "Events needed to be as good as " (method_style(BASELINE).label) " with " (text::count(first.n_baseline))
                    ", and how many times fewer that is"
                }
                thead { tr {
                    th { "method" }
                    @for metric in &metrics { th colspan="2" { (metric_names::short(*metric)) } }
                } }
                tbody { @for (method, _) in &order { tr {
                    (method_cell(method))
                    @for metric in &metrics { (comparison_cells(results, method, *metric)) }
                } } }
            }
        }
    }
}

fn comparison_cells(results: &Results, method: &str, metric: Metric) -> Markup {
    let compared = comparable(method, BASELINE, metric);
    let found = compared.then(|| results.compare(method, BASELINE, metric)).flatten();
    html! {
        @if let Some(found) = found {
            td { (text::bounded_count(found.needed)) }
            td class=[gain_class(found.gain)] { (text::factor(found.gain)) }
        } @else { td {} td {} }
    }
}

/// One metric of every method at every budget.
pub fn errors(results: &Results, metric: Metric) -> Markup {
    let budgets = results.budgets();
    let summaries = results.summaries();
    html! {
        div class="wide" { table {
            caption { (metric_names::title(metric)) }
            thead { tr {
                th { "method" }
                @for &n in &budgets { th { (text::count(n)) } }
            } }
            tbody { @for method in results.methods() { tr {
                (method_cell(method))
                @for &n in &budgets { (error_cell(results, &summaries, method, n, metric)) }
            } } }
        } }
    }
}

fn method_cell(method: &str) -> Markup {
    let style = method_style(method);
    html! {
        th scope="row" {
            span style={ "color:" (style.colour) } { (style.label) }
            @if !style.gold.is_empty() { small { (style.gold) } }
        }
    }
}

fn error_cell(results: &Results, summaries: &[BudgetSummary], method: &str, n_events: usize, metric: Metric) -> Markup {
    let find = |method: &str| {
        let mut at_budget = summaries.iter().filter(|summary| summary.n_events == n_events);
        at_budget.find(|summary| summary.method == method)
    };
    let Some(summary) = find(method) else {
        return html! { td {} };
    };
    let [median, low, high] = metric.of_summary(summary);
    let class = match median {
        m if !m.is_finite() || m >= results.trivial_error(metric) => Some("poor"),
        m if m == lowest(summaries, n_events, metric) => Some("best"),
        _ => None,
    };
    html! {
        td class=[class] {
            b { (text::number(median, 3)) }
            @if results.seeds().len() > 1 { small { "[" (text::number(low, 2)) ", " (text::number(high, 2)) "]" } }
            @if let Some(baseline) = find(BASELINE) { (relative_error(results, summary, baseline, metric)) }
        }
    }
}

/// The error relative to that of the baseline at the same budget, and the factor in simulations that corresponds to it.
fn relative_error(results: &Results, summary: &BudgetSummary, baseline: &BudgetSummary, metric: Metric) -> Markup {
    if summary.method == BASELINE || !comparable(&summary.method, BASELINE, metric) {
        return html! {};
    }
    let ratio = metric.of_summary(summary)[0] / metric.of_summary(baseline)[0];
    html! {
        small { (text::number(ratio, 2)) " of " (method_style(BASELINE).label) }
        @if let Some(gain) = comparisons::gain(results, summary, metric) {
            small class=[gain_class(gain)] { (text::factor(gain)) }
        }
    }
}

/// Green for a gain, nothing for a loss.
fn gain_class(gain: BoundedValue) -> Option<&'static str> {
    let wins = gain.value() >= 1.0 && !matches!(gain, BoundedValue::LessThan(_));
    wins.then_some("gain")
}

fn lowest(summaries: &[BudgetSummary], n_events: usize, metric: Metric) -> f64 {
    let at_budget = summaries.iter().filter(|summary| summary.n_events == n_events);
    at_budget
        .map(|summary| metric.of_summary(summary)[0])
        .fold(f64::INFINITY, f64::min)
}

/// The trainings with an error that is not finite; empty if there are none.
pub fn failures(results: &Results) -> Markup {
    let metrics = results.metrics();
    let runs = results.runs.iter();
    let failed: Vec<_> = runs
        .flat_map(|run| metrics.iter().map(move |metric| (run, *metric)))
        .filter(|(run, metric)| !metric.of(run).is_finite())
        .collect();
    html! {
        @if !failed.is_empty() {
            h2 { "Not finite" }
            p { "Gaps in the figures; they rank above all others in the medians." }
            ul { @for (run, metric) in failed { li {
                (method_style(&run.method).label) ", " (text::count(run.n_events)) " events, seed " (run.seed) ": "
                (metric_names::title(metric).to_lowercase()) " is " (metric.of(run))
            } } }
        }
    }
}
