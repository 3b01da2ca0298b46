//! The report of an examination, and that of a calibration.

use std::path::Path;

use super::axes::{Scale, ends};
use super::label::{Label, escape};
use super::plot::{EXPECTED, FOUND, Mark, Plot};
use super::{Figure, checks, page, words, write_figures, write_page};
use motherlode_core::error::Result;
use motherlode_stats::diagnostics::{Check, FitConvergence, Outcome, PosteriorChecks, Reliability, THRESHOLDS};

/// What an examination has found.
#[derive(Debug, Clone, Copy)]
pub struct Diagnosis<'a> {
    /// The estimator, in a few words.
    pub model: &'a str,
    /// Its simulator.
    pub simulator: &'a str,
    /// Names of the parameters.
    pub parameters: &'a [String],
    /// Of the table.
    pub checks: &'a [Check],
    /// Of posteriors, where there are some.
    pub posteriors: Option<&'a PosteriorChecks>,
    /// Of best fits, where there are some.
    pub convergence: Option<&'a FitConvergence>,
    /// Of probabilities, at the simulator's pair of hypotheses.
    pub reliability: &'a Reliability,
}

/// Writes the report of an examination: `report.html` and `figures/*.svg` in `dir`. What was there before is replaced.
///
/// # Errors
/// If `dir` cannot be written.
pub fn diagnosis(found: &Diagnosis<'_>, dir: &Path) -> Result<()> {
    let mut figures = Vec::new();
    if let Some(posteriors) = found.posteriors {
        figures.push(checks::coverage(posteriors));
        figures.extend(checks::ranks(posteriors, found.parameters));
        figures.extend(checks::distances(posteriors));
    }
    figures.extend(
        found
            .convergence
            .map(|convergence| checks::convergence(convergence, found.parameters)),
    );
    figures.push(checks::reliability(&[("found", found.reliability)]));
    write_figures(&figures, dir)?;
    let failed = found
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Fail)
        .count();
    let class = if failed == 0 { "headline" } else { "caution" };
    let headline = match failed {
        0 => "No check has failed.".to_owned(),
        1 => "One check has failed.".to_owned(),
        n => format!("{n} checks have failed."),
    };
    let title = format!("{} of {}: is it right?", escape(found.model), escape(found.simulator));
    let shown: String = figures.iter().map(page::show).collect();
    let body = format!(
        "<p class=\"{class}\">{headline}</p>\n{}<p class=\"key\">{THRESHOLDS}</p>\n{shown}",
        check_table(found.checks)
    );
    write_page(dir, &page::document(&title, &body))
}

fn check_table(checks: &[Check]) -> String {
    let number = |value: Option<f64>| {
        let value = value.filter(|value| value.is_finite());
        value.map_or_else(String::new, |value| format!("{value:.4}"))
    };
    let row = |check: &Check| {
        let (class, outcome) = match check.outcome {
            Outcome::Pass => ("", "pass"),
            Outcome::Warn => ("", "warning"),
            Outcome::Fail => (" class=\"fail\"", "failed"),
        };
        format!(
            "<tr{class}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{outcome}</td><td class=\"words\">{}</td></tr>\n",
            escape(&check.name),
            number(Some(check.value)),
            number(check.standard_error),
            number(check.expected),
            escape(check.remedy.as_deref().unwrap_or_default())
        )
    };
    let rows: String = checks.iter().map(row).collect();
    format!(
        "<div class=\"wide\"><table>\n<caption>Verdicts</caption>\n<thead><tr><th>check</th><th>found</th><th>std. error</th><th>expected</th>\
         <th>verdict</th><th class=\"words\">what to do</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// What a calibration has changed, at one pair of hypotheses.
#[derive(Debug, Clone, Copy)]
pub struct Recalibration<'a> {
    /// The estimator, in a few words.
    pub model: &'a str,
    /// Before.
    pub before: &'a Reliability,
    /// After.
    pub after: &'a Reliability,
    /// (log r̂, calibrated log r) of some events.
    pub events: &'a [(f64, f64)],
}

/// Writes the figures of a calibration, `figures/*.svg` in `dir`: reliability before and after, and what became of log r̂.
///
/// # Errors
/// If `dir` cannot be written.
pub fn recalibration(found: &Recalibration<'_>, dir: &Path) -> Result<()> {
    let figures = [
        checks::reliability(&[("before", found.before), ("calibrated", found.after)]),
        curve(found),
    ];
    write_figures(&figures, dir)?;
    let title = format!("{}: before and after calibration", escape(found.model));
    let shown: String = figures.iter().map(page::show).collect();
    write_page(dir, &page::document(&title, &shown))
}

fn curve(found: &Recalibration<'_>) -> Figure {
    let points: Vec<(f64, f64, f64)> = found
        .events
        .iter()
        .map(|&(before, after)| (before, after, 0.0))
        .collect();
    let x = Scale::linear(points.iter().map(|point| point.0));
    let (low, high) = ends(points.iter().map(|point| point.0)).unwrap_or((0.0, 1.0));
    let unchanged = Mark::Line(vec![(low, low), (high, high)], EXPECTED);
    Plot {
        name: "calibration",
        title: "Calibrated against estimated log r",
        caption: format!(
            "Calibrated against estimated log <i>r</i> of {} events of both hypotheses.",
            words::count(points.len())
        ),
        scales: [x, Scale::linear(points.iter().map(|point| point.1))],
        axes: [Label::log_r_hat(), Label::plain("calibrated ").join(Label::log_r())],
        marks: vec![
            (unchanged, Some(Label::plain("unchanged"))),
            (Mark::Points(points, FOUND[1]), Some(Label::plain("events"))),
        ],
    }
    .figure()
}
