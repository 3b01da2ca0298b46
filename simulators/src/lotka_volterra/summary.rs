//! The nine summary statistics of two populations.

/// Their names, in order.
pub(super) const SUMMARIES: [&str; 9] = [
    "mean_predators",
    "mean_prey",
    "log_variance_predators",
    "log_variance_prey",
    "autocorrelation_predators_1",
    "autocorrelation_predators_2",
    "autocorrelation_prey_1",
    "autocorrelation_prey_2",
    "correlation",
];

/// Means, ln(variance + 1), autocorrelations at lag 1 and 2, and the correlation of n ≥ 2 states.
///
/// Variances are divided by n − 1, and so is every correlation, though an autocorrelation has fewer terms. A population
/// that never changes is correlated with nothing.
pub(super) fn summarise(states: &[[f64; 2]]) -> Vec<f64> {
    let degrees = states.len() as f64 - 1.0;
    let predators = Series::new(states.iter().map(|state| state[0]), degrees);
    let prey = Series::new(states.iter().map(|state| state[1]), degrees);
    vec![
        predators.mean,
        prey.mean,
        predators.variance.ln_1p(),
        prey.variance.ln_1p(),
        predators.correlation(&predators, 1),
        predators.correlation(&predators, 2),
        prey.correlation(&prey, 1),
        prey.correlation(&prey, 2),
        predators.correlation(&prey, 0),
    ]
}

/// A population in the course of time.
struct Series {
    mean: f64,
    variance: f64,
    /// Difference from the mean.
    deviations: Vec<f64>,
    degrees: f64,
}

impl Series {
    fn new(values: impl Iterator<Item = f64> + Clone, degrees: f64) -> Self {
        let mean = values.clone().sum::<f64>() / (degrees + 1.0);
        let deviations: Vec<f64> = values.map(|value| value - mean).collect();
        Self {
            mean,
            variance: deviations.iter().map(|d| d * d).sum::<f64>() / degrees,
            deviations,
            degrees,
        }
    }

    /// The correlation with `other`, `lag` later.
    fn correlation(&self, other: &Self, lag: usize) -> f64 {
        let scale = (self.variance * other.variance).sqrt() * self.degrees;
        if scale == 0.0 {
            return 0.0;
        }
        let pairs = self.deviations.iter().zip(&other.deviations[lag..]);
        pairs.map(|(a, b)| a * b).sum::<f64>() / scale
    }
}
