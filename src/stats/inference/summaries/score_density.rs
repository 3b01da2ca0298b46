//! Likelihood ratio from an estimated score, in cells along the line between the hypotheses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::Binning;
use super::histogram::BinContents;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use motherlode_core::gold::ReweightingPool;
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::trace::Instrumented;

/// Pairs of hypotheses whose cells are kept.
const KEPT: usize = 2_000;

/// The ratio of two hypotheses from histograms of the estimated score.
///
/// The first direction of the histogram is the line between the hypotheses, t̂(x)·(θ0 − θ1); the others are components of
/// t̂ that are uncorrelated with those before them. With all p directions this is SALLY, with the first alone SALLINO,
/// which needs fewer events and knows a little less. Bins are of equal probability, those of a direction within each bin
/// of the one before. They are filled with the events of a pool, weighted to θ0 and to θ1 by what these remember of their
/// paths. Exact only close to the reference point, where the score is a sufficient statistic; the error further away is a
/// bias that more events do not cure.
///
/// For one parameter, and wherever ln L is to be smooth in θ, use [`SummaryDensity`](super::SummaryDensity): its cells do not move.
///
/// # Source
/// Brehmer, Cranmer, Louppe and Pavez 2018, arXiv:1805.00020 (SALLY and SALLINO).
pub struct ScoreDensity<'a> {
    score: &'a dyn Score,
    pool: ReweightingPool<'a>,
    /// θ_ref, where the score is taken, `[p]`.
    theta_ref: Vec<f64>,
    /// t̂ of each event at θ_ref, `[n, p]`.
    scores: Array2<f64>,
    bins: Vec<usize>,
    known: Mutex<HashMap<Vec<u64>, Arc<Histogram>>>,
}

/// The histogram of a pair of hypotheses.
struct Histogram {
    /// `[p, directions]`.
    directions: Array2<f64>,
    cells: Binning,
    /// log r of each cell, `[cells]`.
    log_ratio: Vec<f64>,
}

impl std::fmt::Debug for ScoreDensity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScoreDensity")
            .field("pool", &self.pool)
            .field("bins", &self.bins)
            .finish_non_exhaustive()
    }
}

impl<'a> ScoreDensity<'a> {
    /// Makes ready to fill histograms of `score` with `data`, events of `simulator` at one reference point. `bins` are the
    /// numbers of bins along each direction, from one direction (SALLINO) up to one for each parameter (SALLY).
    ///
    /// # Errors
    /// If `bins` has no direction, more than there are parameters, or none along one; if `data` was mined without memories,
    /// or they do not belong to `simulator` or to one point; or if the score there is unknown.
    pub fn new(
        score: &'a dyn Score,
        data: &'a AugmentedData,
        simulator: &'a dyn Instrumented,
        bins: &[usize],
    ) -> Result<Self> {
        let pool = ReweightingPool::from_events(simulator, data)?;
        match &data.header.design {
            Design::Reference { theta } => Self::from_pool(score, theta, pool, bins),
            design => Err(Error::data(format!(
                "events of one point are needed, these are of {design}"
            ))),
        }
    }

    /// Takes the score at `theta_ref` and the events of a pool.
    ///
    /// # Errors
    /// If `bins` has no direction, more than there are parameters, or none along one, or if the score is unknown at
    /// `theta_ref`.
    pub fn from_pool(
        score: &'a dyn Score,
        theta_ref: &[f64],
        pool: ReweightingPool<'a>,
        bins: &[usize],
    ) -> Result<Self> {
        let p = theta_ref.len();
        if !(1..=p).contains(&bins.len()) || bins.contains(&0) {
            return Err(Error::usage(format!(
                "a density of the score needs 1 to {p} numbers of bins, each positive; got {bins:?}"
            )));
        }
        Ok(Self {
            scores: score.score(pool.x(), theta_ref)?,
            score,
            pool,
            theta_ref: theta_ref.to_vec(),
            bins: bins.to_vec(),
            known: Mutex::default(),
        })
    }

