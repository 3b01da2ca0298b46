//! A posterior of two or three parameters on a grid that zooms in.

use motherlode_core::trace::Stream;
use rand::RngExt;

/// Log density below the largest one, at which a cell is outside of the next grid.
const DROP: f64 = 40.0;

/// Largest number of cells of a side, except for the last grid.
const CELLS_OF_A_ZOOM: usize = 96;

/// A log density in a box.
pub(in crate::sbibm) struct GridSampler<F, const D: usize> {
    /// The log density, not normalised.
    pub log_density: F,
    /// Lower and upper edge of each parameter.
    pub edges: [(f64, f64); D],
    /// Cells of each parameter, of the last grid.
    pub cells: usize,
    /// Number of grids, each around what the one before it found.
    pub levels: usize,
}

impl<F: Fn(&[f64; D]) -> f64, const D: usize> GridSampler<F, D> {
    /// `n` points with the logarithms of their weights: a cell by its density in the middle, and a point of the cell whose weight is the
    /// density relative to that. None if the density vanishes everywhere.
    pub(in crate::sbibm) fn draw(mut self, n: usize, rng: &mut Stream) -> Option<Vec<([f64; D], f64)>> {
        let cells = self.cells;
        self.cells = cells.min(CELLS_OF_A_ZOOM);
        for _ in 1..self.levels {
            let table = self.table();
            self.edges = self.around(&table)?;
        }
        self.cells = cells;
        let table = self.table();
        let largest = largest(&table)?;
        let sums: Vec<f64> = table
            .iter()
            .scan(0.0, |sum, log| {
                *sum += (log - largest).exp();
                Some(*sum)
            })
            .collect();
        let total = sums.last()?;
        let one = |_| {
            let share = rng.random::<f64>() * total;
            let cell = sums.partition_point(|sum| *sum <= share).min(sums.len() - 1);
            let point = self.point(cell, |_| rng.random());
            (point, (self.log_density)(&point) - table[cell])
        };
        Some((0..n).map(one).collect())
    }

    /// Log densities in the middle of the cells.
    fn table(&self) -> Vec<f64> {
        let cells = 0..self.cells.pow(D as u32);
        cells
            .map(|cell| (self.log_density)(&self.point(cell, |_| 0.5)))
            .collect()
    }

    /// A point of a cell, at these shares of its sides.
    fn point(&self, cell: usize, mut share: impl FnMut(usize) -> f64) -> [f64; D] {
        std::array::from_fn(|k| {
            let (low, high) = self.edges[k];
            low + (high - low) * (self.place(cell, k) as f64 + share(k)) / self.cells as f64
        })
    }

    /// Number of a cell along parameter `k`.
    fn place(&self, cell: usize, k: usize) -> usize {
        cell / self.cells.pow(k as u32) % self.cells
    }

    /// The box of all cells that matter, with one cell more on each side, within the present box.
    fn around(&self, table: &[f64]) -> Option<[(f64, f64); D]> {
        let largest = largest(table)?;
        let matter = |cell: &usize| table[*cell] > largest - DROP;
        Some(std::array::from_fn(|k| {
            let places = (0..table.len()).filter(matter).map(|cell| self.place(cell, k));
            let (first, last) = places.fold((self.cells, 0), |(low, high), place| (low.min(place), high.max(place)));
            let (low, high) = self.edges[k];
            let at = |edge: usize| low + (high - low) * edge as f64 / self.cells as f64;
            (at(first.saturating_sub(1)), at((last + 2).min(self.cells)))
        }))
    }
}

fn largest(table: &[f64]) -> Option<f64> {
    let largest = table.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest.is_finite().then_some(largest)
}
