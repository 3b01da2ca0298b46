//! Calibration by kernel density estimates.

use super::{Curve, Scores};
use motherlode_core::error::{Error, Result};

/// Points of the curve.
const POINTS: usize = 257;
/// Share of events beyond the last points, at each end.
const TAIL: f64 = 1e-3;
/// Bandwidths beyond which a normal kernel is nothing.
const REACH: f64 = 6.0;
/// Finer cells than a bandwidth, into which events are put together.
const CELLS_IN_BANDWIDTH: f64 = 10.0;
/// More of them are not kept: an estimate whose bulk is a point in its range has no bandwidth.
const MOST_CELLS: f64 = 1e6;

/// The ratio of the densities of log r̂ = −logit ŝ, each a sum of normal kernels of one bandwidth (Silverman 1986, equation 3.31).
pub(super) fn kernel(scores: &Scores) -> Result<Curve> {
    let [above, below] = scores.effective();
    let bandwidth = silverman(scores);
    let sorted = scores.sorted();
    let (lowest, highest) = (quantile(scores, TAIL), quantile(scores, 1.0 - TAIL));
    let width = bandwidth / CELLS_IN_BANDWIDTH;
    let reach = REACH * bandwidth;
    let n_cells = ((highest - lowest + 2.0 * reach) / width).ceil();
    if !(bandwidth > 0.0 && n_cells < MOST_CELLS) {
        return Err(Error::numerical(
            "the estimate takes few values, of which no density can be estimated: use --method histogram or isotonic",
        ));
    }
    // Linear binning: the two nearest cells share an event.
    let start = lowest - reach;
    let mut cells = vec![[0.0; 2]; n_cells as usize + 2];
    for score in sorted {
        let place = (score.log_ratio - start) / width;
        if !(0.0..n_cells).contains(&place) {
            continue;
        }
        let (cell, share) = (place as usize, place.fract());
        for (next, part) in [(0, 1.0 - share), (1, share)] {
            let weights = cells[cell + next].iter_mut().zip(score.weights);
            weights.for_each(|(sum, weight)| *sum += part * weight);
        }
    }
    let side = (reach / width) as usize;
    let normal: Vec<f64> = (0..=side)
        .map(|k| (-0.5 * (k as f64 * width / bandwidth).powi(2)).exp())
        .collect();
    let log_ratio_at = |at: f64| {
        let middle = ((at - start) / width).round() as usize;
        let range = middle.saturating_sub(side)..=(middle + side).min(cells.len() - 1);
        let mut density = [0.0; 2];
        for cell in range {
            (0..2).for_each(|class| density[class] += cells[cell][class] * normal[cell.abs_diff(middle)]);
        }
        (density[0] / above).ln() - (density[1] / below).ln()
    };
    let points = (0..POINTS).map(|i| {
        let at = lowest + (highest - lowest) * i as f64 / (POINTS - 1) as f64;
        (at, log_ratio_at(at))
    });
    Curve::through(points.filter(|(_, log_ratio)| log_ratio.is_finite()))
}

/// 0.9 min(sd, interquartile range/1.34) n^(−1/5), of both hypotheses together.
fn silverman(scores: &Scores) -> f64 {
    let of = |f: &dyn Fn(f64) -> f64| 0.5 * (scores.mean(0, f) + scores.mean(1, f));
    let mean = of(&|log| log);
    let sd = of(&|log| (log - mean).powi(2)).sqrt();
    let quartiles = (quantile(scores, 0.75) - quantile(scores, 0.25)) / 1.34;
    let spread = if quartiles > 0.0 { sd.min(quartiles) } else { sd };
    0.9 * spread * scores.effective().iter().sum::<f64>().powf(-0.2)
}

/// The log r̂ below which both hypotheses together have this share.
fn quantile(scores: &Scores, share: f64) -> f64 {
    let total: f64 = scores.sorted().iter().map(|score| score.weight()).sum();
    let mut below = 0.0;
    let found = scores.sorted().iter().find(|score| {
        below += score.weight();
        below >= share * total
    });
    found
        .or(scores.sorted().last())
        .map_or(f64::NAN, |score| score.log_ratio)
}
