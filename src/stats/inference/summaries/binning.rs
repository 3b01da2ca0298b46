//! Bins of equal probability or of equal width, in one direction and in several.

use ndarray::{ArrayView1, ArrayView2};

/// Layout of the cells of a density.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinLayout {
    /// Cells that hold equally many events: bins along the first direction, in each of them bins along the second, and so on.
    EqualProbability,
    /// A grid of bins of equal width; the outer ones are open.
    EqualWidth,
    /// A fine grid, over which every event is smeared by a normal kernel, in one or two directions.
    Kernel,
}

/// The share of events beyond the range of bins of equal width, on either side.
const TAIL: f64 = 0.002;

/// Values closer together than this share of their spread are one value: networks give equal observations answers that
/// differ in their last digits.
const TIE: f64 = 1e-5;

/// Bins along one direction; the outer ones are open.
#[derive(Debug, Clone)]
struct Bins {
    /// Inner edges, ascending.
    edges: Vec<f64>,
}

impl Bins {
    /// Bins that are as wide as the range of all but the outermost values allows.
    fn of_equal_width(mut values: Vec<f64>, n_bins: usize) -> Self {
        values.sort_by(f64::total_cmp);
        let beyond = (TAIL * values.len() as f64) as usize;
        let Some((&low, &high)) = values.get(beyond).zip(values.iter().rev().nth(beyond)) else {
            return Self { edges: Vec::new() };
        };
        if low == high {
            return Self { edges: Vec::new() };
        }
        let edge = |i: usize| low + (high - low) * i as f64 / n_bins as f64;
        Self {
            edges: (1..n_bins).map(edge).collect(),
        }
    }

