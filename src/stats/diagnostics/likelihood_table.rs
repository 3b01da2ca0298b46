//! ln L of many data sets, for one estimator and box of hypotheses.

use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::likelihood::LogRatio;
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Instrumented, Parameter};
use motherlode_core::{Estimator, Progress};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::data_set_likelihood::DataSetLikelihood;
use crate::inference::{Interpolation, ParameterBox, Posterior};

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

/// The estimator as a function of θ that is evaluated for many data sets.
///
/// One or two parameters have a grid. More have a polynomial where that is as good as the estimator, and otherwise the estimator is evaluated
/// at each θ.
pub(super) struct LikelihoodTable<'a> {
    pub examined: DiagnosedEstimator<'a>,
    /// Observations in the middle of the box, `[400, m]`.
    pub typical: Array2<f64>,
    pub interpolation: Option<Interpolation>,
    pub grid: Option<Grid>,
    /// Prior in shares of the box.
    pub prior: (Prior, Vec<Parameter>),
    pub progress: &'a dyn Progress,
}

/// Cells of the box.
pub(super) struct Grid {
    cells: Vec<usize>,
    /// ln L in the middles of cells, from that at the nodes.
    matrix: Array2<f64>,
}

impl Grid {
    fn new(space: &ParameterBox, interpolation: &Interpolation) -> Result<Self> {
        let p = space.dimensions();
        let cells = vec![CELLS[p.clamp(1, CELLS.len()) - 1]; p];
        Ok(Self {
            matrix: interpolation.matrix(Posterior::middles(space, &cells)?.view()),
            cells,
        })
    }

    /// ln L in the middles of cells.
    pub fn logs(&self, at_nodes: &Array1<f64>) -> Array1<f64> {
        self.matrix.dot(at_nodes)
    }

    /// The posterior of a data set.
    pub fn posterior(&self, space: &ParameterBox, at_nodes: &Array1<f64>) -> Result<Posterior> {
        let logs = self.logs(at_nodes);
        Posterior::from_log_densities(space, &self.cells, logs.as_slice().unwrap_or_default())
    }
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
        let typical = observations_until_stopped(simulator, &space.middle(), JUDGED, seed, progress)?;
        let wanted = (events as f64, TOLERANCE);
        let interpolation = Interpolation::for_estimator(space, estimator, typical.view(), reference, wanted, progress);
        let is_small = p <= CELLS.len();
        let interpolation = match interpolation {
            Err(error) if is_small || progress.is_stopped() => return Err(error),
            other => other.ok(),
        };
        let grid = interpolation.as_ref().filter(|_| is_small);
        let share = |k| Parameter::new(&format!("share {k}"), 0.0, 1.0);
        Ok(Self {
            grid: grid.map(|interpolation| Grid::new(space, interpolation)).transpose()?,
            prior: (Prior::uniform(vec![(0.0, 1.0); p])?, (0..p).map(share).collect()),
            examined,
            typical,
            interpolation,
            progress,
        })
    }

    /// ln L of the data set `x`, `[n, m]`.
    pub fn data_set<'t>(&'t self, x: ArrayView2<'t, f64>) -> Result<DataSetLikelihood<'t>> {
        let DiagnosedEstimator {
            estimator, reference, ..
        } = self.examined;
        let of_nodes = |nodes: &Interpolation| nodes.table_until_stopped(estimator, x, reference, self.progress);
        let rows = match self.interpolation.as_ref().map(of_nodes) {
            Some(Err(error)) if self.grid.is_some() || self.progress.is_stopped() => return Err(error),
            rows => rows.and_then(Result::ok),
        };
        Ok(DataSetLikelihood::new(self, x, rows))
    }

    /// ln L of one event or of many at one hypothesis, from the estimator itself.
    pub fn evaluated(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<f64> {
        self.progress.check()?;
        let ratios = self.examined.estimator.log_ratio(x, theta, self.examined.reference)?;
        Ok(ratios.sum_axis(Axis(0)).into_scalar())
    }
}
