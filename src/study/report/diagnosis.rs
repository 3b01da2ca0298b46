//! The report of a diagnosis.

use std::path::Path;

use maud::{Markup, html};

use super::{Figure, diagnosis_figures, page, write_figures, write_page};
use motherlode_core::error::Result;
use motherlode_stats::diagnostics::{Check, FitConvergence, Outcome, PosteriorChecks, Reliability, THRESHOLDS};

/// Results of the checks of an estimator.
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisReport<'a> {
    /// Description of the estimator, for the title.
    pub model: &'a str,
    /// Name of the simulator.
    pub simulator: &'a str,
    /// Names of the parameters.
    pub parameters: &'a [String],
    /// All checks, with their outcomes.
    pub checks: &'a [Check],
    /// Checks of posteriors, if they were made.
    pub posteriors: Option<&'a PosteriorChecks>,
    /// Convergence of best fits, if it was followed.
    pub convergence: Option<&'a FitConvergence>,
    /// Reliability of class probabilities at the simulator's pair of hypotheses.
    pub reliability: &'a Reliability,
}

/// Writes the report of a diagnosis: `report.html` and `figures/*.svg` in `dir`. Existing files are replaced.
///
/// # Errors
/// If `dir` cannot be written.
pub fn write_diagnosis(report: &DiagnosisReport<'_>, dir: &Path) -> Result<()> {
    let figures = figures(report);
    write_figures(&figures, dir)?;
    let failed = |check: &&Check| check.outcome == Outcome::Fail;
    let (class, headline) = match report.checks.iter().filter(failed).count() {
        0 => ("headline", "No check has failed.".to_owned()),
        1 => ("caution", "One check has failed.".to_owned()),
        n => ("caution", format!("{n} checks have failed.")),
    };
    let title = format!("{} of {}: is it right?", report.model, report.simulator);
    let body = html! {
        p class=(class) { (headline) }
        (check_table(report.checks))
        p class="key" { (THRESHOLDS) }
        (page::figures(&figures))
    };
    write_page(dir, &page::document(&title, &body))
}

fn figures(report: &DiagnosisReport<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    if let Some(posteriors) = report.posteriors {
        figures.push(diagnosis_figures::coverage(posteriors));
        figures.extend(diagnosis_figures::ranks(posteriors, report.parameters));
        figures.extend(diagnosis_figures::distances(posteriors));
    }
    if let Some(convergence) = report.convergence {
        figures.push(diagnosis_figures::convergence(convergence, report.parameters));
    }
    figures.push(diagnosis_figures::reliability(&[("found", report.reliability)]));
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
