//! The figure of the study: error against number of simulated events.

use super::Figure;
use super::axes::{INK, Panel, Scale};
use super::label::Label;
use super::look::{Look, look};
use super::svg::{Anchor, Stroke, Svg, Type};
use super::words;
use crate::{Measure, Results, Summary};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 500.0;
const LEFT: f64 = 78.0;
/// Room at the right edge besides the names.
const RIGHT: f64 = 34.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 58.0;
/// Size of the names at the right edge.
const NAME_SIZE: f64 = 14.0;
/// Width of a bold name relative to its plain width at size 1.
const NAME: f64 = 1.12 * NAME_SIZE;
/// Least distance between the names at the right edge.
const LINE: f64 = 17.0;

/// A horizontal line: a level, and what it means.
struct Level {
    value: f64,
    name: Label,
    dashes: &'static str,
}

/// Median error of each method against the number of events, with the range over the seeds; nothing if no median is a
/// positive number.
pub fn figure(results: &Results, measure: Measure) -> Option<Figure> {
    let cells = results.summaries();
    let medians = cells.iter().map(|cell| measure.of_summary(cell)[0]);
    if !medians.into_iter().any(drawable) {
        return None;
    }
    let levels = levels(results, measure);
    let panel = panel(results, &cells, &levels, measure);
    let mut svg = Svg::new(WIDTH, HEIGHT, words::title(measure));
    panel.axes(&mut svg, true, true);
    name_axes(&mut svg, &panel, measure);
    let rows: Vec<(Look, Vec<Summary>)> = rows(results, &cells);
    for (look, cells) in &rows {
        band(&mut svg, &panel, look, cells, measure);
    }
    for level in &levels {
        draw_level(&mut svg, &panel, level);
    }
    for (look, cells) in &rows {
        median(&mut svg, &panel, look, cells, measure);
    }
    names(&mut svg, &panel, &rows, measure);
    Some(Figure {
        name: match measure {
            Measure::Prior => "error_prior",
            Measure::Pair => "error_pair",
            Measure::Score => "error_score",
            Measure::Excess => "error_excess",
            Measure::Unexplained => "error_unexplained",
        },
        caption: caption(results, measure),
        svg,
    })
}

