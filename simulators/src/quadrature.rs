//! Gaussian quadrature: sums over a few nodes that are exact for polynomials.
//!
//! Nodes are the eigenvalues, and weights the squared first components of the eigenvectors, of the recurrence of the
//! orthogonal polynomials written as a symmetric matrix.
//!
//! # Source
//! Golub and Welsch 1969, Mathematics of Computation 23, 221.

use nalgebra::{DMatrix, SymmetricEigen};

/// Nodes and weights of the mean over a standard normal variable (Hermite).
pub(crate) fn over_normal(n: usize) -> Vec<(f64, f64)> {
    mean(n, f64::sqrt)
}

/// Nodes and weights of the mean over a variable uniform on −1 … 1 (Legendre).
pub(crate) fn over_interval(n: usize) -> Vec<(f64, f64)> {
    mean(n, |k| k / (4.0 * k * k - 1.0).sqrt())
}

/// From the off-diagonal element of the recurrence between the polynomials of degree k − 1 and k.
fn mean(n: usize, recurrence: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let matrix = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        1 => recurrence(i.max(j) as f64),
        _ => 0.0,
    });
    let eigen = SymmetricEigen::new(matrix);
    let weights = eigen
        .eigenvectors
        .row(0)
        .iter()
        .map(|first| first * first)
        .collect::<Vec<_>>();
    eigen.eigenvalues.iter().copied().zip(weights).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // moments of the normal and of the uniform distribution
    fn polynomials_are_integrated_exactly() {
        let moment = |rule: &[(f64, f64)], k: i32| rule.iter().map(|(x, w)| w * x.powi(k)).sum::<f64>();
        let (normal, interval) = (over_normal(3), over_interval(3));
        for (k, of_normal, of_interval) in [
            (0, 1.0, 1.0),
            (1, 0.0, 0.0),
            (2, 1.0, 1.0 / 3.0),
            (4, 3.0, 0.2),
            (5, 0.0, 0.0),
        ] {
            assert!((moment(&normal, k) - of_normal).abs() < 1e-13);
            assert!((moment(&interval, k) - of_interval).abs() < 1e-14);
        }
        assert!((moment(&over_interval(48), 94) - 1.0 / 95.0).abs() < 1e-14);
    }
}
