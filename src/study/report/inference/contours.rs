//! Confidence regions of two parameters.

use maud::html;

use super::super::Figure;
use super::{
    InferenceReport, TOYS, dashes, has_toys, in_drawing_order, index_of_estimate, is_exact, legend_entries, percent,
    stroke,
};
use crate::plot::legend::{self, Key};
use crate::plot::palette::INK;
use crate::plot::{Label, Panel, Scale, Stroke, Svg, finite_range};
use motherlode_core::error::Result;
use motherlode_stats::inference::{FitResult, contours, critical_value};

const LEFT: f64 = 76.0;
const SIDE: f64 = 520.0;
/// The legend may be wider than the panel.
const WIDTH: f64 = 780.0;
const BELOW: f64 = 60.0;
/// Space to the right of the legend.
const MARGIN: f64 = 10.0;

type Lines = Vec<Vec<(f64, f64)>>;

/// Regions at each confidence level; `None` unless the answers have a plane of two parameters.
///
/// # Errors
/// If a confidence level is not between 0 and 1.
pub fn figure(report: &InferenceReport<'_>) -> Result<Option<Figure>> {
    let mut drawn: Vec<(Lines, Stroke)> = Vec::new();
    for answer in in_drawing_order(report) {
        for (number, &level) in report.levels.iter().enumerate() {
            let line = Stroke {
                dashes: dashes(number),
                ..line(report, answer)
            };
            drawn.push((by_wilks(answer, level)?, line));
            let line = Stroke {
                dashes: dashes(number),
                ..Stroke::solid(TOYS, 1.5)
            };
            if std::ptr::eq(answer, &report.answers[0]) {
                drawn.push((by_toys(answer, level)?, line));
            }
        }
    }
    let plane = report.answers.iter().find_map(|answer| answer.estimate.plane.as_ref());
    let Some([first, second]) = plane.map(|plane| plane.parameters) else {
        return Ok(None);
    };
    let points = || drawn.iter().flat_map(|(lines, _)| lines.iter().flatten());
    let (Some(x), Some(y)) = (finite_range(points().map(|p| p.0)), finite_range(points().map(|p| p.1))) else {
        return Ok(None);
    };
    let entries = entries(report);
    let room = WIDTH - LEFT - MARGIN;
    let above = legend::height(room, &entries);
    let mut svg = Svg::new(WIDTH, above + SIDE + BELOW, "Confidence regions");
    let panel = Panel {
        left: LEFT,
        top: above,
        width: SIDE,
        height: SIDE,
        x: Scale::linear([x.0, x.1]),
        y: Scale::linear([y.0, y.1]),
    };
    panel.axes(&mut svg, true, true);
    for (lines, stroke) in &drawn {
        lines.iter().for_each(|line| panel.line(&mut svg, line, *stroke));
    }
    for answer in in_drawing_order(report) {
        let best = &answer.estimate.best.theta;
        let (radius, colour) = if is_exact(answer) {
            (6.0, stroke(answer).colour)
        } else {
            (4.0, stroke(answer).colour)
        };
        panel.dots(&mut svg, &[(best[first], best[second])], radius, colour, 1.0);
    }
    legend::draw_within(&mut svg, (LEFT, 16.0), room, &entries);
    panel.x_label(&mut svg, &Label::plain(&*report.parameters[first]), 44.0, 14.0);
    panel.y_label(&mut svg, &Label::plain(&*report.parameters[second]), LEFT - 16.0, 14.0);
    Ok(Some(Figure {
        name: "contours",
        caption: html! {
            "Confidence regions of the two parameters by Wilks’ theorem, with the others profiled at each pair, and the best fits. Lines end \
             where the parameter box ends."
            @if has_toys(report) {
                " Regions by toys, of the first answer, contain the truth with the stated probability, however good the estimator is."
            }
        },
        svg,
    }))
}

/// Line of an answer. Dashes distinguish the levels here; the first estimate is broad, and the others are narrower and drawn over it,
/// so that lines that coincide are all seen.
fn line(report: &InferenceReport<'_>, answer: &FitResult) -> Stroke<'static> {
    let stroke = stroke(answer);
    let estimates = report.answers.iter().filter(|answer| !is_exact(answer)).count();
    match is_exact(answer) {
        true => stroke,
        false => Stroke {
            width: 2.0 + 1.5 * (estimates - 1 - index_of_estimate(report, answer)).min(2) as f64,
            ..stroke
        },
    }
}

fn entries<'a>(report: &'a InferenceReport<'a>) -> Vec<(Key<'a>, Label)> {
    let mut entries = legend_entries(report, |answer| line(report, answer));
    if has_toys(report) {
        entries.push((Key::Line(Stroke::solid(TOYS, 1.5)), Label::plain("by toys")));
    }
    for (number, &level) in report.levels.iter().enumerate() {
        let sample = Stroke {
            dashes: dashes(number),
            ..Stroke::solid(INK, 1.5)
        };
        entries.push((Key::Line(sample), Label::plain(percent(level))));
    }
    entries
}

fn by_wilks(answer: &FitResult, level: f64) -> Result<Lines> {
    match &answer.estimate.plane {
        Some(plane) => contours(
            [&plane.values[0], &plane.values[1]],
            plane.q.view(),
            critical_value(level, 2)?,
        ),
        None => Ok(Vec::new()),
    }
}

fn by_toys(answer: &FitResult, level: f64) -> Result<Lines> {
    let Some(region) = &answer.region_by_toys else {
        return Ok(Vec::new());
    };
    let several: Vec<_> = region.values.iter().filter(|values| values.len() > 1).collect();
    let [first, second] = several.as_slice() else {
        return Ok(Vec::new());
    };
    let shape = (first.len(), second.len());
    match region.p_values.view().into_shape_with_order(shape) {
        Ok(p_values) => contours([first, second], p_values, 1.0 - level),
        Err(_) => Ok(Vec::new()),
    }
}
