//! Mean and standard deviation of a column, whatever its offset and its size.

/// Mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub mean: f64,
    /// 0 if the values are the same up to rounding, or there are none.
    pub sd: f64,
}

impl Moments {
    /// Mean and standard deviation of finite values.
    ///
    /// # Precision
    /// Sums are of differences to the first value, so an offset far larger than the spread costs nothing, and squares
    /// are of values that were divided by the largest, so nothing overflows below half the largest number there is.
    pub fn of<'a>(values: impl Iterator<Item = &'a f64> + Clone) -> Self {
        let Some(&first) = values.clone().next() else {
            return Self { mean: 0.0, sd: 0.0 };
        };
        let n = values.clone().count() as f64;
        let average = |about: f64| values.clone().map(|value| (value - about) / n).sum::<f64>();
        let rough = first + average(first);
        let mean = rough + average(rough);
        let [largest, size] = [mean, 0.0].map(|about| {
            let far = values.clone().map(|value| (value - about).abs());
            far.fold(0.0, f64::max)
        });
        // Values that are equal but for the order in which they were summed differ by a few units in the last place.
        if largest <= 8.0 * f64::EPSILON * size {
            return Self { mean, sd: 0.0 };
        }
        let squares = values.map(|value| ((value - mean) / largest).powi(2)).sum::<f64>();
        Self {
            mean,
            sd: largest * (squares / n).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGEBRA: f64 = 1e-12;

    #[test]
    fn an_offset_does_not_hide_the_spread() {
        let values: Vec<f64> = (0..100_000).map(|i| 1e9 + f64::from(i % 2 * 2 - 1)).collect();
        assert_eq!(Moments::of(values.iter()), Moments { mean: 1e9, sd: 1.0 });
    }

    #[test]
    fn sizes_do_not_matter() {
        for scale in [1e-300, 1e-5, 1.0, 1e150, 1e300] {
            let values = [1.0, 2.0, 3.0, 6.0].map(|value| value * scale);
            let moments = Moments::of(values.iter());
            assert!((moments.mean / scale - 3.0).abs() < ALGEBRA, "{moments:?}");
            assert!((moments.sd / scale - 3.5_f64.sqrt()).abs() < ALGEBRA, "{moments:?}");
        }
    }

    #[test]
    fn constants_have_no_spread() {
        for value in [0.0, 0.1, -1e300, 1e-300] {
            let moments = Moments::of([value; 7].iter());
            assert!((moments.mean - value).abs() <= ALGEBRA * value.abs());
            assert_eq!(moments.sd, 0.0);
        }
        assert_eq!(Moments::of([0.3, 0.1 + 0.2].iter()).sd, 0.0);
        assert_eq!(Moments::of([].iter()).sd, 0.0);
    }
}
