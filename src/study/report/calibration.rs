//! The report of a calibration.

use std::path::Path;

use maud::html;

use super::{Figure, diagnosis_figures, page, text, write_figures, write_page};
use crate::plot::{Label, Plot, Scale, finite_range};
use motherlode_core::error::Result;
use motherlode_stats::analysis::PairComparison;

/// Writes the report of a calibration of `model`: `report.html` and `figures/*.svg` in `dir`. Existing files are replaced.
///
/// The figures show the reliability before and after, and the calibrated against the estimated log r.
///
/// # Errors
/// If `dir` cannot be written.
pub fn write_calibration(model: &str, comparison: &PairComparison, dir: &Path) -> Result<()> {
    let figures = [
        diagnosis_figures::reliability(&[("before", &comparison.before), ("calibrated", &comparison.after)]),
        curve(&comparison.events),
    ];
    write_figures(&figures, dir)?;
    let title = format!("{model}: before and after calibration");
    write_page(dir, &page::document(&title, &page::figures(&figures)))
}

fn curve(events: &[(f64, f64)]) -> Figure {
    let points: Vec<(f64, f64, f64)> = events.iter().map(|&(before, after)| (before, after, 0.0)).collect();
    let before = || points.iter().map(|point| point.0);
    let (low, high) = finite_range(before()).unwrap_or((0.0, 1.0));
    let caption = html! {
        "Calibrated against estimated log " i { "r" } " of " (text::count(points.len())) " events of both hypotheses."
    };
    let scales = [
        Scale::linear(before()),
        Scale::linear(points.iter().map(|point| point.1)),
    ];
    Figure {
        name: "calibration",
        caption,
        svg: Plot::new("Calibrated against estimated log r", scales[0], scales[1])
            .x_label(Label::log_r_hat())
            .y_label(Label::plain("calibrated ").join(Label::log_r()))
            .line(vec![(low, low), (high, high)], diagnosis_figures::EXPECTED)
            .named("unchanged")
            .points(points, diagnosis_figures::COLOURS[1])
            .named("events")
            .svg(),
    }
}
