//! Where hypotheses may lie.

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};

/// A box of hypotheses θ.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    edges: Vec<(f64, f64)>,
}

impl Space {
    /// The box with these lower and upper edges, `[p]`: that of the prior, outside which no estimator was trained.
    ///
    /// # Errors
    /// If there are no parameters, or an edge is not finite or not below the other.
    pub fn new(edges: impl Into<Vec<(f64, f64)>>) -> Result<Self> {
        let edges = edges.into();
        let wrong = edges
            .iter()
            .find(|(low, high)| !(low.is_finite() && high.is_finite() && low < high));
        match wrong {
            Some((low, high)) => Err(Error::usage(format!(
                "hypotheses from {low} to {high}: a range needs two finite ends, the lower one first"
            ))),
            None if edges.is_empty() => Err(Error::usage("a space of hypotheses needs at least one parameter")),
            None => Ok(Self { edges }),
        }
    }

    /// Its edges, `[p]`.
    pub fn edges(&self) -> &[(f64, f64)] {
        &self.edges
    }

    /// Number of parameters p.
    pub fn dimensions(&self) -> usize {
        self.edges.len()
    }

    /// Whether `theta` lies in the box, its edges included.
    pub fn contains(&self, theta: &[f64]) -> bool {
        let within = |(value, (low, high)): (&f64, &(f64, f64))| (low..=high).contains(&value);
        theta.len() == self.edges.len() && theta.iter().zip(&self.edges).all(within)
    }

    /// The point at these shares of the edges, 0 to 1 each.
    pub fn at(&self, shares: &[f64]) -> Vec<f64> {
        let place = |(share, (low, high)): (&f64, &(f64, f64))| (low + share * (high - low)).clamp(*low, *high);
        shares.iter().zip(&self.edges).map(place).collect()
    }

    /// Where a point lies between the edges, 0 to 1 for each parameter.
    pub(super) fn shares(&self, theta: &[f64]) -> Vec<f64> {
        let share = |(value, (low, high)): (&f64, &(f64, f64))| ((value - low) / (high - low)).clamp(0.0, 1.0);
        theta.iter().zip(&self.edges).map(share).collect()
    }

    /// A grid with `n[k]` evenly spaced values of each parameter, both edges included: shape `[∏n, p]`, the last parameter
    /// runs fastest.
    ///
    /// # Errors
    /// If there are not as many numbers as parameters, or one is below 2.
    pub fn grid(&self, n: &[usize]) -> Result<Array2<f64>> {
        if n.len() != self.dimensions() || n.iter().any(|&n| n < 2) {
            return Err(Error::usage(format!(
                "a grid of {n:?} points: give one number for each of the {} parameters, at least 2",
                self.dimensions()
            )));
        }
        let shape = (n.iter().product(), self.dimensions());
        Ok(Array2::from_shape_fn(shape, |(point, k)| {
            let faster: usize = n[k + 1..].iter().product();
            self.value(k, point / faster % n[k], n[k])
        }))
    }

    /// `n` evenly spaced values of parameter `k`, both edges included.
    pub(super) fn values(&self, k: usize, n: usize) -> Array1<f64> {
        Array1::from_shape_fn(n, |i| self.value(k, i, n))
    }

    /// Value `i` of `n`; the last is the edge itself, which rounding may miss.
    fn value(&self, k: usize, i: usize, n: usize) -> f64 {
        let (low, high) = self.edges[k];
        match i + 1 == n {
            true => high,
            false => low + (high - low) * (i as f64 / (n - 1) as f64),
        }
    }

    /// The box of the parameters that are not among `fixed`, and their numbers.
    pub(super) fn free(&self, fixed: &[(usize, f64)]) -> (Vec<usize>, Vec<(f64, f64)>) {
        let free = (0..self.dimensions()).filter(|k| fixed.iter().all(|(fixed, _)| fixed != k));
        free.map(|k| (k, self.edges[k])).unzip()
    }
}
