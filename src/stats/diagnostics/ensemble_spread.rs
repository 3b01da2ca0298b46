//! Disagreement of the members of an ensemble.

use ndarray::Array1;

/// The root mean square spread of log r̂ over the members, relative to the standard deviation of log r̂ over the events.
pub fn relative_spread(log_ratio: &Array1<f64>, spread: &Array1<f64>) -> f64 {
    let square = spread.mapv(|sd| sd * sd).mean().unwrap_or(f64::NAN);
    square.sqrt() / log_ratio.std(0.0)
}
