//! The key of a figure: a sample of each line or dot, and what it means.

use super::axes::INK;
use super::label::Label;
use super::svg::{Anchor, Stroke, Svg, Type};

/// Height of a key of one line, with the space beneath.
pub const HEIGHT: f64 = 30.0;
const SIZE: f64 = 13.0;
const SAMPLE: f64 = 26.0;
const DISC: f64 = 9.0;
/// Between a sample and its name.
const SPACE: f64 = 7.0;
/// Between one entry and the next.
const GAP: f64 = 22.0;
/// From one line to the next.
const LINE: f64 = 20.0;

/// A sample of what is drawn.
pub enum Sample<'a> {
    /// A line.
    Line(Stroke<'a>),
    /// A disc of this colour and opacity.
    Dot(&'a str, f64),
}

impl Sample<'_> {
    fn width(&self) -> f64 {
        match self {
            Self::Line(_) => SAMPLE,
            Self::Dot(..) => DISC,
        }
    }
}

/// Draws a key in one line from its left end, text on the baseline `y`.
pub fn draw(svg: &mut Svg, corner: (f64, f64), entries: &[(Sample, Label)]) {
    draw_within(svg, corner, f64::INFINITY, entries);
}

/// Draws a key in lines no longer than `room`, the text of the first on the baseline `y`.
pub fn draw_within(svg: &mut Svg, (left, y): (f64, f64), room: f64, entries: &[(Sample, Label)]) {
    let style = Type {
        size: SIZE,
        colour: INK,
        anchor: Anchor::Start,
        bold: false,
    };
    for ((sample, name), (dx, line)) in entries.iter().zip(places(room, entries)) {
        let (x, y) = (left + dx, y + LINE * line as f64);
        let height = y - 0.35 * SIZE;
        match sample {
            Sample::Line(stroke) => svg.line(&[(x, height), (x + SAMPLE, height)], *stroke),
            Sample::Dot(colour, opacity) => svg.dot((x + 4.0, height), 3.0, colour, *opacity),
        }
        svg.text((x + sample.width() + SPACE, y), name, style);
    }
}

/// Height of a key in lines no longer than `room`, with the space beneath.
pub fn height(room: f64, entries: &[(Sample, Label)]) -> f64 {
    let lines = places(room, entries).last().map_or(0, |(_, line)| *line);
    HEIGHT + LINE * lines as f64
}

/// Where each entry begins: how far from the left, and in which line.
fn places(room: f64, entries: &[(Sample, Label)]) -> Vec<(f64, usize)> {
    let (mut x, mut line) = (0.0, 0);
    let place = |(sample, name): &(Sample, Label)| {
        let width = sample.width() + SPACE + name.width() * SIZE;
        if x > 0.0 && x + width > room {
            (x, line) = (0.0, line + 1);
        }
        let place = (x, line);
        x += width + GAP;
        place
    };
    entries.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_go_to_the_next_line() {
        let entry = |name: &str| (Sample::Dot(INK, 1.0), Label::plain(name));
        let entries = [entry("one"), entry(&"long ".repeat(12)), entry("three")];
        let lines = |room| places(room, &entries).iter().map(|place| place.1).collect::<Vec<_>>();
        assert_eq!(lines(f64::INFINITY), [0, 0, 0]);
        assert_eq!(lines(550.0), [0, 0, 1]);
        assert_eq!(lines(440.0), [0, 1, 2]);
        assert_eq!(height(550.0, &entries), HEIGHT + LINE);
        assert_eq!(height(550.0, &[]), HEIGHT);
    }
}
