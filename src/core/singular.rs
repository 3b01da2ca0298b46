//! Singular values of matrices from input, which may be of any size.

use nalgebra::{DMatrix, Dyn, SVD};

/// Sizes of elements beyond which their squares overflow, or are lost.
const LARGEST: f64 = 1e100;
/// Iterations after which a decomposition is given up; it takes some per column.
const MOST_ITERATIONS: usize = 10_000;

/// The singular value decomposition, with both sets of vectors; none if an element is not finite or beyond 10¹⁰⁰, with which the iteration
/// may not end.
pub fn decomposed(matrix: DMatrix<f64>) -> Option<SVD<f64, Dyn, Dyn>> {
    let sound = matrix.iter().all(|value| value.abs() <= LARGEST);
    sound
        .then(|| matrix.try_svd(true, true, f64::EPSILON, MOST_ITERATIONS))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::decomposed;
    use nalgebra::dmatrix;

    #[test]
    fn values_are_found_and_what_has_none_is_refused() {
        let found = decomposed(dmatrix![3.0, 0.0; 0.0, -2.0]).unwrap().singular_values;
        assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12);
        for value in [f64::INFINITY, f64::NAN, 1e200] {
            assert!(decomposed(dmatrix![1.0, value; 0.5, 1.0]).is_none(), "{value}");
        }
    }
}
