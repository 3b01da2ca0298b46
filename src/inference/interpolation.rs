//! ln L as a polynomial over a box of hypotheses: asked for at some, known at all.
//!
//! A sum over 10⁵ events is a smooth function of θ, but a slow one. Its values at a few Chebyshev points fix a polynomial that is
//! as good as the function, and sums over events are sums of values at these points: one pass over the events answers for
//! all hypotheses, and for all toy data sets that are made of them.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::Space;
use crate::error::{Error, Result};
use crate::likelihood::LogRatio;

/// Nodes that are tried for each parameter, until they suffice.
const NODES: [usize; 5] = [7, 11, 17, 25, 41];
/// With more nodes in all, polynomials are slow; with more nodes times events, one pass over the events is.
const MOST_NODES: usize = 2_500;
const MOST_RATIOS: usize = 30_000_000;
/// Events and hypotheses on which an interpolation is judged.
const JUDGED_EVENTS: usize = 400;
const JUDGED_HYPOTHESES: usize = 25;
/// Events that one thread takes at a time.
const CHUNK: usize = 1_024;

/// Tensor-product interpolation at the extrema of Chebyshev polynomials, in barycentric form.
///
/// # Source
/// Berrut and Trefethen 2004, SIAM Review 46, 501.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpolation {
    space: Space,
    nodes: Vec<Vec<f64>>,
}

impl Interpolation {
    /// With `n[i]` nodes for each free parameter, edges included.
    ///
    /// # Errors
    /// If there are not as many numbers as parameters, or one is below 2.
    pub fn new(space: Space, n: &[usize]) -> Result<Self> {
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
        Ok(Self { space, nodes })
    }

    /// With as many nodes as `estimator` needs for data sets of `events` events such as `x`, `[n, m]`: their ln L is off by less than
    /// `tolerance`, judged by some events at some hypotheses.
    ///
    /// # Errors
    /// If the estimator fails, or not even many nodes suffice: it is too rough a function of θ, or the box too large.
    pub fn for_estimator(
        space: &Space,
        estimator: &dyn LogRatio,
        x: ArrayView2<f64>,
        reference: &[f64],
        events: f64,
        tolerance: f64,
    ) -> Result<Self> {
        let most = (MOST_RATIOS / x.nrows().max(1)).min(MOST_NODES);
        let x = x.slice_axis(Axis(0), (0..x.nrows().min(JUDGED_EVENTS)).into());
        let mut found = f64::INFINITY;
        for n in NODES {
            let all = n.checked_pow(space.dimensions() as u32);
            if all.is_none_or(|all| all > most) {
                break;
            }
            let interpolation = Self::new(space.clone(), &vec![n; space.dimensions()])?;
            found = interpolation.error(estimator, x, reference, events)?;
            if found <= tolerance {
                return Ok(interpolation);
            }
        }
        Err(Error::usage(format!(
            "ln L of {events} events cannot be interpolated over {:?} to {tolerance} (to {found:.2e} at best): take a smaller box \
             of hypotheses, or fewer parameters",
            space.edges()
        )))
    }

    /// How far off ln L of `events` events is, at the worst of some hypotheses: mean and, for data sets that scatter, root mean
    /// square of the error of an event.
    fn error(&self, estimator: &dyn LogRatio, x: ArrayView2<f64>, reference: &[f64], events: f64) -> Result<f64> {
        let table = self.table(estimator, x, reference)?;
        let mut worst = 0.0f64;
        for i in 0..JUDGED_HYPOTHESES {
            let shares: Vec<f64> = (1..=self.space.dimensions())
                .map(|k| (0.37 + i as f64 * 0.754_877_666_2f64.powi(k as i32)).fract())
                .collect();
            let theta = self.space.at(&shares);
            let error = estimator.log_ratio(x, &theta, reference)? - table.dot(&self.weights(&theta));
            let (mean, square) = (error.mean().unwrap_or(0.0), error.mapv(|e| e * e).mean().unwrap_or(0.0));
            worst = worst.max((events * mean).abs() + (events * square).sqrt());
        }
        Ok(worst)
    }

    /// The box.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The nodes along each parameter, `[p][n]`.
    pub(crate) fn along(&self) -> &[Vec<f64>] {
        &self.nodes
    }

    /// All nodes, `[K, p]`, the last parameter runs fastest.
    pub fn nodes(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.n_nodes(), self.nodes.len()), |(node, k)| {
            let faster: usize = self.nodes[k + 1..].iter().map(Vec::len).product();
            self.nodes[k][node / faster % self.nodes[k].len()]
        })
    }

    /// Number of nodes K.
    pub fn n_nodes(&self) -> usize {
        self.nodes.iter().map(Vec::len).product()
    }

    /// What each node counts at `theta`, `[K]`: a polynomial is the sum of its values at the nodes times these.
    pub fn weights(&self, theta: &[f64]) -> Array1<f64> {
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

    /// The same at several hypotheses `[G, p]`: shape `[G, K]`.
    pub fn matrix(&self, theta: ArrayView2<f64>) -> Array2<f64> {
        let rows: Vec<Array1<f64>> = theta
            .rows()
            .into_iter()
            .map(|theta| self.weights(&theta.to_vec()))
            .collect();
        Array2::from_shape_fn((rows.len(), self.n_nodes()), |(g, k)| rows[g][k])
    }

    /// log r(x|node, reference) of each event at each node, `[n, K]`.
    ///
    /// # Errors
    /// If the estimator fails, or says what is not a finite number.
    pub fn table(&self, estimator: &dyn LogRatio, x: ArrayView2<f64>, reference: &[f64]) -> Result<Array2<f64>> {
        let nodes = self.nodes();
        let mut table = Array2::zeros((x.nrows(), nodes.nrows()));
        let portions = table
            .axis_chunks_iter_mut(Axis(0), CHUNK)
            .zip(x.axis_chunks_iter(Axis(0), CHUNK));
        let portions: Vec<_> = portions.collect();
        portions.into_par_iter().try_for_each(|(mut rows, x)| -> Result<()> {
            for (node, mut column) in nodes.rows().into_iter().zip(rows.columns_mut()) {
                column.assign(&estimator.log_ratio(x, &node.to_vec(), reference)?);
            }
            Ok(())
        })?;
        if table.iter().all(|value| value.is_finite()) {
            return Ok(table);
        }
        Err(Error::usage(format!(
            "some events are impossible under some hypotheses of {:?}: their ln L cannot be interpolated",
            self.space.edges()
        )))
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
