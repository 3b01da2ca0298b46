//! Isotonic calibration.

use super::bins::cells;
use super::{Curve, Scores};
use motherlode_core::error::Result;

/// Events are put together to this many cells first: more than a curve can resolve.
const CELLS: usize = 1_000;

/// The probability of θ1 as that non-decreasing function of −log r̂ which is closest to the labels.
///
/// Between the centres of the pieces it is linear in log r, so it grows strictly (Oron and Flournoy 2017, Statistics in
/// Biopharmaceutical Research 9, 258) and keeps the order of events.
///
/// # Source
/// Zadrozny and Elkan 2002, Proceedings of KDD, 694.
pub(super) fn isotonic(scores: &Scores) -> Result<Curve> {
    let [above, below] = scores.effective();
    let cells = cells(scores, CELLS);
    // Probability of the numerator, where both hypotheses have as much probability: it grows with log r̂.
    let balanced = |weights: [f64; 2]| [weights[0] / above, weights[1] / below];
    let weight: Vec<f64> = cells.iter().map(|cell| balanced(cell.weights).iter().sum()).collect();
    let label = cells.iter().zip(&weight);
    let label: Vec<f64> = label.map(|(cell, weight)| balanced(cell.weights)[0] / weight).collect();
    let fitted = pool_adjacent_violators(&label, &weight);
    let least = 0.5 / (above + below);
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut first = 0;
    for piece in fitted.chunk_by(|a, b| a == b) {
        let range = first..first + piece.len();
        let sum: f64 = weight[range.clone()].iter().sum();
        let moment: f64 = range.clone().map(|i| weight[i] * cells[i].centre).sum();
        let probability = piece[0].clamp(least, 1.0 - least);
        let centre = (moment / sum).clamp(cells[range.start].centre, cells[range.end - 1].centre);
        points.push((centre, (probability / (1.0 - probability)).ln()));
        first = range.end;
    }
    Curve::through(points)
}

/// The non-decreasing sequence closest to `values` in weighted squares: neighbours that violate the order are pooled.
///
/// # Source
/// Ayer et al. 1955, Annals of Mathematical Statistics 26, 641.
pub fn pool_adjacent_violators(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    for (&value, &weight) in values.iter().zip(weights) {
        let mut pool = (value, weight, 1);
        while let Some(&(before, heavy, n)) = pools.last().filter(|(before, ..)| *before >= pool.0) {
            let sum = heavy + pool.1;
            let mean = if sum > 0.0 {
                (before * heavy + pool.0 * pool.1) / sum
            } else {
                pool.0
            };
            pool = (mean, sum, n + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools
        .into_iter()
        .flat_map(|(mean, _, n)| std::iter::repeat_n(mean, n))
        .collect()
}