    /// Bins that hold equally many values, with edges halfway between values. A value that occurs more often than a bin should
    /// hold (x may be discrete) has a bin of its own.
    fn of_equal_probability(mut values: Vec<f64>, n_bins: usize) -> Self {
        values.sort_by(f64::total_cmp);
        let spread = values
            .last()
            .zip(values.first())
            .map_or(0.0, |(last, first)| last - first);
        let mut edges = Vec::new();
        let (mut filled, mut rest) = (0, values.len());
        let mut last = f64::NAN;
        for group in ties(&values, TIE * spread) {
            // What is left is shared by the bins that are left: the last one is not filled with crumbs.
            let size = rest as f64 / (n_bins - edges.len()) as f64;
            if filled > 0 && (filled + group.len()) as f64 > size {
                edges.push(0.5 * (last + group[0]));
                rest -= filled;
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

/// Cells of a space: bins along the first direction, in each of them bins along the second, and so on.
#[derive(Debug, Clone)]
pub struct Binning {
    /// The bins along this direction.
    bins: Bins,
    /// The cells within each bin; none along the last direction.
    within: Vec<Binning>,
    /// The number of the first cell.
    first: usize,
    len: usize,
}

impl Binning {
    /// Binning for `points`, `[n, directions]`, with so many bins along each direction.
    pub fn new(layout: BinLayout, points: ArrayView2<f64>, n_bins: &[usize]) -> Self {
        match layout {
            BinLayout::EqualProbability => Self::of_equal_probability(points, n_bins),
            BinLayout::EqualWidth | BinLayout::Kernel => {
                let along = |(column, &n): (ArrayView1<f64>, &usize)| Bins::of_equal_width(column.to_vec(), n);
                let bins: Vec<Bins> = points.columns().into_iter().zip(n_bins).map(along).collect();
                Self::grid(&bins, 0)
            }
        }
    }

    /// Cells that hold about equally many of the points.
    pub(super) fn of_equal_probability(points: ArrayView2<f64>, n_bins: &[usize]) -> Self {
        Self::numbered(&points.rows().into_iter().collect::<Vec<_>>(), n_bins, 0, 0)
    }

    /// A grid of bins with these inner edges, ascending, along each direction.
    pub fn from_edges(edges: &[Vec<f64>]) -> Self {
        let bins: Vec<Bins> = edges.iter().map(|edges| Bins { edges: edges.clone() }).collect();
        Self::grid(&bins, 0)
    }

    /// Divides each direction into the same bins in all bins of the others; the last direction runs fastest.
    fn grid(bins: &[Bins], first: usize) -> Self {
        match &bins[1..] {
            [] => Self::undivided(bins[0].clone(), first),
            others => Self::divided(bins[0].clone(), first, |_, first| Self::grid(others, first)),
        }
    }

    fn numbered(points: &[ArrayView1<f64>], n_bins: &[usize], direction: usize, first: usize) -> Self {
        let along = |point: &ArrayView1<f64>| point[direction];
        let bins = Bins::of_equal_probability(points.iter().map(along).collect(), n_bins[direction]);
        if direction + 1 == n_bins.len() {
            return Self::undivided(bins, first);
        }
        let mut members = vec![Vec::new(); bins.len()];
        points
            .iter()
            .for_each(|point| members[bins.find(along(point))].push(*point));
        Self::divided(bins, first, |bin, first| {
            Self::numbered(&members[bin], n_bins, direction + 1, first)
        })
    }

    /// Each bin is a cell.
    fn undivided(bins: Bins, first: usize) -> Self {
        Self {
            len: bins.len(),
            within: Vec::new(),
            bins,
            first,
        }
    }

    /// Each bin is divided further; `within` is told its number, and that of its first cell.
    fn divided(bins: Bins, first: usize, within: impl Fn(usize, usize) -> Self) -> Self {
        let (mut parts, mut len) = (Vec::with_capacity(bins.len()), 0);
        for bin in 0..bins.len() {
            let part = within(bin, first + len);
            len += part.len;
            parts.push(part);
        }
        Self {
            bins,
            within: parts,
            first,
            len,
        }
    }

    /// The cell of each point, `[n]`.
    pub fn of_each(&self, points: ArrayView2<f64>) -> Vec<u32> {
        points.rows().into_iter().map(|point| self.find(point) as u32).collect()
    }

    /// The inner edges of the bins along each direction of a grid.
    pub(super) fn edges(&self) -> Vec<&[f64]> {
        let mut edges = vec![self.bins.edges.as_slice()];
        let mut cells = self;
        while let Some(inner) = cells.within.first() {
            edges.push(&inner.bins.edges);
            cells = inner;
        }
        edges
    }

    /// Number of cells.
    pub fn n_cells(&self) -> usize {
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
    fn values_that_cannot_be_shared_out_evenly_leave_no_crumbs() {
        let bins = Bins::of_equal_probability((0..107).map(f64::from).collect(), 10);
        let mut counts = vec![0; bins.len()];
        (0..107).for_each(|value| counts[bins.find(f64::from(value))] += 1);
        assert_eq!(counts, [10, 10, 10, 11, 11, 11, 11, 11, 11, 11]);
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
    fn bins_of_equal_width_are_open_at_the_ends() {
        let bins = Bins::of_equal_width((0..=1_000).map(f64::from).collect(), 4);
        assert_eq!(bins.edges, [251.0, 500.0, 749.0]); // from 2 to 998: two values of a thousand lie beyond either end
        assert_eq!([-1e9, 250.0, 251.0, 1e9].map(|value| bins.find(value)), [0, 0, 1, 3]);
        assert_eq!(Bins::of_equal_width(vec![3.0; 10], 4).len(), 1);
    }

    #[test]
    fn grids_count_the_last_direction_fastest() {
        let points = Array2::from_shape_fn((600, 2), |(i, j)| ((i * [7, 11][j]) % [601, 607][j]) as f64);
        let cells = Binning::new(BinLayout::EqualWidth, points.view(), &[3, 4]);
        let found = cells.of_each(ndarray::array![[0.0, 0.0], [0.0, 600.0], [300.0, 0.0], [600.0, 600.0]].view());
        assert_eq!((cells.n_cells(), found.as_slice()), (12, &[0, 3, 4, 11][..]));
    }

    #[test]
    fn cells_of_two_directions_hold_equally_many_points() {
        let points = Array2::from_shape_fn((600, 2), |(i, j)| ((i * [7, 11][j]) % [601, 607][j]) as f64);
        let cells = Binning::of_equal_probability(points.view(), &[4, 5]);
        let mut counts = vec![0; cells.n_cells()];
        points
            .rows()
            .into_iter()
            .for_each(|point| counts[cells.find(point)] += 1);
        assert_eq!(counts, [30; 20]);
    }
}
