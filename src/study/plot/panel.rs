//! Panels: a rectangle of the drawing with two scales.

use super::label::Label;
use super::palette::INK;
use super::scale::Scale;
use super::svg::{Anchor, Stroke, Svg, TextStyle};

const GRID: &str = "#e6e6e6";
/// Size of the numbers at the ticks.
const TICK_SIZE: f64 = 12.0;

/// Rectangle of a drawing with two scales.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The horizontal scale.
    pub x: Scale,
    /// The vertical scale.
    pub y: Scale,
}

impl Panel {
    /// Pixel position of a point. `None` if a scale has no position for it.
    pub fn pixel(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let (x, y) = (self.x.fraction(x)?, self.y.fraction(y)?);
        Some((self.left + x * self.width, self.top + (1.0 - y) * self.height))
    }

    /// The rectangle: left, top, width, height.
    pub fn frame(&self) -> (f64, f64, f64, f64) {
        (self.left, self.top, self.width, self.height)
    }

    /// Draws grid, axes and ticks, with the numbers below and at the left if wanted.
    pub fn axes(&self, svg: &mut Svg, numbers_below: bool, numbers_left: bool) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let hair = Stroke::solid(GRID, 1.0);
        for tick in self.x.ticks(self.width / 70.0) {
            let Some(fraction) = self.x.fraction(tick.value) else {
                continue;
            };
            let x = self.left + fraction * self.width;
            if tick.numbered {
                svg.line(&[(x, self.top), (x, bottom)], hair);
            }
            let length = if tick.numbered { 5.0 } else { 3.0 };
            svg.line(&[(x, bottom), (x, bottom + length)], Stroke::solid(INK, 1.0));
            if numbers_below && tick.numbered {
                svg.text(
                    (x, bottom + 19.0),
                    &self.x.number(tick.value),
                    TextStyle::new(TICK_SIZE, Anchor::Middle),
                );
            }
        }
        for tick in self.y.ticks(self.height / 38.0) {
            let Some(fraction) = self.y.fraction(tick.value) else {
                continue;
            };
            let y = bottom - fraction * self.height;
            if tick.numbered {
                svg.line(&[(self.left, y), (right, y)], hair);
            }
            let length = if tick.numbered { 5.0 } else { 3.0 };
            svg.line(&[(self.left - length, y), (self.left, y)], Stroke::solid(INK, 1.0));
            if numbers_left && tick.numbered {
                svg.text(
                    (self.left - 9.0, y + 4.0),
                    &self.y.number(tick.value),
                    TextStyle::new(TICK_SIZE, Anchor::End),
                );
            }
        }
        svg.line(
            &[(self.left, self.top), (self.left, bottom), (right, bottom)],
            Stroke::solid(INK, 1.0),
        );
    }

    /// Draws a line through points, with gaps where a value is not finite, and cut off at the edges.
    pub fn line(&self, svg: &mut Svg, points: &[(f64, f64)], stroke: Stroke) {
        let pixels: Vec<Option<(f64, f64)>> = points.iter().map(|&point| self.pixel(point)).collect();
        svg.clipped(self.frame(), |svg| {
            for piece in pixels.split(Option::is_none) {
                let piece: Vec<(f64, f64)> = piece.iter().flatten().copied().collect();
                svg.line(&piece, stroke);
            }
        });
    }

    /// Fills the area between two lines, given as (x, low y, high y), and cut off at the edges.
    pub fn band(&self, svg: &mut Svg, band: &[(f64, f64, f64)], colour: &str, opacity: f64) {
        let low = band.iter().filter_map(|&(x, low, _)| self.pixel((x, low)));
        let high = band.iter().rev().filter_map(|&(x, _, high)| self.pixel((x, high)));
        let outline: Vec<(f64, f64)> = low.chain(high).collect();
        svg.clipped(self.frame(), |svg| svg.area(&outline, colour, opacity));
    }

    /// Draws a disc at each point. Points beyond an edge become open rings at that edge.
    pub fn dots(&self, svg: &mut Svg, points: &[(f64, f64)], radius: f64, colour: &str, opacity: f64) {
        for &(x, y) in points {
            let Some((px, py)) = self.pixel((x, y)) else { continue };
            let px_in = px.clamp(self.left, self.left + self.width);
            let py_in = py.clamp(self.top, self.top + self.height);
            match self.x.contains(x) && self.y.contains(y) {
                true => svg.dot((px, py), radius, colour, opacity),
                false => svg.ring((px_in, py_in), radius, colour),
            }
        }
    }

    /// Prints the name of the horizontal axis, centred, with its baseline `distance` below the panel.
    pub fn x_label(&self, svg: &mut Svg, label: &Label, distance: f64, size: f64) {
        let position = (self.left + 0.5 * self.width, self.top + self.height + distance);
        svg.text(position, label, TextStyle::new(size, Anchor::Middle));
    }

    /// Prints the name of the vertical axis, upwards and centred, with its baseline `distance` to the left of the panel.
    pub fn y_label(&self, svg: &mut Svg, label: &Label, distance: f64, size: f64) {
        let position = (self.left - distance, self.top + 0.5 * self.height);
        svg.vertical_text(position, label, TextStyle::new(size, Anchor::Middle));
    }
}
