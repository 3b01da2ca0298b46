//! Scales: the place of a value along an axis, and the ticks.

use super::label::Label;
use super::number::{count, minus, trim};
use motherlode_core::format;

/// Range of values on a linear or a logarithmic scale.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

/// A tick.
pub(super) struct Tick {
    pub value: f64,
    /// True if its number is printed.
    pub numbered: bool,
}

impl Scale {
    /// Linear scale over all finite values, with a margin.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = finite_range(values).unwrap_or((0.0, 1.0));
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

    /// Linear scale from the lowest to the highest finite value, without a margin.
    pub fn tight(values: impl IntoIterator<Item = f64>) -> Self {
        match finite_range(values) {
            Some((low, high)) if high > low => Self { low, high, log: false },
            other => Self::linear(other.map(|(low, _)| low)),
        }
    }

    /// Logarithmic scale over all positive finite values, with a factor `margin` at either end. It spans at least a factor of six,
    /// so that there are ticks to read it by.
    pub fn logarithmic(values: impl IntoIterator<Item = f64>, margin: f64) -> Self {
        let (low, high) = finite_range(values.into_iter().filter(|&value| value > 0.0)).unwrap_or((1.0, 10.0));
        let margin = margin.max((6.0 * low / high).sqrt());
        Self {
            low: low / margin,
            high: high * margin,
            log: true,
        }
    }

    /// Position of a value: 0 at the low end, 1 at the high end. `None` if it is not finite, as for zero on a logarithmic scale.
    pub fn fraction(self, value: f64) -> Option<f64> {
        let fraction = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        fraction.is_finite().then_some(fraction)
    }

    /// Returns true if a value lies within the range.
    pub fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The ticks; `wanted` is their approximate number on a linear scale.
    pub(super) fn ticks(self, wanted: f64) -> Vec<Tick> {
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

    /// Ticks at 1, 2, … 9 of every decade; the fewer decades there are, the more ticks are numbered.
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
        .filter(|tick| self.contains(tick.value))
        .collect()
    }

    /// The number at a tick.
    pub(super) fn number(self, value: f64) -> Label {
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
            return Label::plain(front + "10").power(minus(&power.to_string()));
        }
        match value >= 1e4 {
            true => Label::plain(count(value.round() as usize)),
            false => Label::plain(minus(&trim(&format::number(value, 6)))),
        }
    }
}

/// The lowest and the highest finite value.
pub fn finite_range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}