fn drawable(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn levels(results: &Results, measure: Measure) -> Vec<Level> {
    let noise = match measure {
        Measure::Prior => Some((results.label_noise_prior, "one event’s own gold")),
        Measure::Pair => Some((results.label_noise_pair, "one event’s own gold")),
        Measure::Excess => Some((results.resolution(), "two standard errors")),
        Measure::Score | Measure::Unexplained => None,
    };
    let answer = match measure {
        Measure::Score | Measure::Unexplained => Label::plain("the answer ").italic("t").and(" = 0"),
        _ => Label::plain("the answer ").join(Label::log_r()).and(" = 0"),
    };
    let trivial = Level {
        value: words::trivial(results, measure),
        name: answer,
        dashes: "3 4",
    };
    let noise = noise.map(|(value, name)| Level {
        value,
        name: Label::plain(name),
        dashes: "10 4 2 4",
    });
    let levels = std::iter::once(trivial).chain(noise);
    levels.filter(|level| drawable(level.value)).collect()
}

fn panel(results: &Results, cells: &[Summary], levels: &[Level], measure: Measure) -> Panel {
    let errors = cells.iter().flat_map(|cell| measure.of_summary(cell));
    let names = results
        .methods()
        .into_iter()
        .map(|method| NAME * Label::plain(look(method).brief()).width());
    let widest = names.fold(70.0, f64::max);
    Panel {
        left: LEFT,
        top: TOP,
        width: WIDTH - LEFT - RIGHT - widest,
        height: HEIGHT - TOP - BOTTOM,
        x: Scale::logarithmic(results.budgets().into_iter().map(|n| n as f64), 1.12),
        y: Scale::logarithmic(errors.chain(levels.iter().map(|level| level.value)), 1.3),
    }
}

fn name_axes(svg: &mut Svg, panel: &Panel, measure: Measure) {
    let style = Type {
        size: 15.0,
        colour: INK,
        anchor: Anchor::Middle,
        bold: false,
    };
    let middle = panel.left + 0.5 * panel.width;
    svg.text((middle, HEIGHT - 12.0), &Label::plain("simulated events"), style);
    svg.text_upwards((20.0, panel.top + 0.5 * panel.height), &words::symbol(measure), style);
}

/// The summaries method by method; the first method is drawn last, on top.
fn rows(results: &Results, cells: &[Summary]) -> Vec<(Look, Vec<Summary>)> {
    let of = |method: &str| cells.iter().filter(|cell| cell.method == method).cloned().collect();
    let methods = results.methods().into_iter().rev();
    methods.map(|method| (look(method), of(method))).collect()
}

/// The range over the seeds: an area between budgets, a bar where a budget stands alone.
fn band(svg: &mut Svg, panel: &Panel, look: &Look, cells: &[Summary], measure: Measure) {
    let edges: Vec<Option<[(f64, f64); 2]>> = cells
        .iter()
        .map(|cell| {
            let n = cell.n_events as f64;
            let [_, low, high] = measure.of_summary(cell);
            let drawn = drawable(low) && drawable(high);
            drawn
                .then(|| Some([panel.place((n, low))?, panel.place((n, high))?]))
                .flatten()
        })
        .collect();
    for piece in edges.split(Option::is_none) {
        let piece: Vec<&[(f64, f64); 2]> = piece.iter().flatten().collect();
        if let [[low, high]] = piece.as_slice() {
            svg.line(&[*low, *high], Stroke::solid(look.colour, 1.5));
            continue;
        }
        let below = piece.iter().map(|edge| edge[0]);
        let above = piece.iter().rev().map(|edge| edge[1]);
        let outline: Vec<(f64, f64)> = below.chain(above).collect();
        if !outline.is_empty() {
            svg.area(&outline, look.colour, 0.13);
        }
    }
}

fn median(svg: &mut Svg, panel: &Panel, look: &Look, cells: &[Summary], measure: Measure) {
    let points: Vec<(f64, f64)> = cells
        .iter()
        .map(|cell| (cell.n_events as f64, measure.of_summary(cell)[0]))
        .collect();
    let stroke = Stroke {
        colour: look.colour,
        width: look.width,
        dashes: look.dashes,
        opacity: 1.0,
    };
    panel.curve(svg, &points, stroke);
    for &(n, error) in &points {
        match panel.place((n, error)) {
            Some(place) => svg.mark(look.mark, place, 4.2, look.colour),
            // A logarithmic scale has no place for zero, which an excess may be.
            None if error <= 0.0 => {
                let across = panel.x.place(n).unwrap_or(0.0);
                let edge = (panel.left + across * panel.width, panel.top + panel.height);
                svg.ring(edge, 4.2, look.colour);
            }
            None => (),
        }
    }
}

fn draw_level(svg: &mut Svg, panel: &Panel, level: &Level) {
    let Some(place) = panel.y.place(level.value) else {
        return;
    };
    let y = panel.top + (1.0 - place) * panel.height;
    let right = panel.left + panel.width;
    let stroke = Stroke {
        colour: "#666666",
        width: 1.3,
        dashes: level.dashes,
        opacity: 1.0,
    };
    svg.line(&[(panel.left, y), (right, y)], stroke);
    let style = Type {
        size: 12.5,
        colour: "#555555",
        anchor: Anchor::End,
        bold: false,
    };
    svg.text((right - 6.0, y - 6.0), &level.name, style);
}

/// The names of the methods at the right ends of their lines, moved apart where they would overlap.
fn names(svg: &mut Svg, panel: &Panel, rows: &[(Look, Vec<Summary>)], measure: Measure) {
    let mut ends: Vec<((f64, f64), &Look)> = rows
        .iter()
        .filter_map(|(look, cells)| {
            let mut points = cells
                .iter()
                .rev()
                .map(|cell| (cell.n_events as f64, measure.of_summary(cell)[0]));
            Some((points.find_map(|point| panel.place(point))?, look))
        })
        .collect();
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let wanted: Vec<f64> = ends.iter().map(|(place, _)| place.1).collect();
    let heights = spread(&wanted, panel.top + 0.5 * LINE, panel.top + panel.height);
    let edge = panel.left + panel.width + 6.0;
    for (((x, y), look), height) in ends.iter().zip(heights) {
        svg.line(
            &[(x + 6.0, *y), (edge + 4.0, height)],
            Stroke {
                dashes: "1 3",
                ..Stroke::solid(look.colour, 1.0)
            },
        );
        svg.mark(look.mark, (edge + 10.0, height), 4.2, look.colour);
        let style = Type {
            size: NAME_SIZE,
            colour: look.colour,
            anchor: Anchor::Start,
            bold: true,
        };
        svg.text((edge + 19.0, height + 5.0), &Label::plain(look.brief()), style);
    }
}

/// Moves sorted heights apart until they are a line apart, as little as possible and between two ends.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut heights = wanted.to_vec();
    let gap = LINE.min((bottom - top) / wanted.len().max(1) as f64);
    let mut floor = top;
    for height in &mut heights {
        *height = height.max(floor);
        floor = *height + gap;
    }
    let mut ceiling = bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(ceiling);
        ceiling = *height - gap;
    }
    heights
}

