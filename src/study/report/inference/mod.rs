//! The report of an inference: figures and tables of the parameters in one page.

mod contours;
mod profiles;

use std::path::Path;

use maud::html;
use serde_json::Value;

use super::method_style::method_style;
use super::{Figure, page};
use crate::plot::legend::Key;
use crate::plot::palette::{self, DASHES, INK};
use crate::plot::{Label, Stroke};
use motherlode_core::error::Result;
use motherlode_core::files::write_atomically;
use motherlode_stats::inference::FitResult;

/// Colour of exact answers: a broad pale line below the estimates.
const EXACT: &str = "#b8b8b8";
/// Colour of the classical histogram.
const HISTOGRAM: &str = palette::BLUE;
/// Colour of results by toys.
const TOYS: &str = palette::VERMILLION;

/// Contents of the report of an inference.
#[derive(Debug)]
pub struct InferenceReport<'a> {
    /// Description of the observed data.
    pub title: &'a str,
    /// Names of the parameters.
    pub parameters: &'a [String],
    /// Confidence levels.
    pub levels: &'a [f64],
    /// Results of each estimator, that of the model first.
    pub answers: &'a [FitResult],
    /// Tables of the results as text.
    pub text: &'a str,
}

/// Writes `inference.html`, `inference.json` and `figures/*.svg` in `dir`.
///
/// # Errors
/// If a figure cannot be drawn, or `dir` cannot be written.
pub fn write_inference(report: &InferenceReport<'_>, numbers: &Value, dir: &Path) -> Result<()> {
    let figures = [profiles::figure(report), contours::figure(report)?];
    let figures: Vec<Figure> = figures.into_iter().flatten().collect();
    super::write_figures(&figures, dir)?;
    write_atomically(&dir.join("inference.json"), format!("{numbers:#}\n").as_bytes())?;
    let body = html! {
        (page::figures(&figures))
        h2 { "Numbers" }
        pre { (report.text) }
    };
    let document = page::document(report.title, &body);
    write_atomically(&dir.join("inference.html"), document.as_bytes())
}

/// Line of an answer: networks in the colour of their method, exact ones broad and pale.
fn stroke(answer: &FitResult) -> Stroke<'static> {
    match is_exact(answer) {
        true => Stroke::solid(EXACT, 5.0),
        false if answer.name.starts_with("histogram") => Stroke::solid(HISTOGRAM, 2.0),
        false => Stroke::solid(method_style(&answer.name).colour, 2.0),
    }
}

fn is_exact(answer: &FitResult) -> bool {
    answer.name.starts_with("exact")
}

/// Exact answers first, so that estimates are drawn over them.
fn in_drawing_order<'a>(report: &'a InferenceReport<'a>) -> impl Iterator<Item = &'a FitResult> {
    let exact = report.answers.iter().filter(|answer| is_exact(answer));
    exact.chain(report.answers.iter().filter(|answer| !is_exact(answer)))
}

/// Index of an answer among the estimates, in drawing order.
fn index_of_estimate(report: &InferenceReport<'_>, answer: &FitResult) -> usize {
    let mut estimates = report.answers.iter().filter(|answer| !is_exact(answer));
    estimates
        .position(|estimate| std::ptr::eq(estimate, answer))
        .unwrap_or(0)
}

/// Legend of the answers, each with its `line`.
fn legend_entries<'a>(
    report: &'a InferenceReport<'a>,
    line: impl Fn(&FitResult) -> Stroke<'static>,
) -> Vec<(Key<'a>, Label)> {
    let entry = |answer: &FitResult| {
        let name = match is_exact(answer) {
            true => "exact".to_owned(),
            false => method_style(&answer.name).label,
        };
        (Key::Line(line(answer)), Label::plain(name))
    };
    in_drawing_order(report).map(entry).collect()
}

/// Returns true if there are regions by toys.
fn has_toys(report: &InferenceReport<'_>) -> bool {
    report.answers.iter().any(|answer| answer.region_by_toys.is_some())
}

/// Dashes of the `i`th confidence level; the first is the longest.
fn dashes(i: usize) -> &'static str {
    DASHES[i.min(2)]
}

fn percent(level: f64) -> String {
    format!("{} %", (level * 1e4).round() / 100.0)
}

fn limit_line(i: usize) -> Stroke<'static> {
    Stroke::solid(INK, 1.0).dashed(["2 3", "7 4", "9 3 2 3"][i.min(2)])
}
