//! Polynomials on a grid: of a high degree in each of few parameters.

use ndarray::{Array1, Array2};

use super::super::ParameterBox;
use motherlode_core::error::{Error, Result};

/// Tensor-product interpolation at the extrema of Chebyshev polynomials, in barycentric form.
///
/// # Source
/// Berrut and Trefethen 2004, SIAM Review 46, 501.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    /// The nodes along each parameter, `[p][n]`; one of a parameter that is held.
    pub(super) nodes: Vec<Vec<f64>>,
}

impl Tensor {
    /// Places `n[i]` nodes for each free parameter, edges included.
    pub(super) fn new(space: &ParameterBox, n: &[usize]) -> Result<Self> {
        if n.iter().any(|&n| n < 2) {
            return Err(Error::usage(format!(
                "an interpolation with {n:?} nodes: give 2 at least for each parameter"
            )));
        }
        let along = |(&n, &(low, high)): (&usize, &(f64, f64))| {
            let cosine = |j: usize| (std::f64::consts::PI * j as f64 / (n - 1) as f64).cos();
            match n {
                1 => vec![low],
                _ => (0..n).map(|j| low + (high - low) * 0.5 * (1.0 - cosine(j))).collect(),
            }
        };
        let nodes = space.shape(n)?.iter().zip(space.edges()).map(along).collect();
        Ok(Self { nodes })
    }

    pub(super) fn n_nodes(&self) -> usize {
        self.nodes.iter().map(Vec::len).product()
    }

    /// All nodes, `[K, p]`, the last parameter runs fastest.
    pub(super) fn nodes(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.n_nodes(), self.nodes.len()), |(node, k)| {
            let faster: usize = self.nodes[k + 1..].iter().map(Vec::len).product();
            self.nodes[k][node / faster % self.nodes[k].len()]
        })
    }

    pub(super) fn weights(&self, theta: &[f64]) -> Array1<f64> {
        let mut weights = vec![1.0];
        for (nodes, &value) in self.nodes.iter().zip(theta) {
            let along = barycentric(nodes, value);
            weights = weights
                .iter()
                .flat_map(|outer| along.iter().map(move |inner| outer * inner))
                .collect();
        }
        weights.into()
    }
}

/// The weight of each node at `value`.
fn barycentric(nodes: &[f64], value: f64) -> Vec<f64> {
    if let Some(hit) = nodes.iter().position(|&node| node == value) {
        return (0..nodes.len()).map(|j| f64::from(u8::from(j == hit))).collect();
    }
    let last = nodes.len() - 1;
    let half = |j: usize| if j == 0 || j == last { 0.5 } else { 1.0 };
    let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
    let terms: Vec<f64> = (0..=last).map(|j| sign(j) * half(j) / (value - nodes[j])).collect();
    let sum: f64 = terms.iter().sum();
    terms.into_iter().map(|term| term / sum).collect()
}
