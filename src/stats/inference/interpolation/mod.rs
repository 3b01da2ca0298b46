//! Polynomial interpolation of ln L over a box of hypotheses.
//!
//! A sum over 10⁵ events is a smooth function of θ, but a slow one. Its values at a few Chebyshev points fix a polynomial that is
//! as good as the function, and sums over events are sums of values at these points: one pass over the events answers for
//! all hypotheses, and for all toy data sets that are made of them.

mod tensor;
mod total_degree;

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::ParameterBox;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use tensor::Tensor;
use total_degree::TotalDegree;

/// Nodes that are tried for each of one or two parameters, until they suffice.
const NODES: [usize; 5] = [7, 11, 17, 25, 41];
/// Total degrees that are tried of more parameters.
const DEGREES: [usize; 5] = [4, 6, 8, 10, 13];
/// With more nodes in all, polynomials are slow; with more nodes times events, one pass over the events is.
const MOST_NODES: usize = 2_500;
const MOST_RATIOS: usize = 30_000_000;
/// Events and hypotheses on which an interpolation is judged.
const JUDGED_EVENTS: usize = 400;
const JUDGED_HYPOTHESES: usize = 25;
/// Events that one thread takes at a time.
const CHUNK: usize = 1_024;

/// A polynomial in θ over a box, known by its values at nodes.
///
/// With one or two parameters it has a high degree in each, with more a total degree.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpolation {
    space: ParameterBox,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Tensor(Tensor),
    TotalDegree(Arc<TotalDegree>),
}

impl Interpolation {
    /// On a grid with `n[i]` nodes for each free parameter, edges included.
    ///
    /// # Errors
    /// If there are not as many numbers as free parameters, or one is below 2.
    pub fn new(space: ParameterBox, n: &[usize]) -> Result<Self> {
        let kind = Kind::Tensor(Tensor::new(&space, n)?);
        Ok(Self { space, kind })
    }

    /// Takes all terms up to a total degree, fitted to twice as many nodes.
    ///
    /// # Errors
    /// If the fit fails.
    pub fn with_total_degree(space: ParameterBox, degree: usize) -> Result<Self> {
        let kind = Kind::TotalDegree(TotalDegree::known(space.dimensions(), degree)?);
        Ok(Self { space, kind })
    }

    /// Richer and richer ones, as long as so many events can be asked about at all nodes.
    pub(super) fn candidates(space: &ParameterBox, n_events: usize) -> impl Iterator<Item = Result<Self>> {
        let most = (MOST_RATIOS / n_events.max(1)).min(MOST_NODES);
        let p = space.dimensions();
        let on_grid = p <= 2;
        let nodes = move |size: &usize| match on_grid {
            true => size.pow(p as u32),
            false => TotalDegree::nodes_needed(p, *size),
        };
        let of = move |size: usize| match on_grid {
            true => Self::new(space.clone(), &vec![size; p]),
            false => Self::with_total_degree(space.clone(), size),
        };
        let sizes = if on_grid { NODES } else { DEGREES };
        sizes.into_iter().take_while(move |size| nodes(size) <= most).map(of)
    }

    /// Finds the number of nodes that `estimator` needs for data sets of `events` events such as `x`, `[n, m]`: ln L is then off by less
    /// than `tolerance`, checked with some events at some hypotheses.
    ///
    /// # Errors
    /// If the estimator fails, or not even many nodes suffice: it is too rough a function of θ, or the box too large.
    pub fn for_estimator(
        space: &ParameterBox,
        estimator: &dyn LogRatio,
        x: ArrayView2<f64>,
        reference: &[f64],
        (events, tolerance): (f64, f64),
        progress: &dyn Progress,
    ) -> Result<Self> {
        let candidates = Self::candidates(space, x.nrows());
        let x = x.slice_axis(Axis(0), (0..x.nrows().min(JUDGED_EVENTS)).into());
        let mut found = f64::INFINITY;
        for interpolation in candidates {
            progress.check()?;
            let interpolation = interpolation?;
            found = interpolation.error(estimator, x, reference, events, progress)?;
            if found <= tolerance {
                return Ok(interpolation);
            }
        }
        Err(Error::numerical(format!(
            "ln L of {events} events cannot be interpolated over {space} to {tolerance} (to {found:.2e} at best): take a smaller box \
             of hypotheses, or fewer parameters"
        )))
    }

    /// Largest error of ln L of `events` events over some hypotheses: mean and, for data sets that scatter, root mean
    /// square of the error of an event.
    fn error(
        &self,
        estimator: &dyn LogRatio,
        x: ArrayView2<f64>,
        reference: &[f64],
        events: f64,
        progress: &dyn Progress,
    ) -> Result<f64> {
        let table = self.table_until_stopped(estimator, x, reference, progress)?;
        let mut worst = 0.0f64;
        for theta in self.judged_at() {
            progress.check()?;
            let error = estimator.log_ratio(x, &theta, reference)? - table.dot(&self.weights(&theta));
            let (mean, square) = (error.mean().unwrap_or(0.0), error.mapv(|e| e * e).mean().unwrap_or(0.0));
            worst = worst.max((events * mean).abs() + (events * square).sqrt());
        }
        Ok(worst)
    }

