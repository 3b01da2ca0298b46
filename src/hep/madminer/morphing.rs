//! Morphing: weights at all parameters from the weights at a few points.

use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView2};

use motherlode_core::error::{Error, Result};
use motherlode_core::format::point;
use motherlode_core::real::{Real, second_derivatives};
use motherlode_core::singular::decomposed;

/// A basis with a larger condition number than this has lost all digits of a weight.
const WORST_CONDITION: f64 = 1e12;
/// Largest deviation of matrix times basis from 1, for each unit of the condition number: a file holds 16 digits.
const ROUNDING: f64 = 1e-13;

/// The cross section of a final state as a polynomial of the parameters: where the amplitude is linear in them, of degree two.
///
/// With the monomials c_k(θ) = Π θᵢ^powers\[k\]\[i\], the weight of an event at θ is Σ_b w_b(θ) W\[b\] of its weights at the basis points, and
/// w_b(θ) = Σ_k M\[k,b\] c_k(θ).
#[derive(Debug, Clone, PartialEq)]
pub struct Morphing {
    /// Powers of each parameter in each monomial, `[c][p]`.
    components: Vec<Vec<u32>>,
    /// M, `[c, number of basis points]`.
    matrix: Array2<f64>,
    /// The largest condition number of a basis.
    condition: f64,
}

impl Morphing {
    /// All monomials of `p` parameters with powers up to `max_powers`, of total degree up to `degree`; the last parameter changes
    /// fastest.
    pub fn monomials(max_powers: &[u32], degree: u32) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for most in max_powers {
            let longer = |powers: &Vec<u32>| -> Vec<Vec<u32>> {
                (0..=*most)
                    .map(|power| [powers.as_slice(), &[power]].concat())
                    .collect()
            };
            all = all.iter().flat_map(longer).collect();
        }
        all.retain(|powers| powers.iter().sum::<u32>() <= degree);
        all
    }

    /// Builds the morphing from basis points, `[number of bases × c][p]`: with several bases, the mean of what each gives.
    ///
    /// # Errors
    /// If a basis is degenerate: its condition number is said.
    pub fn of_bases(components: Vec<Vec<u32>>, points: &[&[f64]]) -> Result<Self> {
        let c = components.len();
        if c == 0 || points.is_empty() || !points.len().is_multiple_of(c) {
            return Err(Error::data(format!(
                "{} basis points for {c} monomials: as many are needed, or a multiple of it",
                points.len()
            )));
        }
        let n_bases = points.len() / c;
        let mut matrix = Array2::zeros((c, points.len()));
        let mut condition = 0.0f64;
        for (basis, points) in points.chunks_exact(c).enumerate() {
            let values = basis_matrix(&components, points);
            let spoiled = condition_of(&values);
            let inverse = values.try_inverse().filter(|_| spoiled <= WORST_CONDITION);
            let inverse = inverse.ok_or_else(|| degenerate(basis, spoiled, points))?;
            condition = condition.max(spoiled);
            for k in 0..c {
                for b in 0..c {
                    matrix[[k, basis * c + b]] = inverse[(k, b)] / n_bases as f64;
                }
            }
        }
        Ok(Self {
            components,
            matrix,
            condition,
        })
    }

    /// Builds the morphing from a matrix `[c, number of points]`, row by row, that was computed elsewhere for these points.
    ///
    /// # Errors
    /// If a basis is degenerate, or the matrix is not the inverse of what the points give.
    pub(super) fn with_matrix(components: Vec<Vec<u32>>, points: &[&[f64]], matrix: Vec<f64>) -> Result<Self> {
        let recomputed = Self::of_bases(components, points)?;
        let matrix = Array2::from_shape_vec((recomputed.components.len(), points.len()), matrix)
            .map_err(|error| Error::data(error.to_string()))?;
        let size = recomputed
            .matrix
            .iter()
            .fold(0.0f64, |size, element| size.max(element.abs()));
        let allowed = size * (ROUNDING * recomputed.condition).max(1e-9);
        let off = |(found, needed): (&f64, &f64)| (found - needed).abs().is_nan() || (found - needed).abs() > allowed;
        match matrix.iter().zip(&recomputed.matrix).position(off) {
            None => Ok(Self { matrix, ..recomputed }),
            Some(at) => {
                let (k, b) = (at / points.len(), at % points.len());
                Err(Error::data(format!(
                    "has the element {} in row {k}, column {b} (counted from 0) of its matrix, and the basis points give {}: the benchmarks are not those \
                     that it was computed for, or not in that order",
                    matrix[[k, b]],
                    recomputed.matrix[[k, b]]
                )))
            }
        }
    }

    /// Powers of each parameter in each monomial, `[c][p]`.
    pub fn components(&self) -> &[Vec<u32>] {
        &self.components
    }

    /// M, `[c, number of basis points]`.
    pub fn matrix(&self) -> ArrayView2<'_, f64> {
        self.matrix.view()
    }

    /// The largest condition number of a basis: how much larger errors of weights may become, relative to them.
    pub fn condition(&self) -> f64 {
        self.condition
    }

    /// Number of bases that are averaged.
    pub fn n_bases(&self) -> usize {
        self.matrix.ncols() / self.components.len()
    }

    /// The largest total power of a monomial.
    pub fn degree(&self) -> u32 {
        let degrees = self.components.iter().map(|powers| powers.iter().sum());
        degrees.max().unwrap_or(0)
    }

    /// The monomials c(θ), `[c]`.
    pub fn monomials_at<R: Real>(&self, theta: &[R]) -> Vec<R> {
        let powers = self.components.iter();
        powers.map(|powers| monomial(powers, theta)).collect()
    }

    /// c(θ) with their first and second derivatives: `[c]`, `[p][c]` and `[p × p][c]`.
    pub(super) fn derivatives_at(&self, theta: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let (p, c) = (theta.len(), self.components.len());
        let (mut gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
        let (mut first, mut second) = (vec![vec![0.0; c]; p], vec![vec![0.0; c]; p * p]);
        for (k, powers) in self.components.iter().enumerate() {
            let sure = second_derivatives(theta, &mut gradient, &mut hessian, |theta| Ok(monomial(powers, theta)));
            let _: Result<f64, std::convert::Infallible> = sure;
            first.iter_mut().zip(&gradient).for_each(|(row, d)| row[k] = *d);
            second.iter_mut().zip(&hessian).for_each(|(row, d)| row[k] = *d);
        }
        (self.monomials_at(theta), first, second)
    }

    /// The weights w_b(θ) of the basis points, `[number of basis points]`, and their gradients, `[p, number of basis points]`.
    pub fn weights(&self, theta: &[f64]) -> (Array1<f64>, Array2<f64>) {
        let (values, first, _) = self.derivatives_at(theta);
        let gradients = Array2::from_shape_fn((first.len(), values.len()), |(i, k)| first[i][k]);
        (self.matrix.t().dot(&Array1::from(values)), gradients.dot(&self.matrix))
    }

    /// The coefficients of the monomials for an event with these weights at the basis points, `[n, b]` to `[n, c]`.
    pub(super) fn coefficients(&self, weights: ArrayView2<f64>) -> Array2<f64> {
        weights.dot(&self.matrix.t())
    }
}

