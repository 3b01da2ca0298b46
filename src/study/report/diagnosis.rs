//! The report of a diagnosis.

use std::path::Path;

use maud::{Markup, html};

use super::{Figure, diagnosis_figures, page, write_figures, write_page};
use motherlode_core::error::Result;
use motherlode_stats::analysis::DiagnosisResult;
use motherlode_stats::diagnostics::{Check, Outcome, THRESHOLDS};

/// Writes the report of a diagnosis: `report.html` and `figures/*.svg` in `dir`. Existing files are replaced.
///
/// # Errors
/// If `dir` cannot be written.
pub fn write_diagnosis(result: &DiagnosisResult, dir: &Path) -> Result<()> {
    let figures = figures(result);
    write_figures(&figures, dir)?;
    let failed = |check: &&Check| check.outcome == Outcome::Fail;
    let (class, headline) = match result.checks.iter().filter(failed).count() {
        0 => ("headline", "No check has failed.".to_owned()),
        1 => ("caution", "One check has failed.".to_owned()),
        n => ("caution", format!("{n} checks have failed.")),
    };
    let title = format!("{} of {}: is it right?", result.method, result.simulator);
    let body = html! {
        p class=(class) { (headline) }
        (check_table(&result.checks))
        p class="key" { (THRESHOLDS) }
        (page::figures(&figures))
    };
    write_page(dir, &page::document(&title, &body))
}

fn figures(result: &DiagnosisResult) -> Vec<Figure> {
    let mut figures = Vec::new();
    if let Some(posteriors) = &result.posteriors {
        figures.push(diagnosis_figures::coverage(posteriors));
        figures.extend(diagnosis_figures::ranks(posteriors, &result.parameters));
        figures.extend(diagnosis_figures::distances(posteriors));
    }
    if let Some(convergence) = &result.convergence {
        figures.push(diagnosis_figures::convergence(convergence, &result.parameters));
    }
    figures.push(diagnosis_figures::reliability(&[("found", &result.reliability)]));
    figures
}

fn check_table(checks: &[Check]) -> Markup {
    html! {
        div class="wide" { table {
            caption { "Verdicts" }
            thead { tr {
                th { "check" } th { "found" } th { "std. error" } th { "expected" } th { "verdict" } th class="words" { "what to do" }
            } }
            tbody { @for check in checks { (check_row(check)) } }
        } }
    }
}

fn check_row(check: &Check) -> Markup {
    let (class, outcome) = match check.outcome {
        Outcome::Pass => (None, "pass"),
        Outcome::Warn => (None, "warning"),
        Outcome::Fail => (Some("fail"), "failed"),
    };
    let number = |value: Option<f64>| {
        let value = value.filter(|value| value.is_finite());
        value.map_or_else(String::new, |value| format!("{value:.4}"))
    };
    html! {
        tr class=[class] {
            th scope="row" { (check.name) }
            td { (number(Some(check.value))) }
            td { (number(check.standard_error)) }
            td { (number(check.expected)) }
            td { (outcome) }
            td class="words" { (check.remedy.as_deref().unwrap_or_default()) }
        }
    }
}
