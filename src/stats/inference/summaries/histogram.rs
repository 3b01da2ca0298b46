//! Contents of the cells of a histogram of weighted events.

use super::kernel::Kernel;

/// Sums of weights and of their squares in each cell, `[cells]`, perhaps smeared by a kernel.
#[derive(Debug, Clone)]
pub(super) struct BinContents {
    sums: Vec<f64>,
    squares: Vec<f64>,
    total: f64,
    events: f64,
}

impl BinContents {
    /// Fills the cells `cell_of` of events with their weights.
    pub(super) fn new(cells: usize, cell_of: &[u32], weights: &[f64], kernel: Option<&Kernel>) -> Self {
        let (mut sums, mut squares) = (vec![0.0; cells], vec![0.0; cells]);
        for (&cell, weight) in cell_of.iter().zip(weights) {
            sums[cell as usize] += weight;
            squares[cell as usize] += weight * weight;
        }
        let total = sums.iter().sum();
        if let Some(kernel) = kernel {
            sums = kernel.smear(&sums);
            squares = kernel.smear_squares(&squares);
        }
        Self {
            sums,
            squares,
            total,
            events: cell_of.len() as f64,
        }
    }

    /// ln of the probability of each cell.
    ///
    /// A cell is given half an event beyond what is in it, of the typical weight Σw²/Σw of its own events: the logarithm of a count
    /// n has a mean that is too low by 1/2n, and this is what it takes to be right to that order (Haldane 1956, Anscombe 1956). A
    /// cell that no event of this hypothesis has reached holds half an event of mean weight, alike for all hypotheses: what has
    /// not been simulated tells nothing of θ.
    pub(super) fn log_probabilities(&self) -> Vec<f64> {
        let mean = self.total / self.events;
        let of_half = |(&sum, &square): (&f64, &f64)| if sum > 0.0 { square / sum } else { mean };
        let filled: Vec<f64> = self
            .sums
            .iter()
            .zip(&self.squares)
            .map(|cell| cell.0 + 0.5 * of_half(cell))
            .collect();
        let total: f64 = filled.iter().sum();
        filled.into_iter().map(|content| (content / total).ln()).collect()
    }

    /// Effective number of events in the cell that an event of this hypothesis falls into, 1/Σ_b p_b δ_b², where δ_b² = Σw²/(Σw)² is the square of
    /// the relative error of cell b: n divided by the number of cells, where n events of equal weight fill them evenly.
    pub(super) fn effective_events(&self) -> f64 {
        let filled = self.sums.iter().zip(&self.squares).filter(|(sum, _)| **sum != 0.0);
        let (total, errors) = filled.fold((0.0, 0.0), |(total, errors), (sum, square)| {
            (total + sum.abs(), errors + square / sum.abs())
        });
        total / errors
    }

    /// Derivative of Σ_b n_b ln p_b by the weight of an event in each cell, n_b being `counts`, `[cells]`.
    pub(super) fn leverage(&self, counts: &[f64], kernel: Option<&Kernel>) -> Vec<f64> {
        let n: f64 = counts.iter().sum();
        let of = |(sum, count): (&f64, &f64)| if *sum > 0.0 { count / sum } else { 0.0 };
        let mut each: Vec<f64> = self.sums.iter().zip(counts).map(of).collect();
        if let Some(kernel) = kernel {
            each = kernel.gather(&each);
        }
        each.iter_mut().for_each(|leverage| *leverage -= n / self.total);
        each
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: half of the probability is in a cell of two events, half in one of a single event, 1/(½·½ + ½·1) = 4/3.
    #[test]
    fn effective_events_of_a_cell_are_a_harmonic_mean() {
        let even = BinContents::new(4, &[0, 1, 2, 3, 0, 1, 2, 3], &[0.5; 8], None);
        assert!((even.effective_events() - 2.0).abs() < 1e-12);
        let uneven = BinContents::new(3, &[0, 0, 2], &[1.0, 1.0, 2.0], None);
        assert!((uneven.effective_events() - 4.0 / 3.0).abs() < 1e-12);
    }
}
