//! The figure of a study: error against number of simulated events.

use maud::{Markup, html};

use super::method_style::{MethodStyle, method_style};
use super::{Figure, metric_names, text};
use crate::plot::{Anchor, Label, Panel, Scale, Stroke, Svg, TextStyle};
use crate::{BudgetSummary, Metric, Results};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 500.0;
const LEFT: f64 = 78.0;
/// Space to the right of the names.
const RIGHT: f64 = 34.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 58.0;
/// Size of the names at the right edge.
const NAME_SIZE: f64 = 14.0;
/// Width of a bold name relative to its plain width at size 1.
const NAME: f64 = 1.12 * NAME_SIZE;
/// Least distance between the names at the right edge.
const LINE: f64 = 17.0;

/// Horizontal line for comparison.
struct Level {
    value: f64,
    name: Label,
    dashes: &'static str,
}

/// Median error of each method against the number of events, with the range over the seeds. `None` if no median is a positive
/// number.
pub fn figure(results: &Results, metric: Metric) -> Option<Figure> {
    let cells = results.summaries();
    let medians = cells.iter().map(|cell| metric.of_summary(cell)[0]);
    if !medians.into_iter().any(drawable) {
        return None;
    }
    let levels = levels(results, metric);
    let panel = panel(results, &cells, &levels, metric);
    let mut svg = Svg::new(WIDTH, HEIGHT, metric_names::title(metric));
    panel.axes(&mut svg, true, true);
    name_axes(&mut svg, &panel, metric);
    let rows: Vec<(MethodStyle, Vec<BudgetSummary>)> = rows(results, &cells);
    for (style, cells) in &rows {
        band(&mut svg, &panel, style, cells, metric);
    }
    for level in &levels {
        draw_level(&mut svg, &panel, level);
    }
    for (style, cells) in &rows {
        median(&mut svg, &panel, style, cells, metric);
    }
    names(&mut svg, &panel, &rows, metric);
    Some(Figure {
        name: match metric {
            Metric::Prior => "error_prior",
            Metric::Pair => "error_pair",
            Metric::Score => "error_score",
            Metric::Excess => "error_excess",
            Metric::Unexplained => "error_unexplained",
        },
        caption: caption(results, metric),
        svg,
    })
}

