//! Small multiples: the estimates of each method next to the exact answer.

use super::Figure;
use super::axes::{INK, Panel, Scale, ends};
use super::label::{Label, escape};
use super::look::look;
use super::svg::{Anchor, Stroke, Svg, Type};
use super::words;
use crate::study::Results;

const COLUMNS: usize = 4;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const GAP: f64 = 14.0;
const SIDE: f64 = (860.0 - LEFT - RIGHT - (COLUMNS - 1) as f64 * GAP) / COLUMNS as f64;
const TITLE: f64 = 26.0;
const BOTTOM: f64 = 48.0;
/// Components of the score that are shown; the others are left out, and the caption says so.
const MAX_COMPONENTS: usize = 4;
/// Observations up to which each is marked by a dot on the curves.
const MAX_DOTS: usize = 60;

/// One small panel: its title, and its lines and dots.
struct Multiple {
    title: Label,
    colour: &'static str,
    exact: Vec<(f64, f64)>,
    estimates: Vec<Vec<(f64, f64)>>,
    /// Whether points are joined, as functions are, or stand alone.
    joined: bool,
}

/// log r̂ of each method, for all seeds, against exact log r.
pub fn ratio_against_exact(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let exact = &showcase.exact_log_ratio;
    let (low, high) = ends(exact.iter().copied())?;
    let panels = ordered(results, &showcase.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(look(method).label),
        colour: look(method).colour,
        exact: vec![(low, low), (high, high)],
        estimates: seeds.iter().map(|estimate| pairs(exact, estimate)).collect(),
        joined: false,
    });
    let axes = [Label::plain("exact ").join(Label::log_r()), Label::log_r_hat()];
    let caption = format!(
        "Estimated against exact log <i>r</i> at <i>θ</i><sub>0</sub> = {} against <i>θ</i><sub>1</sub> = {}, trained on {} events; each dot is one observation and one of the seeds. Open rings lie beyond the frame.",
        words::point(&results.theta0),
        words::point(&results.theta1),
        words::count(showcase.n_events)
    );
    draw(
        "ratio_against_exact",
        "Estimated against exact log r",
        caption,
        panels.collect(),
        axes,
    )
}

/// log r̂ and exact log r as functions of x, where there is one observable.
pub fn ratio_along_observable(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let x = only_observable(results, &showcase.x)?;
    let panels = ordered(results, &showcase.log_ratio).map(|(method, seeds)| Multiple {
        title: Label::plain(look(method).label),
        colour: look(method).colour,
        exact: function(&x, &showcase.exact_log_ratio),
        estimates: seeds.iter().map(|estimate| function(&x, estimate)).collect(),
        joined: true,
    });
    let axes = [Label::plain(results.observables[0].as_str()), Label::log_r_hat()];
    let caption = format!(
        "log <i>r</i> as a function of {}: each seed of each method, trained on {} events, over the exact answer in black.",
        escape(&results.observables[0]),
        words::count(showcase.n_events)
    );
    draw(
        "ratio_along_observable",
        "Estimated and exact log r",
        caption,
        panels.collect(),
        axes,
    )
}

/// The estimated score of each method next to the exact one: as a function of x where there is one observable, else one
/// against the other, component by component.
pub fn score(results: &Results) -> Option<Figure> {
    let showcase = &results.showcase;
    let x = only_observable(results, &showcase.x);
    let components = 0..results.parameters.len().min(MAX_COMPONENTS);
    let panels = components.flat_map(|i| {
        let x = x.as_deref();
        ordered(results, &showcase.score).map(move |(method, score)| score_panel(results, method, score, i, x))
    });
    let panels: Vec<Multiple> = panels.collect();
    let estimate = Label::default().italic("t\u{302}");
    let axes = match x {
        Some(_) => [Label::plain(results.observables[0].as_str()), estimate],
        None => [Label::plain("exact ").italic("t"), estimate],
    };
    draw(
        "score",
        "Estimated and exact score",
        score_caption(results),
        panels,
        axes,
    )
}

fn score_panel(results: &Results, method: &str, score: &[Vec<f64>], i: usize, x: Option<&[f64]>) -> Multiple {
    let showcase = &results.showcase;
    let look = look(method);
    let (exact, place) = match words::at_reference(method) {
        true => (&showcase.exact_score_ref, "ref"),
        false => (&showcase.exact_score, "0"),
    };
    let (exact, estimate) = (component(exact, i), component(score, i));
    let mut title = Label::plain(look.label).and(" at ").italic("θ").index(place);
    if results.parameters.len() > 1 {
        title = title.and(format!(", {}", results.parameters[i]));
    }
    match x {
        Some(x) => Multiple {
            title,
            colour: look.colour,
            exact: function(x, &exact),
            estimates: vec![function(x, &estimate)],
            joined: true,
        },
        None => Multiple {
            title,
            colour: look.colour,
            exact: ends(exact.iter().copied()).map_or(vec![], |(low, high)| vec![(low, low), (high, high)]),
            estimates: vec![pairs(&exact, &estimate)],
            joined: false,
        },
    }
}