    /// Hypotheses at which it is judged, none of them a node.
    fn judged_at(&self) -> impl Iterator<Item = Vec<f64>> {
        self.judged_shares().map(|shares| self.space.at(&shares))
    }

    /// Hypotheses for checks over the box, and as many closer to a point of interest.
    pub(super) fn judged_around(&self, theta: &[f64]) -> impl Iterator<Item = Vec<f64>> {
        let centre = self.space.shares(theta);
        let closer = self.judged_shares().map(move |shares| {
            let halfway = shares.iter().zip(&centre).map(|(share, centre)| 0.5 * (share + centre));
            self.space.at(&halfway.collect::<Vec<_>>())
        });
        self.judged_at().chain(closer)
    }

    fn judged_shares(&self) -> impl Iterator<Item = Vec<f64>> {
        (0..JUDGED_HYPOTHESES).map(|i| {
            let share = |k: i32| (0.37 + i as f64 * 0.754_877_666_2f64.powi(k)).fract();
            (1..=self.space.dimensions() as i32).map(share).collect()
        })
    }

    /// The box.
    pub fn space(&self) -> &ParameterBox {
        &self.space
    }

    /// The nodes along each parameter, `[p][n]`, of a grid.
    pub fn along(&self) -> &[Vec<f64>] {
        match &self.kind {
            Kind::Tensor(tensor) => &tensor.nodes,
            Kind::TotalDegree(_) => &[],
        }
    }

    /// All nodes, `[K, p]`; of a grid, the last parameter runs fastest.
    pub fn nodes(&self) -> Array2<f64> {
        match &self.kind {
            Kind::Tensor(tensor) => tensor.nodes(),
            Kind::TotalDegree(scattered) => scattered.nodes(&self.space),
        }
    }

    /// Number of nodes K.
    pub fn n_nodes(&self) -> usize {
        match &self.kind {
            Kind::Tensor(tensor) => tensor.n_nodes(),
            Kind::TotalDegree(scattered) => scattered.n_nodes(),
        }
    }

    /// The weight of each node at `theta`, `[K]`: a polynomial is the sum of its values at the nodes times these.
    pub fn weights(&self, theta: &[f64]) -> Array1<f64> {
        match &self.kind {
            Kind::Tensor(tensor) => tensor.weights(theta),
            Kind::TotalDegree(scattered) => scattered.weights(&self.space.shares(theta)),
        }
    }

    /// Precomputes a polynomial with these values at the nodes, `[K]`, for [`at`](Self::at).
    pub(crate) fn prepared(&self, at_nodes: &Array1<f64>) -> Array1<f64> {
        match &self.kind {
            Kind::Tensor(_) => at_nodes.clone(),
            Kind::TotalDegree(scattered) => scattered.coefficients(at_nodes),
        }
    }

    /// A polynomial that is [prepared](Self::prepared) at `theta`.
    pub(crate) fn at(&self, prepared: &Array1<f64>, theta: &[f64]) -> f64 {
        match &self.kind {
            Kind::Tensor(tensor) => tensor.weights(theta).dot(prepared),
            Kind::TotalDegree(scattered) => scattered.at(prepared, &self.space.shares(theta)),
        }
    }

    /// The weights of the nodes at several hypotheses `[G, p]`: shape `[G, K]`.
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
        self.table_until_stopped(estimator, x, reference, &())
    }

    /// The [table](Self::table); `progress` can stop it, and receives no reports.
    pub(crate) fn table_until_stopped(
        &self,
        estimator: &dyn LogRatio,
        x: ArrayView2<f64>,
        reference: &[f64],
        progress: &dyn Progress,
    ) -> Result<Array2<f64>> {
        let nodes = self.nodes();
        let mut table = Array2::zeros((x.nrows(), nodes.nrows()));
        let portions = table
            .axis_chunks_iter_mut(Axis(0), CHUNK)
            .zip(x.axis_chunks_iter(Axis(0), CHUNK));
        let portions: Vec<_> = portions.collect();
        portions.into_par_iter().try_for_each(|(mut rows, x)| -> Result<()> {
            for (node, mut column) in nodes.rows().into_iter().zip(rows.columns_mut()) {
                progress.check()?;
                column.assign(&estimator.log_ratio(x, &node.to_vec(), reference)?);
            }
            Ok(())
        })?;
        if table.iter().all(|value| value.is_finite()) {
            return Ok(table);
        }
        Err(Error::numerical(format!(
            "some events are impossible under some hypotheses of {}: their ln L cannot be interpolated",
            self.space
        )))
    }
}
