//! A single panel: lines, bands and points with errors over two named axes.

use super::Figure;
use super::axes::{Panel, Scale};
use super::label::Label;
use super::legend::{self, Sample};
use super::multiples::plain;
use super::svg::{Anchor, Stroke, Svg};

const LEFT: f64 = 78.0;
const RIGHT: f64 = 24.0;
const BOTTOM: f64 = 56.0;
const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 360.0;

/// What stands behind everything that was measured: what should have been found.
pub const EXPECTED: Stroke = Stroke {
    colour: "#777777",
    width: 1.5,
    dashes: "6 4",
    opacity: 1.0,
};
/// Colours of what was found, one after the other (Okabe and Ito).
pub const FOUND: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];

/// One thing drawn, with its place in the key, if it has one.
pub enum Mark {
    /// A line.
    Line(Vec<(f64, f64)>, Stroke<'static>),
    /// The area between two lines: places, low ends, high ends.
    Band(Vec<(f64, f64, f64)>, &'static str),
    /// Points with their errors: x, y and the standard error of y.
    Points(Vec<(f64, f64, f64)>, &'static str),
}

/// A figure in the making.
pub struct Plot {
    /// Name of the file, without its ending.
    pub name: &'static str,
    /// For readers who do not see it.
    pub title: &'static str,
    /// What is to be seen, as HTML.
    pub caption: String,
    /// The scales.
    pub scales: [Scale; 2],
    /// The names of the axes.
    pub axes: [Label; 2],
    /// From the back to the front.
    pub marks: Vec<(Mark, Option<Label>)>,
}

impl Plot {
    /// Draws it.
    pub fn figure(self) -> Figure {
        let mut svg = Svg::new(LEFT + WIDTH + RIGHT, legend::HEIGHT + HEIGHT + BOTTOM, self.title);
        let [x, y] = self.scales;
        let panel = Panel {
            left: LEFT,
            top: legend::HEIGHT,
            width: WIDTH,
            height: HEIGHT,
            x,
            y,
        };
        panel.axes(&mut svg, true, true);
        let mut key = Vec::new();
        for (mark, name) in self.marks {
            key.extend(name.map(|name| (mark.sample(), name)));
            mark.draw(&mut svg, &panel);
        }
        legend::draw(&mut svg, (LEFT, 18.0), &key);
        let [below, left] = &self.axes;
        let middle = (LEFT + 0.5 * WIDTH, legend::HEIGHT + HEIGHT + 44.0);
        svg.text(middle, below, plain(15.0, Anchor::Middle));
        svg.text_upwards((20.0, legend::HEIGHT + 0.5 * HEIGHT), left, plain(15.0, Anchor::Middle));
        Figure {
            name: self.name,
            caption: self.caption,
            svg,
        }
    }
}

impl Mark {
    fn sample(&self) -> Sample<'static> {
        match self {
            Self::Line(_, stroke) => Sample::Line(*stroke),
            Self::Band(_, colour) => Sample::Line(Stroke {
                opacity: 0.2,
                ..Stroke::solid(colour, 9.0)
            }),
            Self::Points(_, colour) => Sample::Dot(colour, 1.0),
        }
    }

    fn draw(&self, svg: &mut Svg, panel: &Panel) {
        match self {
            Self::Line(points, stroke) => panel.curve(svg, points, *stroke),
            Self::Band(band, colour) => {
                let places = |end: fn(&(f64, f64, f64)) -> f64| {
                    band.iter()
                        .filter_map(move |at| panel.place((at.0, end(at))))
                        .collect::<Vec<_>>()
                };
                let mut outline = places(|at| at.1);
                outline.extend(places(|at| at.2).into_iter().rev());
                svg.clipped(panel.frame(), |svg| svg.area(&outline, colour, 0.2));
            }
            Self::Points(points, colour) => {
                for &(x, y, error) in points {
                    panel.curve(svg, &[(x, y - error), (x, y + error)], Stroke::solid(colour, 1.5));
                }
                let dots: Vec<(f64, f64)> = points.iter().map(|&(x, y, _)| (x, y)).collect();
                panel.dots(svg, &dots, 3.2, colour, 1.0);
            }
        }
    }
}