fn monomial<R: Real>(powers: &[u32], theta: &[R]) -> R {
    let mut product = R::from(1.0);
    for (power, value) in powers.iter().zip(theta) {
        (0..*power).for_each(|_| product *= *value);
    }
    product
}

/// c_k(θ_b), `[basis points, c]`.
pub(super) fn basis_matrix(components: &[Vec<u32>], points: &[&[f64]]) -> DMatrix<f64> {
    DMatrix::from_fn(points.len(), components.len(), |b, k| {
        monomial(&components[k], points[b])
    })
}

/// Condition number of the matrix with columns of unit length, so that units of the parameters do not matter.
fn condition_of(matrix: &DMatrix<f64>) -> f64 {
    let mut scaled = matrix.clone();
    for mut column in scaled.column_iter_mut() {
        let length = column.norm();
        if length > 0.0 {
            column /= length;
        }
    }
    match decomposed(scaled).map(|found| found.singular_values) {
        Some(values) if values.min() > 0.0 => values.max() / values.min(),
        _ => f64::INFINITY,
    }
}

fn degenerate(basis: usize, condition: f64, points: &[&[f64]]) -> Error {
    let points: Vec<String> = points.iter().map(|theta| point(theta)).collect();
    Error::numerical(format!(
        "basis {} of the points {} is degenerate: its condition number is {condition:.1e}, and weights have no digit left above \
         {WORST_CONDITION:.0e}; choose points that do not lie on a line or a conic, and no point twice",
        basis + 1,
        points.join(", ")
    ))
}