fn caption(results: &Results, measure: Measure) -> String {
    let seeds = results.seeds().len();
    let over_prior = format!(
        "against <i>θ</i><sub>1</sub> = {}, averaged over <i>θ</i><sub>0</sub> in the prior",
        words::point(&results.theta1)
    );
    let at_theta0 = format!(
        "at <i>θ</i><sub>0</sub> = {}; for SALLY, which learns no ratio, at <i>θ</i><sub>ref</sub> = {}",
        words::point(&results.theta0),
        words::point(&results.theta_ref)
    );
    let what = match measure {
        Measure::Prior => format!("Error of log <i>r</i> {over_prior} and observations drawn there"),
        Measure::Pair => format!(
            "Error of log <i>r</i> at <i>θ</i><sub>0</sub> = {} against <i>θ</i><sub>1</sub> = {}, averaged over observations drawn at <i>θ</i><sub>1</sub>",
            words::point(&results.theta0),
            words::point(&results.theta1)
        ),
        Measure::Score => format!("Error of the score {at_theta0}"),
        Measure::Excess => format!(
            "Mean divergence of the estimated classifier <i>ŝ</i> = 1/(1 + <i>r̂</i>) from the joint labels of held-out events, {over_prior}, less that of the closest training of all: a lower bound of the divergence from the unknown exact answer, but for the scatter of the held-out events"
        ),
        Measure::Unexplained => format!(
            "⟨|<i>t̂</i> − <i>t</i>(<i>x, z</i>)|²⟩/⟨|<i>t</i>(<i>x, z</i>)|²⟩ over held-out events {at_theta0}. What the latent path knows beyond <i>x</i> cannot be explained, and how much that is is unknown"
        ),
    };
    let spread = match seeds {
        1 => "One training for each point.".to_owned(),
        n => format!("Lines: medians of {n} trainings; bands: from the best to the worst."),
    };
    let levels = match measure {
        Measure::Score | Measure::Unexplained => "Dotted: the score taken to be zero.",
        Measure::Excess => {
            "Dotted: log <i>r</i> taken to be zero. Dash-dotted: a difference of two standard errors of the held-out events; smaller ones are not seen. Rings at the lower edge: zero or less, as for the closest training itself."
        }
        _ => {
            "Dotted: log <i>r</i> taken to be zero. Dash-dotted: the joint log ratio of each event taken for its log <i>r</i>, the noise that training has to average out."
        }
    };
    format!("{what}. {spread} {levels}")
}
