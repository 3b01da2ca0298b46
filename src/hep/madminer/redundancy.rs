//! Benchmarks whose weights follow from those at the other benchmarks.

use nalgebra::DMatrix;

use super::morphing::basis_matrix;
use motherlode_core::singular::decomposed;

/// Singular values below this, relative to the largest, are zero.
const RANK: f64 = 1e-12;
/// A benchmark is redundant if less than all but this of its weight is fitted by a polynomial of its own choice.
const SMALLEST_LEVERAGE: f64 = 1e-8;

/// The redundant benchmarks of a morphing.
///
/// With the monomials P\[b,k\] = c_k(θ_b) and the projection H = P P⁺ to the weights that are polynomials, the residuals of a fit by least squares
/// are (1 − H) w, and the residual of benchmark b in a fit to the other benchmarks alone is \[(1 − H) w\]_b/(1 − H_bb).
#[derive(Debug, Clone)]
pub(super) struct Redundancy {
    /// Number of independent components.
    pub(super) rank: usize,
    /// The benchmarks that the others determine.
    pub(super) residuals: Vec<Residual>,
}

/// Weight at a benchmark minus that of the polynomial through the other benchmarks, as a sum over weights.
#[derive(Debug, Clone)]
pub(super) struct Residual {
    /// The benchmark.
    pub(super) benchmark: usize,
    /// Factors on the weights at all benchmarks, `[b]`; 1 at this benchmark.
    pub(super) factors: Vec<f64>,
}

impl Redundancy {
    /// Finds the redundant ones of the points `[b][p]`; `None` if their monomials are too large for numbers.
    pub(super) fn new(components: &[Vec<u32>], points: &[&[f64]]) -> Option<Self> {
        let mut matrix = basis_matrix(components, points);
        for mut column in matrix.column_iter_mut() {
            let length = column.norm();
            if length > 0.0 {
                column /= length;
            }
        }
        let found = decomposed(matrix)?;
        let (vectors, values) = (found.u?, found.singular_values);
        let independent = (0..values.len()).filter(|&i| values[i] > RANK * values.max());
        let mut rest = DMatrix::<f64>::identity(points.len(), points.len());
        let mut rank = 0;
        for i in independent {
            let vector = vectors.column(i);
            rest -= vector * vector.transpose();
            rank += 1;
        }
        let n_redundant = points.len() - rank;
        let testable = (0..points.len()).filter(|&b| n_redundant > 0 && rest[(b, b)] > SMALLEST_LEVERAGE);
        let residual = |benchmark: usize| Residual {
            benchmark,
            factors: rest
                .row(benchmark)
                .iter()
                .map(|r| r / rest[(benchmark, benchmark)])
                .collect(),
        };
        Some(Self {
            rank,
            residuals: testable.map(residual).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line through two of three points: at 0, 1 and 3, by hand.
    #[test]
    fn residuals_are_those_of_the_line_through_the_other_points() {
        let points: [&[f64]; 3] = [&[0.0], &[1.0], &[3.0]];
        let found = Redundancy::new(&[vec![0], vec![1]], &points).unwrap();
        assert_eq!((found.rank, found.residuals.len()), (2, 3));
        for (residual, factors) in
            found
                .residuals
                .iter()
                .zip([[1.0, -1.5, 0.5], [-2.0 / 3.0, 1.0, -1.0 / 3.0], [2.0, -3.0, 1.0]])
        {
            let near = residual.factors.iter().zip(factors).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near, "{residual:?}");
        }
    }

    #[test]
    fn a_benchmark_that_no_other_determines_is_not_tested() {
        // 1, a and b: the only point off a = b = 0 in b fixes its slope, and two of the other three are a line.
        let components = [vec![0, 0], vec![1, 0], vec![0, 1]];
        let points: [&[f64]; 4] = [&[0.0, 0.0], &[1.0, 0.0], &[2.0, 0.0], &[0.0, 1.0]];
        let found = Redundancy::new(&components, &points).unwrap();
        let tested: Vec<usize> = found.residuals.iter().map(|residual| residual.benchmark).collect();
        assert_eq!(tested, [0, 1, 2]);
        let none = Redundancy::new(&components, &points[1..]).unwrap();
        assert_eq!((none.rank, none.residuals.len()), (3, 0));
        assert!(Redundancy::new(&[vec![0], vec![4]], &[&[0.0], &[1e100]]).is_none());
    }
}
