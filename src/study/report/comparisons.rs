//! Comparison of the methods with the baseline.

use motherlode_nn::Method;

use crate::{BaselineComparison, BoundedValue, BudgetSummary, Metric, Results};

/// Method without gold that the others are compared with.
pub const BASELINE: &str = "carl";

/// Returns true if a metric of two methods can be compared. The score error of SALLY is taken at θ_ref, that of the others at θ0.
pub fn comparable(a: &str, b: &str, metric: Metric) -> bool {
    let of_ratio = !matches!(metric, Metric::Score | Metric::Unexplained);
    of_ratio || learns_score_at_reference(a) == learns_score_at_reference(b)
}

/// Returns true if a method learns the score at θ_ref rather than the ratio.
pub fn learns_score_at_reference(method: &str) -> bool {
    let known: Result<Method, _> = method.to_ascii_lowercase().parse();
    known.is_ok_and(Method::learns_score)
}

/// Factor by which a method needs fewer simulations than the baseline for the error of this summary. `None` for the baseline
/// itself, and where the error is not below that of the trivial answer, which needs no simulations.
pub fn gain(results: &Results, summary: &BudgetSummary, metric: Metric) -> Option<BoundedValue> {
    let compared = summary.method != BASELINE && comparable(&summary.method, BASELINE, metric);
    let informative = metric.of_summary(summary)[0] < results.trivial_error(metric);
    (compared && informative)
        .then(|| results.gain(&summary.method, summary.n_events, BASELINE, metric))
        .flatten()
}

/// The other methods at the best error of the baseline, those that need the fewest events first; among equals the one with the
/// smallest error at the smallest budget first.
pub fn compare_all(results: &Results, metric: Metric) -> Vec<(&str, BaselineComparison)> {
    let others = results.methods().into_iter().filter(|&method| method != BASELINE);
    let mut found: Vec<(&str, BaselineComparison)> = others
        .filter(|method| comparable(method, BASELINE, metric))
        .filter_map(|method| Some((method, results.compare(method, BASELINE, metric)?)))
        .collect();
    let smallest = results.budgets().first().copied().unwrap_or(0);
    let error = |method: &str| {
        results
            .summary(method, smallest)
            .map_or(f64::INFINITY, |cell| metric.of_summary(&cell)[0])
    };
    found.sort_by(|(a, found_a), (b, found_b)| {
        rank(found_b.gain)
            .total_cmp(&rank(found_a.gain))
            .then(error(a).total_cmp(&error(b)))
    });
    found
}

/// Sorting key of a gain. A gain that is only bounded from above counts as none.
fn rank(gain: BoundedValue) -> f64 {
    match gain {
        BoundedValue::LessThan(_) => 0.0,
        gain => gain.value(),
    }
}
