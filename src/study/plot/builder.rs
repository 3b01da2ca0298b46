//! One panel with named axes, a legend, and lines, bands and points.

use super::label::Label;
use super::legend::{self, Key};
use super::panel::Panel;
use super::scale::Scale;
use super::svg::{Stroke, Svg};

const LEFT: f64 = 78.0;
const RIGHT: f64 = 24.0;
const BOTTOM: f64 = 56.0;
const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 360.0;
const BAND_OPACITY: f64 = 0.2;

/// Data with the style in which they are drawn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Series {
    /// Line through points.
    Line(Vec<(f64, f64)>, Stroke<'static>),
    /// Area between two lines, as (x, low y, high y), in this colour.
    Band(Vec<(f64, f64, f64)>, &'static str),
    /// Points with error bars, as (x, y, standard error of y), in this colour.
    Points(Vec<(f64, f64, f64)>, &'static str),
}

/// Builder of a figure with one panel. Series are drawn in the order in which they are added, the last one on top.
///
/// See the [module](super) for an example.
#[derive(Debug, Clone)]
#[must_use = "a plot is drawn by `svg`"]
pub struct Plot {
    title: String,
    scales: [Scale; 2],
    labels: [Label; 2],
    series: Vec<(Series, Option<Label>)>,
}

impl Plot {
    /// Empty panel with these scales. The title is read out by screen readers and not printed.
    pub fn new(title: impl Into<String>, x: Scale, y: Scale) -> Self {
        Self {
            title: title.into(),
            scales: [x, y],
            labels: Default::default(),
            series: Vec::new(),
        }
    }

    /// Sets the name of the horizontal axis.
    pub fn x_label(mut self, label: impl Into<Label>) -> Self {
        self.labels[0] = label.into();
        self
    }

    /// Sets the name of the vertical axis.
    pub fn y_label(mut self, label: impl Into<Label>) -> Self {
        self.labels[1] = label.into();
        self
    }

    /// Adds a series.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push((series, None));
        self
    }

    /// Adds a line through points. Values that are not finite are gaps.
    pub fn line(self, points: Vec<(f64, f64)>, stroke: Stroke<'static>) -> Self {
        self.series(Series::Line(points, stroke))
    }

    /// Adds the area between two lines, given as (x, low y, high y).
    pub fn band(self, band: Vec<(f64, f64, f64)>, colour: &'static str) -> Self {
        self.series(Series::Band(band, colour))
    }

    /// Adds points with error bars, given as (x, y, standard error of y).
    pub fn points(self, points: Vec<(f64, f64, f64)>, colour: &'static str) -> Self {
        self.series(Series::Points(points, colour))
    }

    /// Names the series that was added last, for the legend.
    pub fn named(mut self, name: impl Into<Label>) -> Self {
        if let Some((_, label)) = self.series.last_mut() {
            *label = Some(name.into());
        }
        self
    }

    /// Draws the figure.
    pub fn svg(&self) -> Svg {
        let mut svg = Svg::new(LEFT + WIDTH + RIGHT, legend::HEIGHT + HEIGHT + BOTTOM, &self.title);
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
        let mut entries = Vec::new();
        for (series, name) in &self.series {
            entries.extend(name.clone().map(|name| (series.key(), name)));
            series.draw(&mut svg, &panel);
        }
        legend::draw(&mut svg, (LEFT, 18.0), &entries);
        let [x, y] = &self.labels;
        panel.x_label(&mut svg, x, 44.0, 15.0);
        panel.y_label(&mut svg, y, LEFT - 20.0, 15.0);
        svg
    }
}

impl Series {
    fn key(&self) -> Key<'static> {
        match *self {
            Self::Line(_, stroke) => Key::Line(stroke),
            Self::Band(_, colour) => Key::Line(Stroke::solid(colour, 9.0).with_opacity(BAND_OPACITY)),
            Self::Points(_, colour) => Key::Disc(colour, 1.0),
        }
    }

    fn draw(&self, svg: &mut Svg, panel: &Panel) {
        match self {
            Self::Line(points, stroke) => panel.line(svg, points, *stroke),
            Self::Band(band, colour) => panel.band(svg, band, colour, BAND_OPACITY),
            Self::Points(points, colour) => {
                for &(x, y, error) in points {
                    panel.line(svg, &[(x, y - error), (x, y + error)], Stroke::solid(colour, 1.5));
                }
                let dots: Vec<(f64, f64)> = points.iter().map(|&(x, y, _)| (x, y)).collect();
                panel.dots(svg, &dots, 3.2, colour, 1.0);
            }
        }
    }
}
