//! Cells of about equal probability, by what the estimator says.

use super::Scores;

/// Log ratios this close are one number.
const ROUNDING: f64 = 1e-9;

/// Events next to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Their mean log r̂.
    pub centre: f64,
    /// Their weights under both hypotheses.
    pub weights: [f64; 2],
}

/// At most `n` cells, each of about as much of both hypotheses together. Events of equal log r̂ stay
/// together, so few values
/// make as many cells.
///
/// What is impossible under one hypothesis, log r̂ = ±∞, has no place on the axis and is left to the end of the curve.
pub(super) fn cells(scores: &Scores, n: usize) -> Vec<Cell> {
    let finite = || scores.sorted().iter().filter(|score| score.log_ratio.is_finite());
    // Both hypotheses count alike, whatever number of events they have.
    let [above, below] = scores.effective();
    let share = |weights: [f64; 2]| weights[0] / above + weights[1] / below;
    let size = finite().map(|score| share(score.weights)).sum::<f64>() / n as f64;
    let mut cells: Vec<Cell> = Vec::new();
    let mut open = Sum::default();
    let mut done = 0.0;
    for score in finite() {
        // The next cell begins where this one is full and the number changes.
        if done + share(open.weights) >= (cells.len() + 1) as f64 * size * (1.0 - 1e-9)
            && score.log_ratio > open.last + ROUNDING
        {
            done += share(open.weights);
            cells.push(open.cell());
            open = Sum::default();
        }
        open.add(score.log_ratio, score.weights);
    }
    if share(open.weights) > 0.0 {
        cells.push(open.cell());
    }
    cells
}

#[derive(Default)]
struct Sum {
    weights: [f64; 2],
    moment: f64,
    first: f64,
    last: f64,
}

impl Sum {
    fn add(&mut self, log_ratio: f64, weights: [f64; 2]) {
        if self.weights == [0.0; 2] {
            self.first = log_ratio;
        }
        self.last = log_ratio;
        self.moment += log_ratio * (weights[0] + weights[1]);
        self.weights = [self.weights[0] + weights[0], self.weights[1] + weights[1]];
    }

    fn cell(&self) -> Cell {
        Cell {
            // A rounded mean of equal numbers would not be that number.
            centre: (self.moment / (self.weights[0] + self.weights[1])).clamp(self.first, self.last),
            weights: self.weights,
        }
    }
}
