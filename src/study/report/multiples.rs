//! Small multiples: panels of one kind, each with estimates over the exact answer.

use super::Figure;
use super::axes::{INK, Panel, Scale, ends};
use super::label::Label;
use super::legend::{self, Sample};
use super::svg::{Anchor, Stroke, Svg, Type};

const COLUMNS: usize = 4;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const GAP: f64 = 14.0;
const SIDE: f64 = (860.0 - LEFT - RIGHT - (COLUMNS - 1) as f64 * GAP) / COLUMNS as f64;
const TITLE: f64 = 26.0;
const BOTTOM: f64 = 42.0;
const ROW: f64 = TITLE + SIDE + GAP;
/// Observations up to which each is marked by a dot on the curves.
const MAX_DOTS: usize = 60;
/// Colour of exact answers: a broad pale line that the estimates are seen to follow or to leave.
const EXACT: &str = "#b8b8b8";

/// One small panel: its title, and its lines and dots.
pub struct Multiple {
    /// What stands above it.
    pub title: Label,
    /// Colour of the title and of the estimates.
    pub colour: &'static str,
    /// The exact answer.
    pub exact: Vec<(f64, f64)>,
    /// The estimates of each seed.
    pub estimates: Vec<Vec<(f64, f64)>>,
    /// Whether points are joined, as functions are, or stand alone.
    pub joined: bool,
}

/// Panels that share their scales, and the names of their axes: below and at the left.
pub type Group = (Vec<Multiple>, [Label; 2]);

/// Groups of panels, four to a row; nothing if no exact answer is finite.
pub fn draw(name: &'static str, title: &str, caption: String, groups: Vec<Group>) -> Option<Figure> {
    let groups: Vec<(Group, Scale, Scale)> = groups.into_iter().filter_map(with_scales).collect();
    let columns = groups.iter().map(|((panels, _), ..)| panels.len().min(COLUMNS)).max()?;
    let joined = groups
        .iter()
        .any(|((panels, _), ..)| panels.iter().any(|panel| panel.joined));
    let height_of = |panels: &[Multiple]| panels.len().div_ceil(COLUMNS) as f64 * ROW + BOTTOM;
    let height = legend::HEIGHT + groups.iter().map(|((panels, _), ..)| height_of(panels)).sum::<f64>();
    let width = LEFT + RIGHT + columns as f64 * (SIDE + GAP) - GAP;
    let mut svg = Svg::new(width.max(400.0), height, title);
    key(&mut svg, joined);
    let mut top = legend::HEIGHT;
    for ((panels, names), x, y) in &groups {
        draw_group(&mut svg, top, panels, (*x, *y), names);
        top += height_of(panels);
    }
    Some(Figure { name, caption, svg })
}

/// A group with its scales: those of the exact answers, with room for estimates around.
fn with_scales(group: Group) -> Option<(Group, Scale, Scale)> {
    let exact = || group.0.iter().flat_map(|panel| panel.exact.iter().copied());
    let (low, high) = ends(exact().map(|point| point.1))?;
    let room = 0.25 * (high - low);
    let x = Scale::linear(exact().map(|point| point.0));
    let y = Scale::tight([low - room, high + room]);
    Some((group, x, y))
}

fn key(svg: &mut Svg, joined: bool) {
    let estimate = match joined {
        true => Sample::Line(Stroke::solid(INK, 1.6)),
        false => Sample::Dot(INK, 0.8),
    };
    let entries = [
        (Sample::Line(Stroke::solid(EXACT, 4.5)), Label::plain("exact")),
        (estimate, Label::plain("estimates")),
    ];
    legend::draw(svg, (LEFT, 18.0), &entries);
}

fn draw_group(svg: &mut Svg, top: f64, panels: &[Multiple], (x, y): (Scale, Scale), [below, left]: &[Label; 2]) {
    for (i, multiple) in panels.iter().enumerate() {
        let (row, column) = (i / COLUMNS, i % COLUMNS);
        let panel = Panel {
            left: LEFT + column as f64 * (SIDE + GAP),
            top: top + TITLE + row as f64 * ROW,
            width: SIDE,
            height: SIDE,
            x,
            y,
        };
        let lowest = i + COLUMNS >= panels.len();
        panel.axes(svg, lowest, column == 0);
        draw_panel(svg, &panel, multiple);
        if lowest {
            let under = (panel.left + 0.5 * SIDE, panel.top + SIDE + 40.0);
            svg.text(under, below, plain(14.0, Anchor::Middle));
        }
        if column == 0 {
            svg.text_upwards((16.0, panel.top + 0.5 * SIDE), left, plain(14.0, Anchor::Middle));
        }
    }
}

fn draw_panel(svg: &mut Svg, panel: &Panel, multiple: &Multiple) {
    panel.curve(svg, &multiple.exact, Stroke::solid(EXACT, 4.5));
    for estimate in &multiple.estimates {
        if !multiple.joined {
            panel.dots(svg, estimate, 2.4, multiple.colour, 0.6);
            continue;
        }
        let stroke = Stroke {
            opacity: 0.85,
            ..Stroke::solid(multiple.colour, 1.5)
        };
        panel.curve(svg, estimate, stroke);
        if estimate.len() <= MAX_DOTS {
            panel.dots(svg, estimate, 1.7, multiple.colour, 0.85);
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
