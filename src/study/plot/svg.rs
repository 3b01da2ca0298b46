//! Elements of SVG for figures.
//!
//! Coordinates are in pixels from the upper left corner. Fonts are named by family only ("sans-serif"), so the text is
//! set in whatever the reader has.

use std::fmt::Write;

use super::Marker;
use super::label::{Label, escape};
use super::palette::INK;

/// Drawing on a white background.
#[derive(Debug, Clone)]
pub struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

/// Style of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke<'a> {
    /// Colour.
    pub colour: &'a str,
    /// Width.
    pub width: f64,
    /// Lengths of dashes and gaps, as in "6 4"; empty for a solid line.
    pub dashes: &'a str,
    /// Opacity, 0 to 1.
    pub opacity: f64,
}

impl<'a> Stroke<'a> {
    /// Solid, opaque line.
    pub const fn solid(colour: &'a str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashes: "",
            opacity: 1.0,
        }
    }

    /// Sets the lengths of dashes and gaps, as in "6 4".
    pub const fn dashed(self, dashes: &'a str) -> Self {
        Self { dashes, ..self }
    }

    /// Sets the opacity.
    pub const fn with_opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// Alignment of a text relative to its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins at the position.
    Start,
    /// The text is centred at the position.
    Middle,
    /// The text ends at the position.
    End,
}

/// Style of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle<'a> {
    /// Size in pixels.
    pub size: f64,
    /// Colour.
    pub colour: &'a str,
    /// Alignment.
    pub anchor: Anchor,
    /// True for bold text.
    pub bold: bool,
}

impl TextStyle<'static> {
    /// Plain dark grey text.
    pub const fn new(size: f64, anchor: Anchor) -> Self {
        Self {
            size,
            colour: INK,
            anchor,
            bold: false,
        }
    }
}

impl<'a> TextStyle<'a> {
    /// Bold text of this colour that begins at its position.
    pub const fn bold(size: f64, colour: &'a str) -> Self {
        Self {
            size,
            colour,
            anchor: Anchor::Start,
            bold: true,
        }
    }
}

impl Svg {
    /// Empty drawing of this size in pixels; screen readers read the title out.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self {
            width,
            height,
            title: escape(title),
            body: String::new(),
        };
        svg.push(&format!(
            r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##
        ));
        svg
    }

    /// The drawing as the text of an SVG file.
    pub fn document(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
            self.element(r#" xmlns="http://www.w3.org/2000/svg""#)
        )
    }

    /// The drawing as an element of an HTML page.
    pub fn inline(&self) -> String {
        self.element("")
    }

    fn element(&self, namespace: &str) -> String {
        let Self {
            width,
            height,
            title,
            body,
        } = self;
        format!(
            "<svg{namespace} width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             font-family=\"sans-serif\">\n<title>{title}</title>\n{body}</svg>\n"
        )
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// Draws a line through points.
    pub fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        let Stroke {
            colour,
            width,
            dashes,
            opacity,
        } = stroke;
        let mut style = format!(r#"stroke="{colour}" stroke-width="{width}""#);
        if !dashes.is_empty() {
            style += &format!(r#" stroke-dasharray="{dashes}""#);
        }
        if opacity < 1.0 {
            style += &format!(r#" stroke-opacity="{opacity}""#);
        }
        let points = coordinates(points);
        self.push(&format!(
            r#"<polyline points="{points}" fill="none" {style} stroke-linejoin="round"/>"#
        ));
    }

    /// Fills a polygon.
    pub fn area(&mut self, points: &[(f64, f64)], colour: &str, opacity: f64) {
        let points = coordinates(points);
        self.push(&format!(
            r#"<polygon points="{points}" fill="{colour}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// Draws a disc.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: &str, opacity: f64) {
        self.push(&format!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{colour}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// Draws a ring.
    pub fn ring(&mut self, (x, y): (f64, f64), radius: f64, colour: &str) {
        self.push(&format!(
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="#ffffff" stroke="{colour}"/>"##
        ));
    }

    /// Draws a marker with a white rim.
    pub fn marker(&mut self, marker: Marker, (x, y): (f64, f64), size: f64, colour: &str) {
        let s = size;
        let corners: &[(f64, f64)] = match marker {
            Marker::Disc => {
                self.push(&format!(
                    r##"<circle cx="{x:.1}" cy="{y:.1}" r="{s}" fill="{colour}" stroke="#ffffff"/>"##
                ));
                return;
            }
            Marker::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Marker::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Marker::TriangleUp => &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
            Marker::TriangleDown => &[(0.0, 1.25), (1.15, -0.85), (-1.15, -0.85)],
        };
        let points: Vec<_> = corners.iter().map(|(dx, dy)| (x + s * dx, y + s * dy)).collect();
        let points = coordinates(&points);
        self.push(&format!(
            r##"<polygon points="{points}" fill="{colour}" stroke="#ffffff"/>"##
        ));
    }

    /// Prints a line of text on its baseline.
    pub fn text(&mut self, (x, y): (f64, f64), label: &Label, style: TextStyle) {
        let tag = format!(r#"<text x="{x:.1}" y="{y:.1}""#);
        self.write_text(tag, label, style);
    }

    /// Prints a line of text that runs upwards.
    pub fn vertical_text(&mut self, (x, y): (f64, f64), label: &Label, style: TextStyle) {
        let tag = format!(r#"<text transform="translate({x:.1} {y:.1}) rotate(-90)""#);
        self.write_text(tag, label, style);
    }

    fn write_text(&mut self, mut tag: String, label: &Label, style: TextStyle) {
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if style.bold { r#" font-weight="bold""# } else { "" };
        let (size, colour) = (style.size, style.colour);
        tag += &format!(r#" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>"#);
        self.push(&format!("{tag}{}</text>", label.svg(size)));
    }

    /// Draws with `draw`, cut off at the edges of a rectangle: left, top, width and height.
    pub fn clipped(&mut self, (x, y, width, height): (f64, f64, f64, f64), draw: impl FnOnce(&mut Self)) {
        // a nested drawing cuts off what leaves it, and unlike a clip path needs no name that the page could know twice
        let frame = format!("{x:.1} {y:.1} {width:.1} {height:.1}");
        self.push(&format!(
            r#"<svg x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" viewBox="{frame}">"#
        ));
        draw(self);
        self.push("</svg>");
    }
}

fn coordinates(points: &[(f64, f64)]) -> String {
    let mut text = String::with_capacity(12 * points.len());
    for (i, (x, y)) in points.iter().enumerate() {
        let space = if i > 0 { " " } else { "" };
        write!(text, "{space}{x:.1},{y:.1}").expect("writing to a string cannot fail");
    }
    text
}