    /// The histogram of two hypotheses that differ.
    fn histogram(&self, theta0: &[f64], theta1: &[f64]) -> Result<Arc<Histogram>> {
        let key: Vec<u64> = theta0.iter().chain(theta1).map(|value| value.to_bits()).collect();
        if let Some(known) = self.lock().get(&key) {
            return Ok(known.clone());
        }
        let found = Arc::new(self.filled(theta0, theta1)?);
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, found.clone());
        Ok(found)
    }

    fn filled(&self, theta0: &[f64], theta1: &[f64]) -> Result<Histogram> {
        let direction: Array1<f64> = theta0.iter().zip(theta1).map(|(a, b)| a - b).collect();
        let directions = uncorrelated(&direction, &self.scores, self.bins.len());
        let positions = self.scores.dot(&directions);
        let cells = Binning::of_equal_probability(positions.view(), &self.bins[..directions.ncols()]);
        let cell_of = cells.of_each(positions.view());
        let logs = |theta: &[f64]| -> Result<Vec<f64>> {
            let contents = BinContents::new(cells.n_cells(), &cell_of, &self.pool.weights(theta)?, None);
            Ok(contents.log_probabilities())
        };
        let (numerator, denominator) = (logs(theta0)?, logs(theta1)?);
        Ok(Histogram {
            directions,
            log_ratio: numerator.iter().zip(denominator).map(|(a, b)| a - b).collect(),
            cells,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u64>, Arc<Histogram>>> {
        // What is in the map is whole, whoever failed while holding it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogRatio for ScoreDensity<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let p = self.scores.ncols();
        if theta0.len() != p || theta1.len() != p {
            return Err(Error::usage(format!(
                "hypotheses {theta0:?} and {theta1:?} were given; needed are {p} values for each"
            )));
        }
        if theta0 == theta1 {
            return Ok(Array1::zeros(x.nrows()));
        }
        let histogram = self.histogram(theta0, theta1)?;
        let positions = self.score.score(x, &self.theta_ref)?.dot(&histogram.directions);
        let cells = histogram.cells.of_each(positions.view());
        Ok(cells
            .into_iter()
            .map(|cell| histogram.log_ratio[cell as usize])
            .collect())
    }
}

/// Less of its own variance than this is rounding: such a component follows from those before it.
const DEPENDENT: f64 = 1e-6;

/// `n` directions in the space of scores, `[p, n]`: `first`, and components that are uncorrelated with those before them.
///
/// This is Gram and Schmidt's procedure with the covariance of the scores as inner product, so that the units of the
/// parameters do not matter. Fewer than `n` come back if the scores do not span as many.
fn uncorrelated(first: &Array1<f64>, scores: &Array2<f64>, n: usize) -> Array2<f64> {
    let p = scores.ncols();
    let centred = scores - &scores.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(p));
    let covariance = centred.t().dot(&centred);
    let variance = |direction: &Array1<f64>| direction.dot(&covariance.dot(direction));
    let mut directions = vec![first.clone()];
    for j in 0..p {
        if directions.len() == n {
            break;
        }
        let mut component = Array1::zeros(p);
        component[j] = 1.0;
        for before in &directions {
            let shared = before.dot(&covariance.dot(&component)) / variance(before).max(f64::MIN_POSITIVE);
            component.scaled_add(-shared, before);
        }
        if variance(&component) > DEPENDENT * covariance[[j, j]] {
            directions.push(component);
        }
    }
    let columns: Vec<_> = directions.iter().map(|direction| direction.view()).collect();
    ndarray::stack(Axis(1), &columns).expect("all directions have p components")
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn directions_are_uncorrelated_whatever_the_units() {
        let scores = Array2::from_shape_fn((500, 3), |(i, j)| {
            let wave = |k: usize| (0.37 * (i * (k + 1)) as f64 + k as f64).sin();
            (wave(j) + 0.5 * wave(0)) * [1.0, 1e3, 1e-3][j]
        });
        let directions = uncorrelated(&array![0.3, 2e-4, -40.0], &scores, 3);
        let positions = scores.dot(&directions);
        let centred = &positions - &positions.mean_axis(Axis(0)).unwrap();
        let covariance = centred.t().dot(&centred);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let correlation = covariance[[i, j]] / (covariance[[i, i]] * covariance[[j, j]]).sqrt();
            assert!(correlation.abs() < 1e-9, "directions {i} and {j}: {correlation}");
        }
    }

    #[test]
    fn a_score_that_says_one_thing_twice_has_one_direction() {
        let scores = Array2::from_shape_fn((100, 2), |(i, j)| (0.1 * i as f64).sin() * (1.0 + j as f64));
        assert_eq!(uncorrelated(&array![1.0, 0.0], &scores, 2).dim(), (2, 1));
    }
}
