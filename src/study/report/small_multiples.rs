//! Small multiples: panels of one kind with common scales, each with estimates over the exact answer.

use maud::Markup;

use super::Figure;
use crate::plot::legend::{self, Key};
use crate::plot::palette::INK;
use crate::plot::{Label, Panel, Scale, Stroke, Svg, TextStyle, finite_range};

const COLUMNS: usize = 4;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const GAP: f64 = 14.0;
const SIDE: f64 = (860.0 - LEFT - RIGHT - (COLUMNS - 1) as f64 * GAP) / COLUMNS as f64;
const TITLE: f64 = 26.0;
const BOTTOM: f64 = 42.0;
const ROW: f64 = TITLE + SIDE + GAP;
/// Largest number of observations for which each is a dot on the lines.
const MAX_DOTS: usize = 60;
/// Colour of exact answers: a broad pale line below the estimates.
const EXACT: &str = "#b8b8b8";

/// One small panel.
pub struct Multiple {
    /// Title above the panel.
    pub title: Label,
    /// Colour of the title and of the estimates.
    pub colour: &'static str,
    /// Exact answer.
    pub exact: Vec<(f64, f64)>,
    /// Estimates of each seed.
    pub estimates: Vec<Vec<(f64, f64)>>,
    /// True if points are joined by lines, as for functions.
    pub joined: bool,
}

/// Panels with common scales, and the names of the horizontal and the vertical axis.
pub type Group = (Vec<Multiple>, [Label; 2]);

/// Draws groups of panels, four in a row. `None` if no exact answer is finite.
pub fn draw(name: &'static str, title: &str, caption: Markup, groups: Vec<Group>) -> Option<Figure> {
    let groups: Vec<(Group, Scale, Scale)> = groups.into_iter().filter_map(with_scales).collect();
    let columns = groups.iter().map(|((panels, _), ..)| panels.len().min(COLUMNS)).max()?;
    let joined = groups
        .iter()
        .any(|((panels, _), ..)| panels.iter().any(|panel| panel.joined));
    let height_of = |panels: &[Multiple]| panels.len().div_ceil(COLUMNS) as f64 * ROW + BOTTOM;
    let height = legend::HEIGHT + groups.iter().map(|((panels, _), ..)| height_of(panels)).sum::<f64>();
    let width = LEFT + RIGHT + columns as f64 * (SIDE + GAP) - GAP;
    let mut svg = Svg::new(width.max(400.0), height, title);
    draw_legend(&mut svg, joined);
    let mut top = legend::HEIGHT;
    for ((panels, names), x, y) in &groups {
        draw_group(&mut svg, top, panels, (*x, *y), names);
        top += height_of(panels);
    }
    Some(Figure { name, caption, svg })
}

/// Group with its scales: the range of the exact answers, with a margin for the estimates.
fn with_scales(group: Group) -> Option<(Group, Scale, Scale)> {
    let exact = || group.0.iter().flat_map(|panel| panel.exact.iter().copied());
    let (low, high) = finite_range(exact().map(|point| point.1))?;
    let room = 0.25 * (high - low);
    let x = Scale::linear(exact().map(|point| point.0));
    let y = Scale::tight([low - room, high + room]);
    Some((group, x, y))
}

fn draw_legend(svg: &mut Svg, joined: bool) {
    let estimate = match joined {
        true => Key::Line(Stroke::solid(INK, 1.6)),
        false => Key::Disc(INK, 0.8),
    };
    let entries = [
        (Key::Line(Stroke::solid(EXACT, 4.5)), Label::plain("exact")),
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
            panel.x_label(svg, below, 40.0, 14.0);
        }
        if column == 0 {
            panel.y_label(svg, left, LEFT - 16.0, 14.0);
        }
    }
}

fn draw_panel(svg: &mut Svg, panel: &Panel, multiple: &Multiple) {
    panel.line(svg, &multiple.exact, Stroke::solid(EXACT, 4.5));
    for estimate in &multiple.estimates {
        if !multiple.joined {
            panel.dots(svg, estimate, 2.4, multiple.colour, 0.6);
            continue;
        }
        let stroke = Stroke::solid(multiple.colour, 1.5).with_opacity(0.85);
        panel.line(svg, estimate, stroke);
        if estimate.len() <= MAX_DOTS {
            panel.dots(svg, estimate, 1.7, multiple.colour, 0.85);
        }
    }
    let style = TextStyle::bold(14.0, multiple.colour);
    svg.text((panel.left, panel.top - 8.0), &multiple.title, style);
}
