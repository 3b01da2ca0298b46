//! q of each parameter, all others profiled.

use super::super::Figure;
use super::super::axes::{INK, Panel, Scale, ends};
use super::super::label::Label;
use super::super::legend::{self, Sample};
use super::super::multiples::plain;
use super::super::svg::{Anchor, Stroke, Svg};
use super::{Inference, TOYS, in_order, is_exact, key, limit_line, number, percent, stroke};
use motherlode_stats::inference::{Answer, Band, critical_value};

const COLUMNS: usize = 2;
const LEFT: f64 = 62.0;
/// Room for the confidence levels, beside the panel: within it they would lie on the curves.
const RIGHT: f64 = 52.0;
const GAP: f64 = 62.0 + RIGHT;
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 250.0;
/// Beside the key.
const MARGIN: f64 = 10.0;
const ROW: f64 = HEIGHT + 66.0;
/// Larger values of q are of no interest.
const HIGHEST: f64 = 9.0;
/// Colours of one and two standard deviations.
const BANDS: [&str; 2] = ["#56B4E9", "#cfe6f5"];

/// One panel a parameter.
pub fn figure(inference: &Inference<'_>) -> Option<Figure> {
    let shown = varying(inference);
    let n = shown.len();
    let columns = n.min(COLUMNS);
    let width = (LEFT + RIGHT + columns as f64 * (WIDTH + GAP) - GAP).max(640.0);
    let has_bands = inference.answers.iter().any(|answer| !answer.bands.is_empty());
    let mut entries = key(inference, |answer| line(inference, answer));
    if has_bands {
        let broad = |colour| Sample::Line(Stroke::solid(colour, 9.0));
        entries.push((broad(BANDS[0]), Label::plain("±1σ")));
        entries.push((broad(BANDS[1]), Label::plain("±2σ of data sets")));
    }
    if inference.answers.iter().any(|answer| answer.regions.is_some()) {
        entries.push((Sample::Line(Stroke::solid(TOYS, 5.0)), Label::plain("by toys")));
    }
    let room = width - LEFT - MARGIN;
    let above = legend::height(room, &entries);
    let height = above + n.div_ceil(COLUMNS) as f64 * ROW;
    let mut svg = Svg::new(width, height, "Profile likelihood of each parameter");
    legend::draw_within(&mut svg, (LEFT, 16.0), room, &entries);
    for (i, k) in shown.into_iter().enumerate() {
        let left = LEFT + (i % COLUMNS) as f64 * (WIDTH + GAP);
        let top = above + (i / COLUMNS) as f64 * ROW;
        draw(&mut svg, inference, (left, top), k)?;
    }
    let bands = match has_bands {
        true => {
            " Bands: where the curves of data sets of this size lie, 68 and 95 % of them, around their median (dashed)."
        }
        false => "",
    };
    let toys = match inference.answers.iter().any(|answer| answer.regions.is_some()) {
        true => " Bars: the intervals by toys of the first answer, the highest level at the bottom.",
        false => "",
    };
    Some(Figure {
        name: "profiles",
        caption: format!(
            "Twice the fall of ln <i>L</i> below its maximum, all other parameters at their best for each value. Where a curve is below the \
             line of a level is the confidence interval of that level by Wilks’ theorem.{bands}{toys}"
        ),
        svg,
    })
}

/// The parameters that are not held fixed: of others one value is known.
fn varying(inference: &Inference<'_>) -> Vec<usize> {
    let varies = |&k: &usize| {
        let mut answers = inference.answers.iter();
        answers.any(|answer| answer.estimate.profiles[k].values.len() > 1)
    };
    (0..inference.parameters.len()).filter(varies).collect()
}

fn draw(svg: &mut Svg, inference: &Inference<'_>, (left, top): (f64, f64), k: usize) -> Option<()> {
    let shown = |answer: &Answer| -> Vec<f64> {
        let profile = &answer.estimate.profiles[k];
        let low = profile.values.iter().zip(&profile.q).filter(|(_, q)| **q <= HIGHEST);
        low.map(|(value, _)| *value)
            .chain([answer.estimate.best.theta[k]])
            .collect()
    };
    let (low, high) = ends(inference.answers.iter().flat_map(shown))?;
    let panel = Panel {
        left,
        top,
        width: WIDTH,
        height: HEIGHT,
        x: Scale::tight([low, high]),
        y: Scale::tight([0.0, HIGHEST]),
    };
    for answer in inference.answers.iter().take(1) {
        answer
            .bands
            .get(k)
            .into_iter()
            .for_each(|of_parameter| band(svg, &panel, of_parameter));
    }
    panel.axes(svg, true, true);
    for (number, &level) in inference.levels.iter().enumerate() {
        let limit = critical_value(level, 1).ok()?;
        panel.curve(svg, &[(low, limit), (high, limit)], limit_line(number));
        if let Some((x, y)) = panel.place((high, limit)) {
            svg.text(
                (x + 6.0, y + 4.0),
                &Label::plain(percent(level)),
                plain(12.0, Anchor::Start),
            );
        }
    }
    for answer in in_order(inference) {
        let profile = &answer.estimate.profiles[k];
        let points: Vec<(f64, f64)> = profile.values.iter().copied().zip(profile.q.iter().copied()).collect();
        panel.curve(svg, &points, line(inference, answer));
        // The intervals by toys, as bars along the axis, the highest level at the bottom.
        let by_toys = answer
            .regions
            .iter()
            .flat_map(|regions| regions.intervals.iter().enumerate());
        for (number, of_level) in by_toys {
            let height = 0.25 + 0.28 * (inference.levels.len() - 1 - number) as f64;
            for &(from, to) in &of_level[k] {
                panel.curve(svg, &[(from, height), (to, height)], Stroke::solid(TOYS, 5.0));
            }
        }
    }
    let under = (left + 0.5 * WIDTH, top + HEIGHT + 42.0);
    svg.text(
        under,
        &Label::plain(&*inference.parameters[k]),
        plain(14.0, Anchor::Middle),
    );
    let beside = (left - 42.0, top + 0.5 * HEIGHT);
    svg.text_upwards(beside, &Label::default().italic("q"), plain(14.0, Anchor::Middle));
    Some(())
}

/// Estimates after the first are dashed, so that curves that coincide are both seen.
fn line(inference: &Inference<'_>, answer: &Answer) -> Stroke<'static> {
    let dashes = match is_exact(answer) {
        true => "",
        false => ["", "7 5", "2 4", "9 4 2 4"][number(inference, answer).min(3)],
    };
    Stroke {
        dashes,
        ..stroke(answer)
    }
}

/// Two areas between quantiles, and the median.
fn band(svg: &mut Svg, panel: &Panel, band: &Band) {
    let at = |quantile: usize| -> Vec<(f64, f64)> {
        band.values
            .iter()
            .zip(&band.q)
            .map(|(&value, q)| (value, q[quantile].min(4.0 * HIGHEST)))
            .collect()
    };
    for (lower, upper, colour) in [(0, 4, BANDS[1]), (1, 3, BANDS[0])] {
        let outline = at(lower).into_iter().chain(at(upper).into_iter().rev());
        let outline: Vec<(f64, f64)> = outline.filter_map(|point| panel.place(point)).collect();
        svg.clipped(panel.frame(), |svg| svg.area(&outline, colour, 0.8));
    }
    panel.curve(
        svg,
        &at(2),
        Stroke {
            dashes: "4 3",
            ..Stroke::solid(INK, 1.0)
        },
    );
}
