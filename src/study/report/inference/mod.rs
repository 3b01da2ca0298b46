//! The report of an inference: what data say of the parameters, in one page.

mod contours;
mod profiles;

use std::path::Path;

use serde_json::Value;

use super::axes::INK;
use super::label::{Label, escape};
use super::legend::Sample;
use super::look::look;
use super::svg::Stroke;
use super::{Figure, page};
use motherlode_core::error::Result;
use motherlode_core::files::write_atomically;
use motherlode_stats::inference::Answer;

/// Colour of exact answers: a broad pale line that the estimates are seen to follow or to leave.
const EXACT: &str = "#b8b8b8";
/// Colour of the classical histogram.
const HISTOGRAM: &str = "#0072B2";
/// Colour of what toys say.
const TOYS: &str = "#D55E00";

/// What is told of an inference.
#[derive(Debug)]
pub struct Inference<'a> {
    /// What was observed.
    pub title: &'a str,
    /// Names of the parameters.
    pub parameters: &'a [String],
    /// Confidence levels.
    pub levels: &'a [f64],
    /// The answers, that of the model first.
    pub answers: &'a [Answer],
    /// The tables, as text.
    pub words: &'a str,
}

/// Writes `inference.html`, `inference.json` and `figures/*.svg` in `dir`.
///
/// # Errors
/// If a figure cannot be drawn, or `dir` cannot be written.
pub fn write_inference(inference: &Inference<'_>, numbers: &Value, dir: &Path) -> Result<()> {
    let figures: Vec<Figure> = [profiles::figure(inference), contours::figure(inference)?]
        .into_iter()
        .flatten()
        .collect();
    super::write_figures(&figures, dir)?;
    write_atomically(&dir.join("inference.json"), format!("{numbers:#}\n").as_bytes())?;
    let pictures: String = figures.iter().map(page::show).collect();
    let body = format!("{pictures}<h2>Numbers</h2>\n<pre>{}</pre>\n", escape(inference.words));
    write_atomically(
        &dir.join("inference.html"),
        page::document(&escape(inference.title), &body).as_bytes(),
    )
}

/// How an answer is drawn: a network in the colour of its method, an exact one broad and pale.
fn stroke(answer: &Answer) -> Stroke<'static> {
    match is_exact(answer) {
        true => Stroke::solid(EXACT, 5.0),
        false if answer.name.starts_with("histogram") => Stroke::solid(HISTOGRAM, 2.0),
        false => Stroke::solid(look(&answer.name).colour, 2.0),
    }
}

fn is_exact(answer: &Answer) -> bool {
    answer.name.starts_with("exact")
}

/// Exact answers first, so that estimates are drawn over them.
fn in_order<'a>(inference: &'a Inference<'a>) -> impl Iterator<Item = &'a Answer> {
    let exact = inference.answers.iter().filter(|answer| is_exact(answer));
    exact.chain(inference.answers.iter().filter(|answer| !is_exact(answer)))
}

/// The number of an answer among the estimates, in the order in which they are drawn.
fn number(inference: &Inference<'_>, answer: &Answer) -> usize {
    let mut estimates = inference.answers.iter().filter(|answer| !is_exact(answer));
    estimates
        .position(|estimate| std::ptr::eq(estimate, answer))
        .unwrap_or(0)
}

/// What each line is, drawn as `line` says.
fn key<'a>(inference: &'a Inference<'a>, line: impl Fn(&Answer) -> Stroke<'static>) -> Vec<(Sample<'a>, Label)> {
    let entry = |answer: &Answer| {
        let name = match is_exact(answer) {
            true => "exact".to_owned(),
            false => look(&answer.name).label,
        };
        (Sample::Line(line(answer)), Label::plain(name))
    };
    in_order(inference).map(entry).collect()
}

/// The dashes of a confidence level: the first is the longest.
fn dashes(number: usize) -> &'static str {
    ["", "7 4", "2 3"][number.min(2)]
}

fn percent(level: f64) -> String {
    format!("{} %", (level * 1e4).round() / 100.0)
}

fn limit_line(number: usize) -> Stroke<'static> {
    Stroke {
        dashes: ["2 3", "7 4", "9 3 2 3"][number.min(2)],
        ..Stroke::solid(INK, 1.0)
    }
}
