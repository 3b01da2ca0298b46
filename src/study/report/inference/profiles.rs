//! Profile likelihood ratio q of each parameter.

use maud::html;

use super::super::Figure;
use super::{
    InferenceReport, TOYS, has_toys, in_drawing_order, index_of_estimate, is_exact, legend_entries, limit_line,
    percent, stroke,
};
use crate::plot::legend::{self, Key};
use crate::plot::palette::{self, INK};
use crate::plot::{Anchor, Label, Panel, Scale, Stroke, Svg, TextStyle, finite_range};
use motherlode_stats::inference::{Band, FitResult, critical_value};

const COLUMNS: usize = 2;
const LEFT: f64 = 62.0;
/// Space for the confidence levels to the right of the panel: inside they would overlap the curves.
const RIGHT: f64 = 52.0;
const GAP: f64 = 62.0 + RIGHT;
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 250.0;
/// Space to the right of the legend.
const MARGIN: f64 = 10.0;
const ROW: f64 = HEIGHT + 66.0;
/// Largest q that is drawn.
const HIGHEST: f64 = 9.0;
/// Colours of one and two standard deviations.
const BANDS: [&str; 2] = [palette::SKY, "#cfe6f5"];

/// One panel for each parameter; `None` if a panel has no finite value.
pub fn figure(report: &InferenceReport<'_>) -> Option<Figure> {
    let parameters = varying(report);
    let n = parameters.len();
    let columns = n.min(COLUMNS);
    let width = (LEFT + RIGHT + columns as f64 * (WIDTH + GAP) - GAP).max(640.0);
    let has_bands = report.answers.iter().any(|answer| !answer.bands.is_empty());
    let mut entries = legend_entries(report, |answer| line(report, answer));
    if has_bands {
        let broad = |colour| Key::Line(Stroke::solid(colour, 9.0));
        entries.push((broad(BANDS[0]), Label::plain("±1σ")));
        entries.push((broad(BANDS[1]), Label::plain("±2σ of data sets")));
    }
    if has_toys(report) {
        entries.push((Key::Line(Stroke::solid(TOYS, 5.0)), Label::plain("by toys")));
    }
    let room = width - LEFT - MARGIN;
    let above = legend::height(room, &entries);
    let height = above + n.div_ceil(COLUMNS) as f64 * ROW;
    let mut svg = Svg::new(width, height, "Profile likelihood of each parameter");
    legend::draw_within(&mut svg, (LEFT, 16.0), room, &entries);
    for (i, k) in parameters.into_iter().enumerate() {
        let left = LEFT + (i % COLUMNS) as f64 * (WIDTH + GAP);
        let top = above + (i / COLUMNS) as f64 * ROW;
        draw(&mut svg, report, (left, top), k)?;
    }
    Some(Figure {
        name: "profiles",
        caption: html! {
            "Twice the difference of ln " i { "L" } " from its maximum, with all other parameters profiled. The confidence interval of a \
             level by Wilks’ theorem is where a curve is below the line of that level."
            @if has_bands {
                " Bands: 68 and 95 % of the curves of data sets of this size, around their median (dashed)."
            }
            @if has_toys(report) {
                " Bars: the intervals by toys of the first answer, the highest level at the bottom."
            }
        },
        svg,
    })
}

/// Parameters that are not held fixed.
fn varying(report: &InferenceReport<'_>) -> Vec<usize> {
    let varies = |&k: &usize| {
        let mut answers = report.answers.iter();
        answers.any(|answer| answer.estimate.profiles[k].values.len() > 1)
    };
    (0..report.parameters.len()).filter(varies).collect()
}

fn draw(svg: &mut Svg, report: &InferenceReport<'_>, (left, top): (f64, f64), k: usize) -> Option<()> {
    let visible = |answer: &FitResult| -> Vec<f64> {
        let profile = &answer.estimate.profiles[k];
        let low = profile.values.iter().zip(&profile.q).filter(|(_, q)| **q <= HIGHEST);
        low.map(|(value, _)| *value)
            .chain([answer.estimate.best.theta[k]])
            .collect()
    };
    let (low, high) = finite_range(report.answers.iter().flat_map(visible))?;
    let panel = Panel {
        left,
        top,
        width: WIDTH,
        height: HEIGHT,
        x: Scale::tight([low, high]),
        y: Scale::tight([0.0, HIGHEST]),
    };
    for answer in report.answers.iter().take(1) {
        answer
            .bands
            .get(k)
            .into_iter()
            .for_each(|band| draw_band(svg, &panel, band));
    }
    panel.axes(svg, true, true);
    for (number, &level) in report.levels.iter().enumerate() {
        let limit = critical_value(level, 1).ok()?;
        panel.line(svg, &[(low, limit), (high, limit)], limit_line(number));
        if let Some((x, y)) = panel.pixel((high, limit)) {
            svg.text(
                (x + 6.0, y + 4.0),
                &Label::plain(percent(level)),
                TextStyle::new(12.0, Anchor::Start),
            );
        }
    }
    for answer in in_drawing_order(report) {
        let profile = &answer.estimate.profiles[k];
        let points: Vec<(f64, f64)> = profile.values.iter().copied().zip(profile.q.iter().copied()).collect();
        panel.line(svg, &points, line(report, answer));
        // intervals by toys are bars along the axis, the highest level at the bottom
        for (number, of_level) in answer.intervals_by_toys.iter().flatten().enumerate() {
            let height = 0.25 + 0.28 * (report.levels.len() - 1 - number) as f64;
            for &(from, to) in &of_level[k] {
                panel.line(svg, &[(from, height), (to, height)], Stroke::solid(TOYS, 5.0));
            }
        }
    }
    panel.x_label(svg, &Label::plain(&*report.parameters[k]), 42.0, 14.0);
    panel.y_label(svg, &Label::default().italic("q"), 42.0, 14.0);
    Some(())
}

/// Line of an answer. Estimates after the first are dashed, so that curves that coincide are both seen.
fn line(report: &InferenceReport<'_>, answer: &FitResult) -> Stroke<'static> {
    let dashes = match is_exact(answer) {
        true => "",
        false => ["", "7 5", "2 4", "9 4 2 4"][index_of_estimate(report, answer).min(3)],
    };
    stroke(answer).dashed(dashes)
}

/// Draws the areas between quantiles, and the median.
fn draw_band(svg: &mut Svg, panel: &Panel, band: &Band) {
    let quantile = |quantile: usize| {
        let points = band.values.iter().zip(&band.q);
        points.map(move |(&value, q)| (value, q[quantile].min(4.0 * HIGHEST)))
    };
    for (lower, upper, colour) in [(0, 4, BANDS[1]), (1, 3, BANDS[0])] {
        let edges = quantile(lower).zip(quantile(upper));
        let edges: Vec<_> = edges.map(|((x, low), (_, high))| (x, low, high)).collect();
        panel.band(svg, &edges, colour, 0.8);
    }
    let median: Vec<_> = quantile(2).collect();
    panel.line(svg, &median, Stroke::solid(INK, 1.0).dashed("4 3"));
}
