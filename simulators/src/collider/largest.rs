//! The largest share that any hypothesis can give to a point of phase space.
//!
//! With c = (1, θ), c^T R(z) c / c^T S c is at most λ(z), the largest eigenvalue of S^(−1/2) R(z) S^(−1/2). So whatever is
//! drawn below λ can be accepted at any θ, and as often.

use nalgebra::{Cholesky, DMatrix, Dyn};

use super::Quadratic;

/// λ for a given S.
#[derive(Debug, Clone)]
pub(super) struct Largest {
    root: Cholesky<f64, Dyn>,
}

impl Largest {
    /// Creates the form for S = `total`; `None` if a combination of amplitudes has no cross section, so that operators are degenerate.
    pub fn new(total: &Quadratic) -> Option<Self> {
        let root = Cholesky::new(matrix(total))?;
        Some(Self { root })
    }

    /// λ of R = `rate`, in units of R/S.
    pub fn of(&self, rate: &Quadratic) -> f64 {
        let mut form = matrix(rate);
        self.root.l_dirty().solve_lower_triangular_mut(&mut form);
        form.transpose_mut();
        self.root.l_dirty().solve_lower_triangular_mut(&mut form);
        match form.iter().all(|element| element.is_finite()) {
            true => form.symmetric_eigenvalues().max(),
            false => f64::INFINITY, // without a bound; the iteration would not end
        }
    }
}

fn matrix(form: &Quadratic) -> DMatrix<f64> {
    let n = form.coefficients();
    DMatrix::from_fn(n, n, |i, j| form.element(i, j))
}