fn score_caption(results: &Results) -> String {
    let left_out = results.parameters.len().saturating_sub(MAX_COMPONENTS);
    let more = match left_out {
        0 => String::new(),
        n => format!(" The other {n} components are not shown."),
    };
    format!(
        "The score, the gradient of log <i>p</i>(<i>x</i>|<i>θ</i>): estimates of the first seed, trained on {} events, and the exact answer in black. Ratio estimators are differentiated at <i>θ</i><sub>0</sub> = {}; SALLY estimates the score at <i>θ</i><sub>ref</sub> = {}.{more}",
        words::count(results.showcase.n_events),
        words::point(&results.theta0),
        words::point(&results.theta_ref)
    )
}

/// The entries of a map in the order of the methods; entries of methods without a run come last.
fn ordered<'a, T>(
    results: &'a Results,
    entries: &'a std::collections::BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let methods = results.methods();
    let known = methods
        .clone()
        .into_iter()
        .filter_map(|method| Some((method, entries.get(method)?)));
    let others = entries
        .iter()
        .map(|(method, entry)| (method.as_str(), entry))
        .filter(move |(method, _)| !methods.contains(method));
    known.chain(others)
}

/// The values of the only observable; nothing if there are several.
pub fn only_observable(results: &Results, x: &[Vec<f64>]) -> Option<Vec<f64>> {
    let single = results.observables.len() == 1 && !x.is_empty();
    single.then(|| component(x, 0))
}

/// One component of each row; NaN where a row is too short.
pub fn component(rows: &[Vec<f64>], i: usize) -> Vec<f64> {
    rows.iter().map(|row| row.get(i).copied().unwrap_or(f64::NAN)).collect()
}

fn pairs(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}

/// A function from its values, in the order of its argument.
pub fn function(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points = pairs(x, y);
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// The panels, four to a row, all with the same scales: those of the exact answers, with room for estimates around.
fn draw(
    name: &'static str,
    title: &str,
    caption: String,
    panels: Vec<Multiple>,
    [below, left]: [Label; 2],
) -> Option<Figure> {
    let exact: Vec<(f64, f64)> = panels.iter().flat_map(|panel| panel.exact.iter().copied()).collect();
    let (low, high) = ends(exact.iter().map(|point| point.1))?;
    let room = 0.25 * (high - low);
    let x = Scale::linear(exact.iter().map(|point| point.0));
    let y = Scale::tight([low - room, high + room]);
    let rows = panels.len().div_ceil(COLUMNS);
    let columns = panels.len().min(COLUMNS);
    let height = rows as f64 * (TITLE + SIDE + GAP) + BOTTOM;
    let width = LEFT + RIGHT + columns as f64 * (SIDE + GAP) - GAP;
    let mut svg = Svg::new(width, height, title);
    for (i, multiple) in panels.iter().enumerate() {
        let (row, column) = (i / COLUMNS, i % COLUMNS);
        let panel = Panel {
            left: LEFT + column as f64 * (SIDE + GAP),
            top: TITLE + row as f64 * (TITLE + SIDE + GAP),
            width: SIDE,
            height: SIDE,
            x,
            y,
        };
        let lowest = i + COLUMNS >= panels.len();
        panel.axes(&mut svg, lowest, column == 0);
        draw_panel(&mut svg, &panel, multiple);
        if lowest {
            let under = (panel.left + 0.5 * SIDE, panel.top + SIDE + 40.0);
            svg.text(under, &below, plain(14.0, Anchor::Middle));
        }
        if column == 0 {
            svg.text_upwards((16.0, panel.top + 0.5 * SIDE), &left, plain(14.0, Anchor::Middle));
        }
    }
    Some(Figure { name, caption, svg })
}

fn draw_panel(svg: &mut Svg, panel: &Panel, multiple: &Multiple) {
    let few = multiple.exact.len() <= MAX_DOTS;
    let exact = Stroke::solid("#000000", 1.6);
    panel.curve(svg, &multiple.exact, exact);
    if multiple.joined && few {
        panel.dots(svg, &multiple.exact, 2.0, "#000000", 1.0);
    }
    for estimate in &multiple.estimates {
        match multiple.joined {
            true => {
                let stroke = Stroke {
                    opacity: 0.75,
                    ..Stroke::solid(multiple.colour, 1.6)
                };
                panel.curve(svg, estimate, stroke);
            }
            false => panel.dots(svg, estimate, 2.4, multiple.colour, 0.6),
        }
    }
    let title = Type {
        bold: true,
        colour: multiple.colour,
        ..plain(14.0, Anchor::Start)
    };
    svg.text((panel.left, panel.top - 8.0), &multiple.title, title);
}

/// Plain text of a figure.
pub fn plain(size: f64, anchor: Anchor) -> Type<'static> {
    Type {
        size,
        colour: INK,
        anchor,
        bold: false,
    }
}
