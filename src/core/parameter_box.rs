//! Boxes in parameter space.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::format::{exact, ranges};

/// A box of hypotheses θ; a parameter whose two edges are equal is held fixed.
///
/// θ has all parameters, `[p]`. Shares, grids and fits have the [free](Self::free) ones only. A file has the list of its edges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<(f64, f64)>", try_from = "Vec<(f64, f64)>")]
pub struct ParameterBox {
    edges: Vec<(f64, f64)>,
    free: Vec<usize>,
}

impl ParameterBox {
    /// The box with these lower and upper edges, `[p]`, usually those of the prior.
    ///
    /// # Errors
    /// If there are no parameters, or an edge is not finite or above the other.
    pub fn new(edges: impl Into<Vec<(f64, f64)>>) -> Result<Self> {
        let edges = edges.into();
        let wrong = edges
            .iter()
            .find(|(low, high)| !(low.is_finite() && high.is_finite() && low <= high));
        match wrong {
            Some((low, high)) => Err(Error::usage(format!(
                "hypotheses from {} to {}: a range needs two finite ends, the lower one first; two that are the same hold the parameter fixed",
                exact(*low),
                exact(*high)
            ))),
            None if edges.is_empty() => Err(Error::usage("a box of hypotheses needs at least one parameter")),
            None => Ok(Self {
                free: (0..edges.len()).filter(|&k| edges[k].0 < edges[k].1).collect(),
                edges,
            }),
        }
    }

    /// Lower and upper edges, `[p]`.
    pub fn edges(&self) -> &[(f64, f64)] {
        &self.edges
    }

    /// Number of parameters p, fixed ones included.
    pub fn n_parameters(&self) -> usize {
        self.edges.len()
    }

    /// Indices of the free parameters, from 0.
    pub fn free(&self) -> &[usize] {
        &self.free
    }

    /// Number of free parameters.
    pub fn dimensions(&self) -> usize {
        self.free.len()
    }

    /// Value of parameter `k` if it is held fixed.
    pub fn held(&self, k: usize) -> Option<f64> {
        (!self.free.contains(&k)).then(|| self.edges[k].0)
    }

    /// Returns true if `theta`, `[p]`, lies in the box, edges included.
    pub fn contains(&self, theta: &[f64]) -> bool {
        let within = |(value, (low, high)): (&f64, &(f64, f64))| (low..=high).contains(&value);
        theta.len() == self.edges.len() && theta.iter().zip(&self.edges).all(within)
    }

    /// The point at these shares of the edges of free parameters, 0 to 1 each.
    pub fn at(&self, shares: &[f64]) -> Vec<f64> {
        let mut theta: Vec<f64> = self.edges.iter().map(|(low, _)| *low).collect();
        for (&k, share) in self.free.iter().zip(shares) {
            let (low, high) = self.edges[k];
            theta[k] = (low + share * (high - low)).clamp(low, high);
        }
        theta
    }

    /// The point in the middle.
    pub fn middle(&self) -> Vec<f64> {
        self.at(&vec![0.5; self.dimensions()])
    }

    /// Position of a point between the edges, 0 to 1 for each free parameter.
    pub fn shares(&self, theta: &[f64]) -> Vec<f64> {
        let share = |(k, (low, high)): (usize, (f64, f64))| ((theta[k] - low) / (high - low)).clamp(0.0, 1.0);
        self.ranges().map(share).collect()
    }

    /// Values of the free parameters at a point.
    pub fn free_values(&self, theta: &[f64]) -> Vec<f64> {
        self.free.iter().map(|&k| theta[k]).collect()
    }

    /// The free parameters with their edges.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, (f64, f64))> {
        self.free.iter().map(|&k| (k, self.edges[k]))
    }

    /// The product of the widths of free parameters.
    pub fn volume(&self) -> f64 {
        self.ranges().map(|(_, (low, high))| high - low).product()
    }

    /// A grid with `n[i]` evenly spaced values of each free parameter, both edges included: shape `[∏n, p]`, the last parameter
    /// runs fastest.
    ///
    /// # Errors
    /// If there are not as many numbers as free parameters, or one is below 2.
    pub fn grid(&self, n: &[usize]) -> Result<Array2<f64>> {
        if n.iter().any(|&n| n < 2) {
            return Err(Error::usage(format!(
                "a grid of {n:?} points: give 2 at least for each parameter"
            )));
        }
        let shape = self.shape(n)?;
        let points = (shape.iter().product(), self.n_parameters());
        Ok(Array2::from_shape_fn(points, |(point, k)| {
            let faster: usize = shape[k + 1..].iter().product();
            self.value(k, point / faster % shape[k], shape[k])
        }))
    }

    /// Shape of a grid over all parameters, `[p]`: `n` for the free ones, 1 for those held fixed.
    ///
    /// # Errors
    /// If there are not as many numbers as free parameters.
    pub fn shape(&self, n: &[usize]) -> Result<Vec<usize>> {
        if n.len() != self.dimensions() {
            return Err(Error::usage(format!(
                "{n:?} values along the parameters: give one number for each of {}",
                self.dimensions()
            )));
        }
        let mut shape = vec![1; self.n_parameters()];
        self.free.iter().zip(n).for_each(|(&k, &n)| shape[k] = n);
        Ok(shape)
    }

    /// `n` evenly spaced values of parameter `k`, both edges included; one if it is held fixed.
    pub fn values(&self, k: usize, n: usize) -> Array1<f64> {
        let n = if self.held(k).is_some() { 1 } else { n };
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

    /// The part of the box where these parameters have these values.
    ///
    /// # Errors
    /// If a parameter does not exist, is named twice, or its value lies outside of the box.
    pub fn holding(&self, fixed: &[(usize, f64)]) -> Result<Self> {
        let mut edges = self.edges.clone();
        for (i, &(k, value)) in fixed.iter().enumerate() {
            let twice = fixed[..i].iter().any(|(other, _)| *other == k);
            match edges.get_mut(k) {
                Some(range) if !twice && (range.0..=range.1).contains(&value) => *range = (value, value),
                Some(_) if !twice => {
                    return Err(Error::usage(format!(
                        "the hypothesis {fixed:?} lies outside of the box {self}"
                    )));
                }
                _ => {
                    return Err(Error::usage(format!(
                        "a hypothesis that fixes {fixed:?} of {} parameters: fix each once, counted from 0",
                        self.edges.len()
                    )));
                }
            }
        }
        Self::new(edges)
    }
}

impl From<ParameterBox> for Vec<(f64, f64)> {
    fn from(parameter_box: ParameterBox) -> Self {
        parameter_box.edges
    }
}

impl TryFrom<Vec<(f64, f64)>> for ParameterBox {
    type Error = Error;

    fn try_from(edges: Vec<(f64, f64)>) -> Result<Self> {
        Self::new(edges)
    }
}

impl std::fmt::Display for ParameterBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&ranges(&self.edges))
    }
}
