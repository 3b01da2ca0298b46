//! Calibration on a grid of hypotheses, once and for all.

use motherlode_core::{Certificate, Progress};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CalibrationEvents, Calibrator, Curve};
use crate::inference::{Interpolation, ParameterBox};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;

/// Nodes for each parameter, for one to four of them; more make too many passes of the estimator.
const DEFAULT_NODES: [usize; 4] = [7, 5, 3, 3];
/// Largest number of nodes; with more, one evaluation takes too long.
const MOST_NODES: usize = 100;

/// Curves for the ratios of the nodes θ_k of a grid to one reference, and what follows for all hypotheses between.
///
/// At an x, what calibration adds to log r̂ is a smooth function of θ: c(x|θ) = log r_cal(x|θ, θ_ref) − log r̂(x|θ, θ_ref). It is known
/// at the nodes, and a polynomial in between:
///
/// log r_cal(x|θ, θ_ref) = log r̂(x|θ, θ_ref) + Σ_k w_k(θ) c_k(x),
///
/// and 0 at θ_ref itself. Ratios of two other hypotheses are differences of two of these, so ratios of three add up. The first
/// answer for an x costs one pass of the estimator for each node; those that follow cost one each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The method.
    pub method: Calibrator,
    /// Events of the simulator that it was learned from.
    pub n_events: usize,
    /// The seed of these events.
    pub seed: u64,
    /// The fewest events that remained of a hypothesis, (Σw)²/Σw².
    pub effective: f64,
    /// The box of hypotheses.
    edges: Vec<(f64, f64)>,
    /// Nodes along each parameter that is not held fixed.
    nodes: Vec<usize>,
    reference: Vec<f64>,
    curves: Vec<Curve>,
    /// Result of an examination of the calibrated ratios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl Calibration {
    /// Default number of nodes for each of `p` free parameters.
    ///
    /// # Errors
    /// If there are more than four parameters.
    pub fn default_nodes(p: usize) -> Result<usize> {
        let known = p.checked_sub(1).and_then(|p| DEFAULT_NODES.get(p));
        known.copied().ok_or_else(|| {
            Error::usage(format!(
                "a grid over {p} parameters has too many nodes: calibrate a pair of hypotheses, without --grid"
            ))
        })
    }

    /// Calibrates `estimator` against `reference`, with `nodes` nodes for each parameter of the box `space`, by `n_events` events of
    /// `simulator`. `progress` receives the events done and their number.
    ///
    /// # Errors
    /// If there are too many nodes, events cannot be drawn, or the estimator fails or says one number for all events.
    pub fn new(
        estimator: &dyn LogRatio,
        simulator: &dyn Instrumented,
        (space, nodes): (&ParameterBox, usize),
        reference: &[f64],
        method: Calibrator,
        (n_events, seed): (usize, u64),
        progress: &dyn Progress,
    ) -> Result<Self> {
        let p = space.dimensions();
        if nodes.checked_pow(p as u32).is_none_or(|all| all > MOST_NODES) {
            return Err(Error::usage(format!(
                "a grid of {nodes} nodes for each of {p} parameters: {MOST_NODES} in all are the most"
            )));
        }
        let nodes = vec![nodes; p];
        let mut points: Vec<Vec<f64>> = Interpolation::new(space.clone(), &nodes)?
            .nodes()
            .rows()
            .into_iter()
            .map(|theta| theta.to_vec())
            .collect();
        let n_nodes = points.len();
        points.push(reference.to_vec());
        let pool = CalibrationEvents::draw(simulator, &points, n_events, seed, progress)?;
        let fitted: Vec<(Curve, f64)> = (0..n_nodes)
            .into_par_iter()
            .map(|node| {
                progress.check()?;
                if same(&points[node], reference, space) {
                    // The ratio of a hypothesis to itself.
                    return Ok((Curve::through([(0.0, 0.0)])?, f64::INFINITY));
                }
                let scores = pool.scores(estimator, node, n_nodes)?;
                let [above, below] = scores.effective();
                Ok((method.fit(&scores)?, above.min(below)))
            })
            .collect::<Result<_>>()?;
        let effective = fitted
            .iter()
            .map(|(_, effective)| *effective)
            .fold(f64::INFINITY, f64::min);
        Ok(Self {
            method,
            n_events,
            seed,
            effective,
            edges: space.edges().to_vec(),
            nodes,
            reference: reference.to_vec(),
            curves: fitted.into_iter().map(|(curve, _)| curve).collect(),
            certificate: None,
        })
    }

    /// Checks the consistency of a calibration from a file.
    ///
    /// # Errors
    /// Says what does not.
    pub fn check(&self) -> Result<()> {
        let n_curves = self.interpolation()?.nodes().nrows();
        if n_curves != self.curves.len() || self.reference.len() != self.edges.len() {
            return Err(Error::data(format!(
                "a calibration of {} nodes with {} curves",
                n_curves,
                self.curves.len()
            )));
        }
        self.curves.iter().try_for_each(Curve::check)
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.edges.len()
    }

    /// Number of nodes in all.
    pub fn n_nodes(&self) -> usize {
        self.curves.len()
    }

    /// The hypothesis that all curves compare to, `[p]`.
    pub fn reference(&self) -> &[f64] {
        &self.reference
    }

    /// The curve of each node, `[K]`.
    pub fn curves(&self) -> &[Curve] {
        &self.curves
    }

    /// c_k(x), `[n, K]`.
    pub(super) fn corrections(&self, estimator: &dyn LogRatio, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let interpolation = self.interpolation()?;
        let nodes = interpolation.nodes();
        let mut corrections = Array2::zeros((x.nrows(), nodes.nrows()));
        for ((node, curve), mut column) in nodes
            .rows()
            .into_iter()
            .zip(&self.curves)
            .zip(corrections.columns_mut())
        {
            let raw = estimator.log_ratio(x, &node.to_vec(), &self.reference)?;
            // What is impossible stays so.
            column.assign(&raw.mapv_into(|raw| if raw.is_finite() { curve.at(raw) - raw } else { 0.0 }));
        }
        Ok(corrections)
    }

    /// Returns the grid with a polynomial between its nodes.
    ///
    /// # Errors
    /// Edges that are no box.
    pub fn interpolation(&self) -> Result<Interpolation> {
        Interpolation::new(ParameterBox::new(self.edges.clone())?, &self.nodes)
    }
}

/// Returns true if a node is the reference up to rounding.
fn same(node: &[f64], reference: &[f64], space: &ParameterBox) -> bool {
    let apart = node.iter().zip(reference).zip(space.edges());
    apart
        .into_iter()
        .all(|((a, b), (low, high))| (a - b).abs() <= 1e-9 * (high - low))
}
