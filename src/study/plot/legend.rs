//! Legends of figures: a sample of each line or disc with its name.

use super::label::Label;
use super::svg::{Anchor, Stroke, Svg, TextStyle};

/// Height of a legend of one line, with the space below it.
pub const HEIGHT: f64 = 30.0;
const SIZE: f64 = 13.0;
const SAMPLE: f64 = 26.0;
const DISC: f64 = 9.0;
/// Space between a sample and its name.
const SPACE: f64 = 7.0;
/// Space between entries.
const GAP: f64 = 22.0;
/// Distance between baselines.
const LINE: f64 = 20.0;

/// Sample of a drawing style.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key<'a> {
    /// Line.
    Line(Stroke<'a>),
    /// Disc of this colour and opacity.
    Disc(&'a str, f64),
}

impl Key<'_> {
    fn width(&self) -> f64 {
        match self {
            Self::Line(_) => SAMPLE,
            Self::Disc(..) => DISC,
        }
    }
}

/// Draws a legend in one line; `corner` is the left end of its baseline.
pub fn draw(svg: &mut Svg, corner: (f64, f64), entries: &[(Key, Label)]) {
    draw_within(svg, corner, f64::INFINITY, entries);
}

/// Draws a legend in lines no longer than `room`; the first has its left end at (`left`, `y`).
pub fn draw_within(svg: &mut Svg, (left, y): (f64, f64), room: f64, entries: &[(Key, Label)]) {
    let style = TextStyle::new(SIZE, Anchor::Start);
    for ((key, name), (dx, line)) in entries.iter().zip(places(room, entries)) {
        let (x, y) = (left + dx, y + LINE * line as f64);
        let height = y - 0.35 * SIZE;
        match key {
            Key::Line(stroke) => svg.line(&[(x, height), (x + SAMPLE, height)], *stroke),
            Key::Disc(colour, opacity) => svg.dot((x + 4.0, height), 3.0, colour, *opacity),
        }
        svg.text((x + key.width() + SPACE, y), name, style);
    }
}

/// Height of a legend in lines no longer than `room`, with the space below it.
pub fn height(room: f64, entries: &[(Key, Label)]) -> f64 {
    let lines = places(room, entries).last().map_or(0, |(_, line)| *line);
    HEIGHT + LINE * lines as f64
}

/// Position of each entry: distance from the left end, and line.
fn places(room: f64, entries: &[(Key, Label)]) -> Vec<(f64, usize)> {
    let (mut x, mut line) = (0.0, 0);
    let place = |(key, name): &(Key, Label)| {
        let width = key.width() + SPACE + name.width() * SIZE;
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
    use crate::plot::palette::INK;

    #[test]
    fn long_names_go_to_the_next_line() {
        let entry = |name: &str| (Key::Disc(INK, 1.0), Label::plain(name));
        let entries = [entry("one"), entry(&"long ".repeat(12)), entry("three")];
        let lines = |room| places(room, &entries).iter().map(|place| place.1).collect::<Vec<_>>();
        assert_eq!(lines(f64::INFINITY), [0, 0, 0]);
        assert_eq!(lines(550.0), [0, 0, 1]);
        assert_eq!(lines(440.0), [0, 1, 2]);
        assert_eq!(height(550.0, &entries), HEIGHT + LINE);
        assert_eq!(height(550.0, &[]), HEIGHT);
    }
}
