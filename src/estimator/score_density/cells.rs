//! Bins of equal probability, in one direction and in several.

use ndarray::{ArrayView1, ArrayView2};

/// Values closer together than this share of their spread are one value: networks give equal observations answers that
/// differ in their last digits.
const TIE: f64 = 1e-5;

/// Bins that hold equally many of the values they were made for; the outer ones are open.
struct Bins {
    /// Inner edges, ascending, halfway between values.
    edges: Vec<f64>,
}

impl Bins {
    /// A value that occurs more often than a bin should hold (x may be discrete) has a bin of its own.
    fn of_equal_probability(mut values: Vec<f64>, n_bins: usize) -> Self {
        values.sort_by(f64::total_cmp);
        let size = values.len() as f64 / n_bins as f64;
        let spread = values
            .last()
            .zip(values.first())
            .map_or(0.0, |(last, first)| last - first);
        let mut edges = Vec::new();
        let mut filled = 0;
        let mut last = f64::NAN;
        for group in ties(&values, TIE * spread) {
            if filled > 0 && (filled + group.len()) as f64 > size {
                edges.push(0.5 * (last + group[0]));
                filled = 0;
            }
            filled += group.len();
            last = group[group.len() - 1];
        }
        Self { edges }
    }

    fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bin of a value.
    fn find(&self, value: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= value)
    }
}

/// Values in ascending order in groups no wider than `width`. Dense values must not chain into one group.
fn ties(values: &[f64], width: f64) -> impl Iterator<Item = &[f64]> {
    let mut rest = values;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let (group, others) = rest.split_at(rest.partition_point(|value| value - first <= width));
        rest = others;
        Some(group)
    })
}

/// Cells that hold about equally many of the points they were made for: bins along the first direction, in each of them
/// bins along the second, and so on.
pub(super) struct Cells {
    /// The bins along this direction.
    bins: Bins,
    /// The cells within each bin; none along the last direction.
    within: Vec<Cells>,
    /// The number of the first cell.
    first: usize,
    len: usize,
}

impl Cells {
    /// Cells for `points`, `[n, directions]`, with so many bins along each direction.
    pub(super) fn of_equal_probability(points: ArrayView2<f64>, n_bins: &[usize]) -> Self {
        Self::numbered(&points.rows().into_iter().collect::<Vec<_>>(), n_bins, 0, 0)
    }

    fn numbered(points: &[ArrayView1<f64>], n_bins: &[usize], direction: usize, first: usize) -> Self {
        let along = |point: &ArrayView1<f64>| point[direction];
        let bins = Bins::of_equal_probability(points.iter().map(along).collect(), n_bins[direction]);
        let n_directions = points.first().map_or(0, |point| point.len());
        let (mut within, mut len) = (Vec::new(), bins.len());
        if direction + 1 < n_directions {
            let mut members = vec![Vec::new(); bins.len()];
            points
                .iter()
                .for_each(|point| members[bins.find(along(point))].push(*point));
            len = 0;
            for points in members {
                within.push(Self::numbered(&points, n_bins, direction + 1, first + len));
                len += within[within.len() - 1].len;
            }
        }
        Self {
            bins,
            within,
            first,
            len,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The cell of a point.
    pub(super) fn find(&self, point: ArrayView1<f64>) -> usize {
        self.find_from(point, 0)
    }

    fn find_from(&self, point: ArrayView1<f64>, direction: usize) -> usize {
        let bin = self.bins.find(point[direction]);
        match self.within.get(bin) {
            Some(cells) => cells.find_from(point, direction + 1),
            None => self.first + bin,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn bins_hold_equally_many_values() {
        let bins = Bins::of_equal_probability((0..100).map(f64::from).collect(), 4);
        let mut counts = vec![0; bins.len()];
        (0..100).for_each(|value| counts[bins.find(f64::from(value))] += 1);
        assert_eq!(counts, [25, 25, 25, 25]);
    }

    #[test]
    fn a_value_that_repeats_has_a_bin_of_its_own() {
        let values = [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0];
        let bins = Bins::of_equal_probability(values.to_vec(), 5);
        let mut counts = vec![0; bins.len()];
        values.iter().for_each(|&value| counts[bins.find(value)] += 1);
        assert_eq!(counts, [4, 1, 3]);
    }

    /// The last digits of a network's answer do not tear equal observations apart.
    #[test]
    fn values_that_differ_by_rounding_are_one() {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 3) + 1e-7 * f64::from(i % 7)).collect();
        let bins = Bins::of_equal_probability(values, 10);
        assert_eq!(bins.len(), 3);
        assert_eq!([0.0, 1.0, 2.0].map(|value| bins.find(value)), [0, 1, 2]);
    }

    /// A million values lie closer to their neighbours than rounding errors do, and are not all the same.
    #[test]
    fn dense_values_fill_all_bins() {
        let bins = Bins::of_equal_probability((0..1_000_000).map(f64::from).collect(), 25);
        assert_eq!(bins.len(), 25);
    }

    #[test]
    fn cells_of_two_directions_hold_equally_many_points() {
        let points = Array2::from_shape_fn((600, 2), |(i, j)| ((i * [7, 11][j]) % [601, 607][j]) as f64);
        let cells = Cells::of_equal_probability(points.view(), &[4, 5]);
        let mut counts = vec![0; cells.len()];
        points
            .rows()
            .into_iter()
            .for_each(|point| counts[cells.find(point)] += 1);
        assert_eq!(counts, [30; 20]);
    }
}
