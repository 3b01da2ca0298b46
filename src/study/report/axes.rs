//! Axes: where a value lies on the sheet, and where the ticks stand.

use super::label::Label;
use super::svg::{Anchor, Stroke, Svg, Type};
use super::words;

/// Colour of axes and their text.
pub const INK: &str = "#333333";
const GRID: &str = "#e6e6e6";
/// Size of the numbers at the ticks.
const TICK_SIZE: f64 = 12.0;

/// A range of values, on a linear or a logarithmic scale.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

/// One tick: its value, and whether a number stands there.
struct Tick {
    value: f64,
    numbered: bool,
}

impl Scale {
    /// A linear scale over all finite values, with a margin.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = ends(values).unwrap_or((0.0, 1.0));
        let margin = if high > low {
            0.06 * (high - low)
        } else {
            0.5 * high.abs().max(1.0)
        };
        Self {
            low: low - margin,
            high: high + margin,
            log: false,
        }
    }

    /// A linear scale from the lowest to the highest finite value, without a margin.
    pub fn tight(values: impl IntoIterator<Item = f64>) -> Self {
        match ends(values) {
            Some((low, high)) if high > low => Self { low, high, log: false },
            other => Self::linear(other.map(|(low, _)| low)),
        }
    }

    /// A logarithmic scale over all positive finite values, with a margin of a factor; it spans a factor of six at least,
    /// so that there are ticks to read it by.
    pub fn logarithmic(values: impl IntoIterator<Item = f64>, margin: f64) -> Self {
        let (low, high) = ends(values.into_iter().filter(|&value| value > 0.0)).unwrap_or((1.0, 10.0));
        let margin = margin.max((6.0 * low / high).sqrt());
        Self {
            low: low / margin,
            high: high * margin,
            log: true,
        }
    }

    /// Position of a value, 0 at the low end and 1 at the high end; nothing where the scale has no place for it.
    pub fn place(self, value: f64) -> Option<f64> {
        let place = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        place.is_finite().then_some(place)
    }

    /// Whether a value lies within the ends.
    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    fn ticks(self, wanted: f64) -> Vec<Tick> {
        if self.log {
            self.log_ticks()
        } else {
            self.linear_ticks(wanted)
        }
    }

    fn linear_ticks(self, wanted: f64) -> Vec<Tick> {
        let raw = (self.high - self.low) / wanted;
        let decade = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|step| step * decade >= raw)
            .unwrap_or(10.0)
            * decade;
        let first = (self.low / step).ceil();
        let count = ((self.high / step).floor() - first).clamp(0.0, 100.0) as usize;
        let tick = |i| (first + i as f64) * step;
        (0..=count)
            .map(|i| Tick {
                value: tick(i),
                numbered: true,
            })
            .collect()
    }

    /// Every 1, 2, … 9 of every decade; the fewer decades there are, the more of them are numbered.
    fn log_ticks(self) -> Vec<Tick> {
        let numbered: &[i32] = match (self.high / self.low).log10() {
            decades if decades < 0.8 => &[1, 2, 3, 4, 6, 8],
            decades if decades < 2.2 => &[1, 2, 5],
            _ => &[1],
        };
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let all = (first..=last).flat_map(|power| (1..10).map(move |digit| (power, digit)));
        all.map(|(power, digit)| Tick {
            value: f64::from(digit) * 10_f64.powi(power),
            numbered: numbered.contains(&digit),
        })
        .filter(|tick| self.holds(tick.value))
        .collect()
    }

    fn number(self, value: f64) -> Label {
        let small = if self.log { 0.0 } else { 1e-9 * (self.high - self.low) };
        let value = if value.abs() < small { 0.0 } else { value }; // steps from a negative end miss zero by a rounding
        if self.log && (self.low < 5e-4 || self.high > 5e5) {
            let power = value.log10().floor();
            let digit = (value / 10_f64.powf(power)).round();
            let front = if digit == 1.0 {
                String::new()
            } else {
                format!("{digit}·")
            };
            return Label::plain(front + "10").power(words::minus(&power.to_string()));
        }
        match value >= 1e4 {
            true => Label::plain(words::count(value.round() as usize)),
            false => Label::plain(words::minus(&trim(&words::number(value, 6)))),
        }
    }
}