fn drawable(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn levels(results: &Results, metric: Metric) -> Vec<Level> {
    let noise = match metric {
        Metric::Prior => Some((results.label_noise_prior, "one event’s own gold")),
        Metric::Pair => Some((results.label_noise_pair, "one event’s own gold")),
        Metric::Excess => Some((results.excess_resolution(), "two standard errors")),
        Metric::Score | Metric::Unexplained => None,
    };
    let answer = match metric {
        Metric::Score | Metric::Unexplained => Label::plain("the answer ").italic("t").and(" = 0"),
        _ => Label::plain("the answer ").join(Label::log_r()).and(" = 0"),
    };
    let trivial = Level {
        value: results.trivial_error(metric),
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

fn panel(results: &Results, cells: &[BudgetSummary], levels: &[Level], metric: Metric) -> Panel {
    let errors = cells.iter().flat_map(|cell| metric.of_summary(cell));
    let names = results
        .methods()
        .into_iter()
        .map(|method| NAME * Label::plain(method_style(method).brief()).width());
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

fn name_axes(svg: &mut Svg, panel: &Panel, metric: Metric) {
    panel.x_label(svg, &Label::plain("simulated events"), BOTTOM - 12.0, 15.0);
    panel.y_label(svg, &metric_names::axis_label(metric), LEFT - 20.0, 15.0);
}

/// The summaries of each method; the first method is drawn last, on top.
fn rows(results: &Results, cells: &[BudgetSummary]) -> Vec<(MethodStyle, Vec<BudgetSummary>)> {
    let of = |method: &str| cells.iter().filter(|cell| cell.method == method).cloned().collect();
    let methods = results.methods().into_iter().rev();
    methods.map(|method| (method_style(method), of(method))).collect()
}

/// Draws the range over the seeds: an area between budgets, a bar at a single budget.
fn band(svg: &mut Svg, panel: &Panel, style: &MethodStyle, cells: &[BudgetSummary], metric: Metric) {
    let edges: Vec<Option<[(f64, f64); 2]>> = cells
        .iter()
        .map(|cell| {
            let n = cell.n_events as f64;
            let [_, low, high] = metric.of_summary(cell);
            let drawn = drawable(low) && drawable(high);
            drawn
                .then(|| Some([panel.pixel((n, low))?, panel.pixel((n, high))?]))
                .flatten()
        })
        .collect();
    for piece in edges.split(Option::is_none) {
        let piece: Vec<&[(f64, f64); 2]> = piece.iter().flatten().collect();
        if let [[low, high]] = piece.as_slice() {
            svg.line(&[*low, *high], Stroke::solid(style.colour, 1.5));
            continue;
        }
        let below = piece.iter().map(|edge| edge[0]);
        let above = piece.iter().rev().map(|edge| edge[1]);
        let outline: Vec<(f64, f64)> = below.chain(above).collect();
        if !outline.is_empty() {
            svg.area(&outline, style.colour, 0.13);
        }
    }
}

fn median(svg: &mut Svg, panel: &Panel, style: &MethodStyle, cells: &[BudgetSummary], metric: Metric) {
    let points: Vec<(f64, f64)> = cells
        .iter()
        .map(|cell| (cell.n_events as f64, metric.of_summary(cell)[0]))
        .collect();
    panel.line(
        svg,
        &points,
        Stroke::solid(style.colour, style.width).dashed(style.dashes),
    );
    for &(n, error) in &points {
        match panel.pixel((n, error)) {
            Some(place) => svg.marker(style.marker, place, 4.2, style.colour),
            // an excess may be zero, which a logarithmic scale cannot show
            None if error <= 0.0 => {
                let across = panel.x.fraction(n).unwrap_or(0.0);
                let edge = (panel.left + across * panel.width, panel.top + panel.height);
                svg.ring(edge, 4.2, style.colour);
            }
            None => (),
        }
    }
}

fn draw_level(svg: &mut Svg, panel: &Panel, level: &Level) {
    let Some(place) = panel.y.fraction(level.value) else {
        return;
    };
    let y = panel.top + (1.0 - place) * panel.height;
    let right = panel.left + panel.width;
    let stroke = Stroke::solid("#666666", 1.3).dashed(level.dashes);
    svg.line(&[(panel.left, y), (right, y)], stroke);
    let style = TextStyle {
        colour: "#555555",
        ..TextStyle::new(12.5, Anchor::End)
    };
    svg.text((right - 6.0, y - 6.0), &level.name, style);
}

/// Prints the names of the methods at the right ends of their lines, moved apart where they would overlap.
fn names(svg: &mut Svg, panel: &Panel, rows: &[(MethodStyle, Vec<BudgetSummary>)], metric: Metric) {
    let mut ends: Vec<((f64, f64), &MethodStyle)> = rows
        .iter()
        .filter_map(|(style, cells)| {
            let mut points = cells
                .iter()
                .rev()
                .map(|cell| (cell.n_events as f64, metric.of_summary(cell)[0]));
            Some((points.find_map(|point| panel.pixel(point))?, style))
        })
        .collect();
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let wanted: Vec<f64> = ends.iter().map(|(place, _)| place.1).collect();
    let heights = spread(&wanted, panel.top + 0.5 * LINE, panel.top + panel.height);
    let edge = panel.left + panel.width + 6.0;
    for (((x, y), style), height) in ends.iter().zip(heights) {
        svg.line(
            &[(x + 6.0, *y), (edge + 4.0, height)],
            Stroke::solid(style.colour, 1.0).dashed("1 3"),
        );
        svg.marker(style.marker, (edge + 10.0, height), 4.2, style.colour);
        let text_style = TextStyle::bold(NAME_SIZE, style.colour);
        svg.text((edge + 19.0, height + 5.0), &Label::plain(style.brief()), text_style);
    }
}

/// Moves sorted heights apart by at least one line, as little as possible and between two ends.
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

fn caption(results: &Results, metric: Metric) -> Markup {
    let [theta0, theta1, theta_ref] =
        [&results.theta0, &results.theta1, &results.theta_ref].map(|theta| text::point(theta));
    let over_prior = html! {
        "against " i { "θ" } sub { "1" } " = " (theta1) ", averaged over " i { "θ" } sub { "0" } " in the prior"
    };
    let at_theta0 = html! {
        "at " i { "θ" } sub { "0" } " = " (theta0) "; for SALLY, which learns no ratio, at " i { "θ" } sub { "ref" } " = " (theta_ref)
    };
    let what = match metric {
        Metric::Prior => html! { "Error of log " i { "r" } " " (over_prior) " and observations drawn there" },
        Metric::Pair => html! {
            "Error of log " i { "r" } " at " i { "θ" } sub { "0" } " = " (theta0) " against " i { "θ" } sub { "1" } " = " (theta1)
            ", averaged over observations drawn at " i { "θ" } sub { "1" }
        },
        Metric::Score => html! { "Error of the score " (at_theta0) },
        Metric::Excess => html! {
            "Mean divergence of the estimated classifier " i { "ŝ" } " = 1/(1 + " i { "r̂" } ") from the joint labels of held-out events, "
            (over_prior) ", minus the lowest of all trainings: a lower bound of the divergence from the unknown exact answer, up to the \
             statistical fluctuations of the held-out events"
        },
        Metric::Unexplained => html! {
            "⟨|" i { "t̂" } " − " i { "t" } "(" i { "x, z" } ")|²⟩/⟨|" i { "t" } "(" i { "x, z" } ")|²⟩ over held-out events " (at_theta0)
            ". The part that depends on the latent path beyond " i { "x" } " cannot be explained, and its size is unknown"
        },
    };
    let spread = match results.seeds().len() {
        1 => "One training for each point.".to_owned(),
        n => format!("Lines: medians of {n} trainings; bands: from the best to the worst."),
    };
    html! { (what) ". " (spread) " " (level_key(metric)) }
}

fn level_key(metric: Metric) -> Markup {
    match metric {
        Metric::Score | Metric::Unexplained => html! { "Dotted: the score set to zero." },
        Metric::Excess => html! {
            "Dotted: log " i { "r" } " set to zero. Dash-dotted: two standard errors of a difference; smaller differences are not \
             significant. Rings at the lower edge: zero or less, as for the best training itself."
        },
        Metric::Prior | Metric::Pair => html! {
            "Dotted: log " i { "r" } " set to zero. Dash-dotted: the joint log ratio of each event taken as its log " i { "r" }
            ", the noise that training has to average out."
        },
    }
}
