//! Confidence intervals from curves of a test statistic.

use ndarray::ArrayView1;

/// Confidence intervals of each parameter at each level, `[levels][p]`; an interval may have several pieces.
pub type Intervals = Vec<Vec<Vec<(f64, f64)>>>;

/// Finds the intervals in which a curve over ascending values is at most `limit`, with ends by linear interpolation.
///
/// For q of hypotheses on a grid and its critical value, these are the confidence intervals; a likelihood with two maxima has
/// two. An end at the edge of the grid means that the interval may go on beyond it.
pub fn intervals(values: ArrayView1<f64>, curve: ArrayView1<f64>, limit: f64) -> Vec<(f64, f64)> {
    let mut intervals: Vec<(f64, f64)> = Vec::new();
    let mut open = None;
    for i in 0..values.len().min(curve.len()) {
        let inside = curve[i] <= limit;
        let crossing = || match i.checked_sub(1) {
            Some(before) => {
                let share = (limit - curve[before]) / (curve[i] - curve[before]);
                values[before] + share.clamp(0.0, 1.0) * (values[i] - values[before])
            }
            None => values[i],
        };
        match (open, inside) {
            (None, true) => open = Some(crossing()),
            (Some(start), false) => {
                intervals.push((start, crossing()));
                open = None;
            }
            _ => (),
        }
    }
    intervals.extend(open.map(|start| (start, values[values.len() - 1])));
    intervals
}
