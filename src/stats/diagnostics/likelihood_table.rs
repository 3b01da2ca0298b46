//! ln L of many data sets on one grid of hypotheses.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::inference::{Fit, Interpolation, ParameterBox, Posterior, maximise};
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};

/// Cells along the only parameter, and along each of two.
const CELLS: [usize; 2] = [400, 64];
/// Largest error of an interpolated ln L.
const TOLERANCE: f64 = 0.02;
/// Number of observations on which the interpolation is checked.
const JUDGED: usize = 400;

/// An estimator to diagnose, with the simulator that draws its data.
#[derive(Clone, Copy)]
pub struct DiagnosedEstimator<'a> {
    /// The estimator of ratios.
    pub estimator: &'a dyn LogRatio,
    /// Denominator of all ratios, `[p]`.
    pub reference: &'a [f64],
    /// The simulator that data are drawn from.
    pub simulator: &'a dyn Instrumented,
    /// The box of hypotheses, over which the prior is uniform.
    pub space: &'a ParameterBox,
}

impl<'a> DiagnosedEstimator<'a> {
    /// Takes the ratios of an estimator of any kind.
    ///
    /// # Errors
    /// If the estimator knows no ratios.
    pub fn new(
        estimator: &'a dyn Estimator,
        reference: &'a [f64],
        simulator: &'a dyn Instrumented,
        space: &'a ParameterBox,
    ) -> Result<Self> {
        let unknown = || {
            Error::usage(format!(
                "{} knows no likelihood ratios, which posteriors and fits are made of: diagnose an estimator that does",
                estimator.name()
            ))
        };
        Ok(Self {
            estimator: estimator.as_ratio().ok_or_else(unknown)?,
            reference,
            simulator,
            space,
        })
    }
}

impl std::fmt::Debug for DiagnosedEstimator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiagnosedEstimator")
            .field("reference", &self.reference)
            .field("simulator", &self.simulator.name())
            .field("space", &self.space)
            .finish_non_exhaustive()
    }
}

/// The estimator as a polynomial in θ.
pub(super) struct LikelihoodTable<'a> {
    pub examined: DiagnosedEstimator<'a>,
    /// Observations in the middle of the box, `[400, m]`.
    pub typical: Array2<f64>,
    cells: Vec<usize>,
    interpolation: Interpolation,
    /// ln L in the middles of cells, from that at the nodes.
    matrix: Array2<f64>,
    progress: &'a dyn Progress,
}

impl<'a> LikelihoodTable<'a> {
    /// Good enough for data sets of `events` events.
    pub fn new(examined: DiagnosedEstimator<'a>, events: usize, seed: u64, progress: &'a dyn Progress) -> Result<Self> {
        let DiagnosedEstimator {
            estimator,
            reference,
            simulator,
            space,
        } = examined;
        let p = space.dimensions();
        let cells = match p {
            1 | 2 => vec![CELLS[p - 1]; p],
            other => {
                return Err(Error::usage(format!(
                    "posteriors of {other} parameters are not tabulated: coverage and ranks take one or two"
                )));
            }
        };
        let typical = observations_until_stopped(simulator, &space.middle(), JUDGED, seed, progress)?;
        let interpolation = Interpolation::for_estimator(
            space,
            estimator,
            typical.view(),
            reference,
            (events as f64, TOLERANCE),
            progress,
        )?;
        Ok(Self {
            matrix: interpolation.matrix(Posterior::middles(space, &cells)?.view()),
            examined,
            typical,
            cells,
            interpolation,
            progress,
        })
    }

    /// log r of each event at each node, `[n, K]`: rows add up to ln L of data sets.
    pub fn table(&self, x: ArrayView2<f64>) -> Result<Array2<f64>> {
        let DiagnosedEstimator {
            estimator, reference, ..
        } = self.examined;
        self.interpolation
            .table_until_stopped(estimator, x, reference, self.progress)
    }

    /// ln L at the nodes of a data set, `[K]`.
    pub fn at_nodes(&self, x: ArrayView2<f64>) -> Result<Array1<f64>> {
        Ok(self.table(x)?.sum_axis(Axis(0)))
    }

    /// The posterior of a data set.
    pub fn posterior(&self, at_nodes: &Array1<f64>) -> Result<Posterior> {
        let logs = self.matrix.dot(at_nodes);
        Posterior::from_log_densities(self.examined.space, &self.cells, logs.as_slice().unwrap_or_default())
    }

    /// 2 \[max ln L − ln L(θ)\], the maximum taken over the cells and θ.
    pub fn test_statistic(&self, at_nodes: &Array1<f64>, theta: &[f64]) -> f64 {
        let here = self.interpolation.weights(theta).dot(at_nodes);
        let best = self.matrix.dot(at_nodes).into_iter().fold(here, f64::max);
        2.0 * (best - here)
    }

    /// The most likely hypothesis of a data set.
    pub fn best(&self, at_nodes: &Array1<f64>) -> Result<Fit> {
        maximise(
            &|theta| Ok(self.interpolation.weights(theta).dot(at_nodes)),
            self.examined.space,
        )
    }
}