/// Drops the zeros behind the last digit that counts.
fn trim(number: &str) -> String {
    match number.contains('.') && !number.contains('e') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}

/// The lowest and the highest finite value.
pub fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// A rectangle of the sheet with its two scales.
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
    /// Where a point lies on the sheet; nothing where a scale has no place for it.
    pub fn place(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let (x, y) = (self.x.place(x)?, self.y.place(y)?);
        Some((self.left + x * self.width, self.top + (1.0 - y) * self.height))
    }

    /// The rectangle: left, top, width, height.
    pub fn frame(&self) -> (f64, f64, f64, f64) {
        (self.left, self.top, self.width, self.height)
    }

    /// Draws grid, axes and ticks; numbers only where they are asked for.
    pub fn axes(&self, svg: &mut Svg, numbers_below: bool, numbers_left: bool) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let hair = Stroke::solid(GRID, 1.0);
        for tick in self.x.ticks(self.width / 70.0) {
            let Some(place) = self.x.place(tick.value) else {
                continue;
            };
            let x = self.left + place * self.width;
            if tick.numbered {
                svg.line(&[(x, self.top), (x, bottom)], hair);
            }
            let length = if tick.numbered { 5.0 } else { 3.0 };
            svg.line(&[(x, bottom), (x, bottom + length)], Stroke::solid(INK, 1.0));
            if numbers_below && tick.numbered {
                svg.text(
                    (x, bottom + 19.0),
                    &self.x.number(tick.value),
                    tick_type(Anchor::Middle),
                );
            }
        }
        for tick in self.y.ticks(self.height / 38.0) {
            let Some(place) = self.y.place(tick.value) else {
                continue;
            };
            let y = bottom - place * self.height;
            if tick.numbered {
                svg.line(&[(self.left, y), (right, y)], hair);
            }
            let length = if tick.numbered { 5.0 } else { 3.0 };
            svg.line(&[(self.left - length, y), (self.left, y)], Stroke::solid(INK, 1.0));
            if numbers_left && tick.numbered {
                svg.text(
                    (self.left - 9.0, y + 4.0),
                    &self.y.number(tick.value),
                    tick_type(Anchor::End),
                );
            }
        }
        svg.line(
            &[(self.left, self.top), (self.left, bottom), (right, bottom)],
            Stroke::solid(INK, 1.0),
        );
    }

    /// Draws a line through points, with gaps where a value is not finite; cut off at the edges.
    pub fn curve(&self, svg: &mut Svg, points: &[(f64, f64)], stroke: Stroke) {
        let places: Vec<Option<(f64, f64)>> = points.iter().map(|&point| self.place(point)).collect();
        svg.clipped(self.frame(), |svg| {
            for piece in places.split(Option::is_none) {
                let piece: Vec<(f64, f64)> = piece.iter().flatten().copied().collect();
                svg.line(&piece, stroke);
            }
        });
    }

    /// Draws a disc at each point; those beyond an edge become open rings at it.
    pub fn dots(&self, svg: &mut Svg, points: &[(f64, f64)], radius: f64, colour: &str, opacity: f64) {
        for &(x, y) in points {
            let Some((px, py)) = self.place((x, y)) else { continue };
            let px_in = px.clamp(self.left, self.left + self.width);
            let py_in = py.clamp(self.top, self.top + self.height);
            match self.x.holds(x) && self.y.holds(y) {
                true => svg.dot((px, py), radius, colour, opacity),
                false => svg.ring((px_in, py_in), radius, colour),
            }
        }
    }
}

fn tick_type(anchor: Anchor) -> Type<'static> {
    Type {
        size: TICK_SIZE,
        colour: INK,
        anchor,
        bold: false,
    }
}
