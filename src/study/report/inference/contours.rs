//! Confidence regions of two parameters.

use super::super::Figure;
use super::super::axes::{INK, Panel, Scale, ends};
use super::super::label::Label;
use super::super::legend::{self, Sample};
use super::super::multiples::plain;
use super::super::svg::{Anchor, Stroke, Svg};
use super::{Inference, TOYS, dashes, in_order, is_exact, key, number, percent, stroke};
use motherlode_core::error::Result;
use motherlode_stats::inference::{Answer, contours, critical_value};

const LEFT: f64 = 76.0;
const SIDE: f64 = 520.0;
/// The key is wider than the panel where there are many answers.
const WIDTH: f64 = 780.0;
const BELOW: f64 = 60.0;
/// Beside the key.
const MARGIN: f64 = 10.0;

type Lines = Vec<Vec<(f64, f64)>>;

/// The regions at each confidence level; nothing for other numbers of parameters.
///
/// # Errors
/// If a confidence level is not between 0 and 1.
pub fn figure(inference: &Inference<'_>) -> Result<Option<Figure>> {
    let mut drawn: Vec<(Lines, Stroke)> = Vec::new();
    for answer in in_order(inference) {
        for (number, &level) in inference.levels.iter().enumerate() {
            let line = Stroke {
                dashes: dashes(number),
                ..line(inference, answer)
            };
            drawn.push((by_wilks(answer, level)?, line));
            let line = Stroke {
                dashes: dashes(number),
                ..Stroke::solid(TOYS, 1.5)
            };
            if std::ptr::eq(answer, &inference.answers[0]) {
                drawn.push((by_toys(answer, level)?, line));
            }
        }
    }
    let plane = inference
        .answers
        .iter()
        .find_map(|answer| answer.estimate.plane.as_ref());
    let Some([first, second]) = plane.map(|plane| plane.parameters) else {
        return Ok(None);
    };
    let points = || drawn.iter().flat_map(|(lines, _)| lines.iter().flatten());
    let (Some(x), Some(y)) = (ends(points().map(|p| p.0)), ends(points().map(|p| p.1))) else {
        return Ok(None);
    };
    let entries = entries(inference);
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
        lines.iter().for_each(|line| panel.curve(&mut svg, line, *stroke));
    }
    for answer in in_order(inference) {
        let best = &answer.estimate.best.theta;
        let (radius, colour) = if is_exact(answer) {
            (6.0, stroke(answer).colour)
        } else {
            (4.0, stroke(answer).colour)
        };
        panel.dots(&mut svg, &[(best[first], best[second])], radius, colour, 1.0);
    }
    legend::draw_within(&mut svg, (LEFT, 16.0), room, &entries);
    let under = (LEFT + 0.5 * SIDE, above + SIDE + 44.0);
    svg.text(
        under,
        &Label::plain(&*inference.parameters[first]),
        plain(14.0, Anchor::Middle),
    );
    let beside = (16.0, above + 0.5 * SIDE);
    svg.text_upwards(
        beside,
        &Label::plain(&*inference.parameters[second]),
        plain(14.0, Anchor::Middle),
    );
    let toys = match inference.answers.iter().any(|answer| answer.regions.is_some()) {
        true => " Those by toys, of the first answer, hold the truth as often as they say, however good the estimator.",
        false => "",
    };
    Ok(Some(Figure {
        name: "contours",
        caption: format!(
            "Confidence regions of the two parameters by Wilks’ theorem, others at their best for each pair, and the best fits. Lines end where the hypotheses do.{toys}"
        ),
        svg,
    }))
}

/// Dashes tell levels apart here: the first estimate is drawn broad, and the others narrower upon it, so that lines that coincide are all seen.
fn line(inference: &Inference<'_>, answer: &Answer) -> Stroke<'static> {
    let stroke = stroke(answer);
    let estimates = inference.answers.iter().filter(|answer| !is_exact(answer)).count();
    match is_exact(answer) {
        true => stroke,
        false => Stroke {
            width: 2.0 + 1.5 * (estimates - 1 - number(inference, answer)).min(2) as f64,
            ..stroke
        },
    }
}

fn entries<'a>(inference: &'a Inference<'a>) -> Vec<(Sample<'a>, Label)> {
    let mut entries = key(inference, |answer| line(inference, answer));
    if inference.answers.iter().any(|answer| answer.regions.is_some()) {
        entries.push((Sample::Line(Stroke::solid(TOYS, 1.5)), Label::plain("by toys")));
    }
    for (number, &level) in inference.levels.iter().enumerate() {
        let sample = Stroke {
            dashes: dashes(number),
            ..Stroke::solid(INK, 1.5)
        };
        entries.push((Sample::Line(sample), Label::plain(percent(level))));
    }
    entries
}

fn by_wilks(answer: &Answer, level: f64) -> Result<Lines> {
    match &answer.estimate.plane {
        Some(plane) => contours(
            [&plane.values[0], &plane.values[1]],
            plane.q.view(),
            critical_value(level, 2)?,
        ),
        None => Ok(Vec::new()),
    }
}

fn by_toys(answer: &Answer, level: f64) -> Result<Lines> {
    let Some(regions) = &answer.regions else {
        return Ok(Vec::new());
    };
    let several: Vec<_> = regions.values.iter().filter(|values| values.len() > 1).collect();
    let [first, second] = several.as_slice() else {
        return Ok(Vec::new());
    };
    let shape = (first.len(), second.len());
    match regions.p_values.view().into_shape_with_order(shape) {
        Ok(p_values) => contours([first, second], p_values, 1.0 - level),
        Err(_) => Ok(Vec::new()),
    }
}
