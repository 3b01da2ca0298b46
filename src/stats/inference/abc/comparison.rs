//! Distance of simulated data sets from the observed one.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};
use rand::RngExt;

use super::super::Marginal;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations_until_stopped;
use motherlode_core::parallel::map_jobs;
use motherlode_core::prior::Prior;
use motherlode_core::trace::{Instrumented, Parameter, Stream, stream};

/// Attempts are numbered; those of a pilot are apart from all others.
const PILOT: u64 = 1 << 40;
/// Ratio of standard deviation and median absolute deviation of a normal distribution.
const OF_NORMAL: f64 = 1.482_602_218_505_602;

/// Draws a data set at θ, `[p]`, and reduces it to summary statistics, `[q]`.
pub type DataSet<'a> = &'a (dyn Fn(&[f64], &mut Stream) -> Result<Array1<f64>> + Sync);

/// The [`DataSet`] of `n` events of a simulator, of which `statistics` are the summary; `progress` can stop it.
pub fn data_sets<'a>(
    simulator: &'a dyn Instrumented,
    n: usize,
    statistics: &'a (dyn Fn(ArrayView2<f64>) -> Result<Array1<f64>> + Sync),
    progress: &'a dyn Progress,
) -> impl Fn(&[f64], &mut Stream) -> Result<Array1<f64>> + Sync + 'a {
    move |theta, rng| statistics(observations_until_stopped(simulator, theta, n, rng.random(), progress)?.view())
}

/// The usual statistics: the mean of each observable, `[n, m]` → `[m]`.
///
/// # Errors
/// If there are no events.
pub fn means(x: ArrayView2<f64>) -> Result<Array1<f64>> {
    x.mean_axis(Axis(0))
        .ok_or_else(|| Error::data("no events were observed: there is nothing to compare with"))
}

/// A hypothesis that was tried.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub theta: Vec<f64>,
    pub statistics: Array1<f64>,
    pub distance: f64,
}

/// Simulated data sets of hypotheses of a prior, and their distance from the observed one: √Σ_k ((S_k − S_k^obs)/s_k)².
#[derive(Clone)]
pub struct Comparison<'a> {
    pub(super) prior: &'a Prior,
    pub(super) parameters: &'a [Parameter],
    data_set: DataSet<'a>,
    pub(super) observed: Array1<f64>,
    scale: Array1<f64>,
}

impl std::fmt::Debug for Comparison<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparison")
            .field("prior", &self.prior)
            .field("observed", &self.observed)
            .field("scale", &self.scale)
            .finish_non_exhaustive()
    }
}

impl<'a> Comparison<'a> {
    /// Compares with the statistics `observed`, `[q]`, all in units of 1.
    ///
    /// # Errors
    /// If the prior does not fit the parameters, or a statistic is not finite.
    pub fn new(
        prior: &'a Prior,
        parameters: &'a [Parameter],
        data_set: DataSet<'a>,
        observed: Array1<f64>,
    ) -> Result<Self> {
        prior.check(parameters)?;
        if observed.is_empty() || observed.iter().any(|value| !value.is_finite()) {
            return Err(Error::data(format!(
                "the statistics of the observed data are {observed}: finite numbers are needed, one at least"
            )));
        }
        let scale = Array1::ones(observed.len());
        Ok(Self {
            prior,
            parameters,
            data_set,
            observed,
            scale,
        })
    }

    /// Rescales each statistic by its spread over the prior, the median absolute deviation over `n`
    /// simulations.
    ///
    /// # Errors
    /// If a simulation fails.
    pub fn scaled(mut self, n: usize, seed: u64, progress: &dyn Progress) -> Result<Self> {
        let pilot = map_jobs(n as u64, progress, |attempt| {
            self.try_prior(&mut stream(seed, PILOT + attempt, 0))
        })?;
        let spread = |k: usize| {
            let values = || pilot.iter().map(|tried| tried.statistics[k]);
            let all = Marginal::from_draws(values());
            let median = all.quantile(0.5);
            let deviation =
                OF_NORMAL * Marginal::from_draws(values().map(|value| (value - median).abs())).quantile(0.5);
            // Of counts that are nearly always the same the median deviation is none.
            let known = [deviation, all.standard_deviation()]
                .into_iter()
                .find(|spread| *spread > 0.0 && spread.is_finite());
            known.unwrap_or(1.0)
        };
        self.scale = (0..self.observed.len()).map(spread).collect();
        Ok(self)
    }

    /// The units of the statistics, `[q]`.
    pub fn scale(&self) -> &Array1<f64> {
        &self.scale
    }

    /// A hypothesis of the prior, tried.
    pub(super) fn try_prior(&self, rng: &mut Stream) -> Result<Attempt> {
        let mut theta = vec![0.0; self.parameters.len()];
        self.prior.draw(self.parameters, rng, &mut theta)?;
        self.tried(theta, rng)
    }

    /// Simulates a data set at `theta`.
    pub(super) fn tried(&self, theta: Vec<f64>, rng: &mut Stream) -> Result<Attempt> {
        let statistics = (self.data_set)(&theta, rng)?;
        if statistics.len() != self.observed.len() {
            return Err(Error::data(format!(
                "a simulated data set has {} statistics, the observed one {}",
                statistics.len(),
                self.observed.len()
            )));
        }
        let distance = self.distance(statistics.view());
        Ok(Attempt {
            theta,
            statistics,
            distance,
        })
    }

    /// Infinite, where a statistic is not a number.
    fn distance(&self, statistics: ArrayView1<f64>) -> f64 {
        let terms = statistics.iter().zip(&self.observed).zip(&self.scale);
        let square: f64 = terms
            .map(|((found, observed), scale)| ((found - observed) / scale).powi(2))
            .sum();
        if square.is_nan() { f64::INFINITY } else { square.sqrt() }
    }
}
