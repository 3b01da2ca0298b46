//! Ranges of the observables that an estimator was trained and examined on, and events outside of them.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_lr;

use super::CHANCE;

/// Widths of a range beyond its edge from which on an event is far out.
const FAR: f64 = 10.0;
/// The most observables whose ranges are kept; pixels of an image are more.
const MOST_OBSERVABLES: usize = 256;

/// Smallest and largest value of each observable among the events of a training, held-out ones included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservableRanges {
    /// The ranges, `[m]`; none for an observable that is never a finite number.
    pub ranges: Vec<Option<(f64, f64)>>,
    /// Number of different events.
    pub events: usize,
}

/// Events outside of the [ranges](ObservableRanges) of their observables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutsideRanges {
    /// Number of events with an observable out of range.
    pub events: usize,
    /// Number of those that are out of range by more than ten times its width, which no tail of a distribution explains.
    #[serde(default)]
    pub far: usize,
    /// Number of all events.
    pub of: usize,
    /// Columns of observables that are out of range for some event, ascending.
    pub columns: Vec<usize>,
    /// Number of events expected to be out of range if all are drawn as those of the training were.
    pub expected: f64,
}

impl ObservableRanges {
    /// Ranges of `x`, `[n, m]`; none of events without observables, or with more than 256 of them.
    pub fn new(x: ArrayView2<f64>) -> Option<Self> {
        let range = |column: ndarray::ArrayView1<f64>| {
            let finite = column.iter().copied().filter(|value| value.is_finite());
            finite.fold(None, |range: Option<(f64, f64)>, value| {
                let (low, high) = range.unwrap_or((value, value));
                Some((low.min(value), high.max(value)))
            })
        };
        ((1..=MOST_OBSERVABLES).contains(&x.ncols()) && x.nrows() > 0).then(|| Self {
            ranges: x.columns().into_iter().map(range).collect(),
            events: x.nrows(),
        })
    }

    /// The ranges of these events and of others with the same observables.
    pub fn joined(mut self, other: &Self) -> Self {
        for (own, other) in self.ranges.iter_mut().zip(&other.ranges) {
            let both = own.iter().chain(other);
            *own = both.copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        }
        self.events += other.events;
        self
    }

    /// Counts this number of events as different, at the most: draws of few stored rows are no more than these.
    pub fn with_different(mut self, events: usize) -> Self {
        self.events = self.events.min(events);
        self
    }

    /// Events of `x`, `[n, m]`, outside of the ranges; none if they have other observables. Values that are missing are not outside.
    pub fn outside(&self, x: ArrayView2<f64>) -> Option<OutsideRanges> {
        if x.ncols() != self.ranges.len() {
            return None;
        }
        let is_outside = |(value, range): (&f64, &Option<(f64, f64)>)| {
            range.is_some_and(|(low, high)| !value.is_nan() && !(low..=high).contains(value))
        };
        let is_far = |(value, range): (&f64, &Option<(f64, f64)>)| {
            range.is_some_and(|(low, high)| {
                let reach = FAR * (high - low);
                reach > 0.0 && (*value > high + reach || *value < low - reach)
            })
        };
        let mut columns = vec![false; self.ranges.len()];
        let (mut events, mut far) = (0, 0);
        for event in x.rows() {
            let mut any = false;
            for (column, pair) in event.iter().zip(&self.ranges).enumerate() {
                if is_outside(pair) {
                    (columns[column], any) = (true, true);
                }
            }
            events += usize::from(any);
            far += usize::from(event.iter().zip(&self.ranges).any(is_far));
        }
        // Of n + 1 equal draws of a number, the last is the smallest or the largest with probability 2/(n + 1).
        let each = (2.0 * self.ranges.len() as f64 / (self.events + 1) as f64).min(1.0);
        Some(OutsideRanges {
            events,
            far,
            of: x.nrows(),
            columns: (0..columns.len()).filter(|&column| columns[column]).collect(),
            expected: each * x.nrows() as f64,
        })
    }
}

impl OutsideRanges {
    /// Returns true if there are more of them than chance explains, by the Poisson distribution, or some are far out.
    pub fn is_more_than_chance(&self) -> bool {
        // The gamma function gives the upper tail without a sum that underflows.
        self.far > 0 || self.events > 0 && gamma_lr(self.events as f64, self.expected) < CHANCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn events_beyond_the_ranges_are_counted() {
        let held_out = Array2::from_shape_fn((1_000, 2), |(event, k)| (event % 10) as f64 + 100.0 * k as f64);
        let ranges = ObservableRanges::new(held_out.view()).unwrap();
        assert_eq!(ranges.ranges, [Some((0.0, 9.0)), Some((100.0, 109.0))]);
        let x = array![[3.0, 104.0], [12.0, 104.0], [f64::NAN, 109.0], [-1.0, 300.0]];
        let found = ranges.outside(x.view()).unwrap();
        assert_eq!((found.events, found.of, &found.columns[..]), (2, 4, &[0, 1][..]));
        assert!(found.is_more_than_chance() && found.far == 1, "{found:?}");
        // One event in a thousand is beyond the range by chance, and none is beyond it a million times.
        let mut one = held_out.clone();
        one[(5, 0)] = 12.0;
        assert!(!ranges.outside(one.view()).unwrap().is_more_than_chance());
        one[(5, 0)] = 1e9;
        assert!(ranges.outside(one.view()).unwrap().is_more_than_chance());
        assert!(!ranges.outside(held_out.view()).unwrap().is_more_than_chance());
        assert_eq!(ranges.outside(array![[1.0]].view()), None);
    }

    /// Poisson probabilities: of 3 or more where 0.5 is expected, 0.0144; of 5 or more, 0.00017.
    #[test]
    fn chance_is_that_of_a_poisson_distribution() {
        let found = |events| OutsideRanges {
            events,
            far: 0,
            of: 100,
            columns: vec![0],
            expected: 0.5,
        };
        assert!(!found(3).is_more_than_chance() && found(5).is_more_than_chance());
        let many = OutsideRanges {
            events: 2_000,
            far: 0,
            of: 1_000_000,
            columns: vec![0],
            expected: 2_000.0,
        };
        assert!(!many.is_more_than_chance(), "as many as are expected");
    }
}
