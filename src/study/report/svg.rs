//! A sheet to draw on: the few elements of SVG that the figures are made of.
//!
//! Coordinates are in pixels from the upper left corner. Fonts are named by family only ("sans-serif"), so the text is
//! set in whatever the reader has.

use std::fmt::Write;

use super::label::{Label, escape};
use super::look::Mark;

/// A drawing.
#[derive(Debug, Clone)]
pub struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Stroke<'a> {
    /// Colour.
    pub colour: &'a str,
    /// Width.
    pub width: f64,
    /// Dashes; empty for a solid line.
    pub dashes: &'a str,
    /// Opacity, 0 to 1.
    pub opacity: f64,
}

impl<'a> Stroke<'a> {
    /// A solid, opaque line.
    pub fn solid(colour: &'a str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashes: "",
            opacity: 1.0,
        }
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Type<'a> {
    /// Size.
    pub size: f64,
    /// Colour.
    pub colour: &'a str,
    /// Alignment.
    pub anchor: Anchor,
    /// Whether it is bold.
    pub bold: bool,
}

impl Svg {
    /// A white sheet; the title is read out by screen readers.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let mut sheet = Self {
            width,
            height,
            title: escape(title),
            body: String::new(),
        };
        sheet.push(&format!(
            r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##
        ));
        sheet
    }

    /// The drawing as a file of its own.
    pub fn document(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
            self.element(r#" xmlns="http://www.w3.org/2000/svg""#)
        )
    }

    /// The drawing as a part of a page.
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

    /// A broken line through points.
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
        let points = list(points);
        self.push(&format!(
            r#"<polyline points="{points}" fill="none" {style} stroke-linejoin="round"/>"#
        ));
    }

    /// A filled area.
    pub fn area(&mut self, points: &[(f64, f64)], colour: &str, opacity: f64) {
        let points = list(points);
        self.push(&format!(
            r#"<polygon points="{points}" fill="{colour}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// A small disc.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: &str, opacity: f64) {
        self.push(&format!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{colour}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// A small ring.
    pub fn ring(&mut self, (x, y): (f64, f64), radius: f64, colour: &str) {
        self.push(&format!(
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="#ffffff" stroke="{colour}"/>"##
        ));
    }

    /// The mark of a method, with a white rim.
    pub fn mark(&mut self, mark: Mark, (x, y): (f64, f64), size: f64, colour: &str) {
        let s = size;
        let corners: &[(f64, f64)] = match mark {
            Mark::Disc => {
                self.push(&format!(
                    r##"<circle cx="{x:.1}" cy="{y:.1}" r="{s}" fill="{colour}" stroke="#ffffff"/>"##
                ));
                return;
            }
            Mark::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Mark::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Mark::Up => &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
            Mark::Down => &[(0.0, 1.25), (1.15, -0.85), (-1.15, -0.85)],
        };
        let points: Vec<_> = corners.iter().map(|(dx, dy)| (x + s * dx, y + s * dy)).collect();
        let points = list(&points);
        self.push(&format!(
            r##"<polygon points="{points}" fill="{colour}" stroke="#ffffff"/>"##
        ));
    }

    /// A line of text on its baseline.
    pub fn text(&mut self, (x, y): (f64, f64), label: &Label, style: Type) {
        let tag = format!(r#"<text x="{x:.1}" y="{y:.1}""#);
        self.write_text(tag, label, style);
    }

    /// A line of text that runs upwards, centred on its point.
    pub fn text_upwards(&mut self, (x, y): (f64, f64), label: &Label, style: Type) {
        let tag = format!(r#"<text transform="translate({x:.1} {y:.1}) rotate(-90)""#);
        self.write_text(tag, label, style);
    }

    fn write_text(&mut self, mut tag: String, label: &Label, style: Type) {
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

    /// Draws what `draw` draws, cut off at the edges of a rectangle.
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

fn list(points: &[(f64, f64)]) -> String {
    let mut text = String::with_capacity(12 * points.len());
    for (i, (x, y)) in points.iter().enumerate() {
        let space = if i > 0 { " " } else { "" };
        write!(text, "{space}{x:.1},{y:.1}").expect("writing to a string cannot fail");
    }
    text
}
