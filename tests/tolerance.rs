//! The few tolerances that tests may use; Monte Carlo tests count standard errors instead.

/// Relative, for identities of algebra in f64.
pub const ALGEBRA: f64 = 1e-12;
/// Relative, for derivatives against central differences.
pub const FINITE_DIFFERENCE: f64 = 1e-6;

/// Whether `a` and `b` agree to `tolerance`, relative to the larger of |b| and 1.
pub fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// Mean of `values` in units of its standard error.
pub fn z_score(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    mean / (variance / n).sqrt()
}
