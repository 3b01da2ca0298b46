//! The key of a figure: a sample of each line or dot, and what it means.

use super::axes::INK;
use super::label::Label;
use super::svg::{Anchor, Stroke, Svg, Type};

/// Height of a key, with the space beneath.
pub const HEIGHT: f64 = 30.0;
const SIZE: f64 = 13.0;
const SAMPLE: f64 = 26.0;

/// A sample of what is drawn.
pub enum Sample<'a> {
    /// A line.
    Line(Stroke<'a>),
    /// A disc of this colour and opacity.
    Dot(&'a str, f64),
}

/// Draws a key in one line from its left end, text on the baseline `y`.
pub fn draw(svg: &mut Svg, (mut x, y): (f64, f64), entries: &[(Sample, Label)]) {
    let style = Type {
        size: SIZE,
        colour: INK,
        anchor: Anchor::Start,
        bold: false,
    };
    for (sample, name) in entries {
        let height = y - 0.35 * SIZE;
        let width = match sample {
            Sample::Line(stroke) => {
                svg.line(&[(x, height), (x + SAMPLE, height)], *stroke);
                SAMPLE
            }
            Sample::Dot(colour, opacity) => {
                svg.dot((x + 4.0, height), 3.0, colour, *opacity);
                9.0
            }
        };
        svg.text((x + width + 7.0, y), name, style);
        x += width + 7.0 + name.width() * SIZE + 22.0;
    }
}
