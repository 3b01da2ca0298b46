//! Polynomials of many parameters: all terms up to a degree, and no more.

use std::sync::{Arc, LazyLock};

use nalgebra::DMatrix;
use ndarray::{Array1, Array2};

use super::super::ParameterBox;
use motherlode_core::cache::Cache;
use motherlode_core::error::{Error, Result};

/// Nodes for each term: a fit of as many as terms would swing between them.
const NODES_FOR_EACH: usize = 2;
/// Degrees of which the fits are kept.
const KEPT: usize = 8;

/// The polynomial of a total degree d that fits values at scattered nodes best, in the least-squares sense.
///
/// A function that is about quadratic in p parameters needs products of few of them only: (p + d)!/(p! d!) terms, where a grid has
/// (d + 1)^p. The nodes fill the box more densely towards its edges, as the extrema of Chebyshev polynomials do, for which the
/// products of these polynomials are nearly orthogonal.
///
/// # Source
/// Narayan, Jakeman and Zhou 2017, Mathematics of Computation 86, 1913 (least squares with the weight of Chebyshev polynomials);
/// the nodes are an additive recurrence, as [`low_discrepancy`](super::super::fit::low_discrepancy).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TotalDegree {
    /// The degree in each free parameter, `[M][dimensions]`.
    terms: Vec<Vec<usize>>,
    /// Nodes in shares of the box, `[K][dimensions]`.
    shares: Vec<Vec<f64>>,
    /// Coefficients of the terms are this times values at the nodes, `[M, K]`.
    fit: Array2<f64>,
}

impl TotalDegree {
    /// Number of nodes of a polynomial of degree d in so many parameters.
    pub(super) fn nodes_needed(dimensions: usize, degree: usize) -> usize {
        let binomial = (1..=degree).fold(1u128, |n, i| n * (dimensions + i) as u128 / i as u128);
        usize::try_from(binomial)
            .unwrap_or(usize::MAX)
            .saturating_mul(NODES_FOR_EACH)
    }

    /// The one of so many parameters and this degree: it does not depend on the box, and costs seconds where it has a thousand terms.
    pub(super) fn known(dimensions: usize, degree: usize) -> Result<Arc<Self>> {
        static KNOWN: LazyLock<Cache<(usize, usize), TotalDegree>> = LazyLock::new(|| Cache::new(KEPT));
        let key = (dimensions, degree);
        KNOWN.get_or_insert_with(|known| *known == key, || Ok((key, Self::new(dimensions, degree)?)))
    }

    fn new(dimensions: usize, degree: usize) -> Result<Self> {
        let terms = terms(dimensions, degree);
        let n = NODES_FOR_EACH * terms.len();
        let cosine = |place: f64| 0.5 - 0.5 * (std::f64::consts::PI * place).cos();
        let shares: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                super::super::fit::low_discrepancy(i, dimensions)
                    .into_iter()
                    .map(cosine)
                    .collect()
            })
            .collect();
        let design: Vec<Vec<f64>> = shares.iter().map(|shares| values(&terms, shares)).collect();
        let design = DMatrix::from_fn(n, terms.len(), |node, term| design[node][term]);
        let square = design.tr_mul(&design).cholesky().ok_or_else(|| {
            Error::numerical(format!(
                "no polynomial of degree {degree} in {dimensions} parameters can be fitted to {n} nodes"
            ))
        })?;
        let fit = square.solve(&design.transpose());
        Ok(Self {
            fit: Array2::from_shape_fn((terms.len(), n), |(term, node)| fit[(term, node)]),
            terms,
            shares,
        })
    }

    pub(super) fn n_nodes(&self) -> usize {
        self.shares.len()
    }

    /// All nodes in a box, `[K, p]`.
    pub(super) fn nodes(&self, space: &ParameterBox) -> Array2<f64> {
        let nodes: Vec<Vec<f64>> = self.shares.iter().map(|shares| space.at(shares)).collect();
        Array2::from_shape_fn((nodes.len(), space.n_parameters()), |(node, k)| nodes[node][k])
    }

    /// The weight of each node at a place in the box.
    pub(super) fn weights(&self, shares: &[f64]) -> Array1<f64> {
        Array1::from(values(&self.terms, shares)).dot(&self.fit)
    }

    /// The coefficients of a polynomial with these values at the nodes, `[M]`.
    pub(super) fn coefficients(&self, at_nodes: &Array1<f64>) -> Array1<f64> {
        self.fit.dot(at_nodes)
    }

    /// The polynomial with these coefficients at a place in the box.
    pub(super) fn at(&self, coefficients: &Array1<f64>, shares: &[f64]) -> f64 {
        let terms = values(&self.terms, shares);
        terms.iter().zip(coefficients).map(|(term, factor)| term * factor).sum()
    }
}

/// The degrees of all products of powers up to a total degree, `[M][dimensions]`.
fn terms(dimensions: usize, degree: usize) -> Vec<Vec<usize>> {
    let mut terms = vec![Vec::new()];
    for _ in 0..dimensions {
        terms = terms
            .into_iter()
            .flat_map(|term: Vec<usize>| {
                let left = degree - term.iter().sum::<usize>();
                (0..=left).map(move |power| [term.as_slice(), &[power]].concat())
            })
            .collect();
    }
    terms
}

/// The products of Chebyshev polynomials at a place in the unit box, `[M]`.
fn values(terms: &[Vec<usize>], shares: &[f64]) -> Vec<f64> {
    let highest = terms.iter().flatten().copied().max().unwrap_or(0);
    let along: Vec<Vec<f64>> = shares
        .iter()
        .map(|share| chebyshev(2.0 * share - 1.0, highest))
        .collect();
    let product = |term: &Vec<usize>| term.iter().zip(&along).map(|(&power, along)| along[power]).product();
    terms.iter().map(product).collect()
}

/// T_0 to T_n, by their recurrence.
fn chebyshev(x: f64, n: usize) -> Vec<f64> {
    let mut values = vec![1.0, x];
    for i in 2..=n {
        values.push(2.0 * x * values[i - 1] - values[i - 2]);
    }
    values
}
