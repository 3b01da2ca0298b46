//! Findings of a study, in sentences.

use super::comparisons::{BASELINE, compare_all};
use super::method_style::method_style;
use super::metric_names::short;
use super::text::{approximate_count, count, number, uncertain};
use crate::{BaselineComparison, BoundedValue, BudgetSummary, Metric, Results};

/// Differences of fewer standard errors than this are not significant.
const SIGNIFICANT: f64 = 2.0;

/// Main finding of the study in one sentence.
pub fn headline(results: &Results) -> String {
    let metric = results.metric();
    let found = compare_all(results, metric);
    if let Some(&(method, found)) = found.first() {
        return unresolved(results, method, found)
            .unwrap_or_else(|| comparison(metric, &method_style(method).label, found));
    }
    let median = |cell: &BudgetSummary| metric.of_summary(cell)[0];
    let cells = results.summaries().into_iter().filter(|cell| median(cell).is_finite());
    match cells.min_by(|a, b| median(a).total_cmp(&median(b))) {
        Some(best) => format!(
            "The smallest {} of log r is {}, of {} with {} simulated events. There is no comparison: {} was not run together with another method.",
            short(metric),
            number(median(&best), 2),
            method_style(&best.method).label,
            count(best.n_events),
            method_style(BASELINE).label,
        ),
        None => format!("No training came to a finite {}.", short(metric)),
    }
}

/// Sentence for a difference from the baseline that is not significant on the held-out events.
fn unresolved(results: &Results, method: &str, found: BaselineComparison) -> Option<String> {
    let difference = results.excess((BASELINE, found.n_baseline), (method, found.n_baseline))?;
    (difference.z_score(0.0).abs() < SIGNIFICANT).then(|| {
        format!(
            "With {} simulated events the held-out events cannot distinguish {} from {}: their divergences differ by {} nats. \
             Hold out more events.",
            count(found.n_baseline),
            method_style(BASELINE).label,
            method_style(method).label,
            uncertain(difference)
        )
    })
}

fn comparison(metric: Metric, method: &str, found: BaselineComparison) -> String {
    let baseline = method_style(BASELINE).label;
    let (n, error) = (count(found.n_baseline), number(found.error, 2));
    let target = match metric {
        Metric::Excess => {
            format!("With {n} simulated events {baseline} is {error} nats from the closest estimate of all")
        }
        _ => format!("With {n} simulated events {baseline} reaches a mean squared error of log r of {error}"),
    };
    let events = approximate_count(found.needed.value());
    let factor = number(found.gain.value(), 2);
    match found.needed {
        BoundedValue::About(_) if found.gain.value() > 1.0 => {
            format!("{target}; {method} needs about {events} for the same: {factor} times fewer.")
        }
        BoundedValue::LessThan(_) => {
            format!("{target}; {method} needs less than {events} for the same: more than {factor} times fewer.")
        }
        _ => format!("{target}; no other method needs fewer."),
    }
}

/// Explanation of the metric, for studies on held-out events.
pub fn evaluation_note(results: &Results) -> Option<String> {
    let n = count(results.held_out.as_ref()?.n_events);
    let what = match &results.truth {
        None => format!(
            "There is no exact truth for {}: estimates are measured against the joint labels of {n} held-out events",
            results.simulator
        ),
        Some(_) => format!("Estimates are ordered by the joint labels of {n} held-out events, not by the exact truth"),
    };
    Some(format!(
        "{what}. These labels show which estimate is closer to the truth, and by how much, but not how far the closest one still \
         is from it."
    ))
}

/// Warning for a baseline that, with its largest budget, is no better than the answer log r = 0.
pub fn baseline_warning(results: &Results) -> Option<String> {
    let metric = results.metric();
    let (_, found) = *compare_all(results, metric).first()?;
    (found.error >= results.trivial_error(metric)).then(|| {
        format!(
            "Even with its largest budget {} is no better than the answer log r = 0, so this comparison says little: give it \
             more events.",
            method_style(BASELINE).label
        )
    })
}
