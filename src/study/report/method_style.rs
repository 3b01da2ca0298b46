//! Names and drawing styles of the methods, the same in every report.

use motherlode_nn::Method;
use motherlode_nn::methods::{Colour, Line};

use super::comparisons::BASELINE;
use crate::plot::Marker;
use crate::plot::palette::{BLACK, BLUE, DASHES, GREEN, GREY, OLIVE, ORANGE, PURPLE, SKY, VERMILLION};

/// Name and drawing style of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodStyle {
    /// Name in print.
    pub label: String,
    /// Gold that it learns from; empty if unknown.
    pub gold: &'static str,
    /// Colour of line and markers.
    pub colour: &'static str,
    /// Width of its line.
    pub width: f64,
    /// Dashes of its line; empty for a solid one.
    pub dashes: &'static str,
    /// Its marker.
    pub marker: Marker,
}

impl MethodStyle {
    /// The name, cut to the length that fits into a figure.
    pub fn brief(&self) -> String {
        match self.label.chars().count() > LONGEST {
            true => self.label.chars().take(LONGEST - 1).chain(['…']).collect(),
            false => self.label.clone(),
        }
    }
}

/// Length of a name that still fits into a figure.
const LONGEST: usize = 16;

/// Colours and markers of unknown methods; their lines are dashed.
const COLOURS: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
const MARKERS: [Marker; 5] = [
    Marker::Diamond,
    Marker::TriangleUp,
    Marker::Square,
    Marker::TriangleDown,
    Marker::Disc,
];

/// Style of the method of this name. Unknown names keep their spelling and get a colour that depends on it.
pub fn method_style(method: &str) -> MethodStyle {
    let name = method.to_ascii_lowercase();
    match name.parse::<Method>() {
        Ok(known) => style_of(known),
        Err(_) => style_of_unknown(method, &name),
    }
}

fn style_of(method: Method) -> MethodStyle {
    let display = method.display();
    MethodStyle {
        label: display.label.to_owned(),
        gold: display.gold,
        colour: hex(display.colour),
        width: if method.name() == BASELINE { 3.2 } else { 2.0 },
        dashes: match display.line {
            Line::Solid => DASHES[0],
            Line::Dashed => DASHES[1],
            Line::Dotted => DASHES[2],
            Line::DashDotted => DASHES[3],
        },
        marker: display.marker,
    }
}

fn hex(colour: Colour) -> &'static str {
    match colour {
        Colour::Black => BLACK,
        Colour::Orange => ORANGE,
        Colour::Sky => SKY,
        Colour::Green => GREEN,
        Colour::Blue => BLUE,
        Colour::Vermillion => VERMILLION,
        Colour::Purple => PURPLE,
        Colour::Grey => GREY,
        Colour::Olive => OLIVE,
    }
}

fn style_of_unknown(label: &str, name: &str) -> MethodStyle {
    let hash = name
        .bytes()
        .fold(0usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    MethodStyle {
        label: label.to_owned(),
        gold: "",
        colour: COLOURS[hash % COLOURS.len()],
        width: 2.0,
        dashes: "6 3",
        marker: MARKERS[hash / COLOURS.len() % MARKERS.len()],
    }
}
