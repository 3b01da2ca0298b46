//! Local classifier two-sample test of the posterior of one observation (L-C2ST).

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::RngExt;

use super::classifier_test::ClassifierTest;
use super::two_samples::in_units_of;
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::stream;

/// Fits of the classifier to classes that mean nothing.
const NULL: u64 = 200;
/// Smallest number of pairs to fit a classifier to.
const FEWEST_PAIRS: usize = 100;

/// Local test of a posterior: a classifier learns to separate true hypotheses from posterior draws over all x, and is evaluated at one x.
///
/// # Source
/// Linhart, Gramfort and Rodrigues 2023, arXiv:2306.03580 (L-C2ST).
#[derive(Debug, Clone, PartialEq)]
pub struct LocalTest {
    /// ⟨(d(θ, x) − 1/2)²⟩ over draws of the posterior, where d is the probability that θ is the truth.
    pub statistic: f64,
    /// Values of the statistic for classes that were exchanged at random, as for an exact posterior.
    pub null: Vec<f64>,
}

impl LocalTest {
    /// Takes true hypotheses `[n, k]`, one draw of each one's posterior `[n, k]` and what is known of its x, `[n, m]`; and, of the
    /// observation, draws of its posterior `[s, k]` and what is known of it, `[m]`.
    ///
    /// # Errors
    /// If there are fewer than 100 pairs, or the shapes do not fit together.
    pub fn new(
        (truths, draws, known): (ArrayView2<f64>, ArrayView2<f64>, ArrayView2<f64>),
        (observed, of_observed): (ArrayView2<f64>, &[f64]),
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let n = truths.nrows();
        if truths.dim() != draws.dim() || n < FEWEST_PAIRS {
            return Err(Error::data(format!(
                "a local test with hypotheses of shape {:?} and draws of shape {:?}: both need one shape, and {FEWEST_PAIRS} rows at \
                 least",
                truths.dim(),
                draws.dim()
            )));
        }
        let fits = |error: ndarray::ShapeError| Error::data(format!("a local test of unequal shapes: {error}"));
        let place = Array2::from_shape_fn((observed.nrows(), of_observed.len()), |(_, k)| of_observed[k]);
        let first = concatenate(Axis(1), &[truths, known]).map_err(fits)?;
        let second = concatenate(Axis(1), &[draws, known]).map_err(fits)?;
        let here = concatenate(Axis(1), &[observed, place.view()]).map_err(fits)?;
        let rows = concatenate(Axis(0), &[first.view(), second.view()]).map_err(fits)?;
        if here.ncols() != rows.ncols() {
            return Err(Error::data(
                "a local test of an observation with other columns than the pairs have",
            ));
        }
        let here = in_units_of(&here, rows.view());
        let is_truth: Vec<bool> = (0..2 * n).map(|row| row < n).collect();
        let classifier = ClassifierTest::new(&in_units_of(&rows, rows.view()), is_truth.clone());
        let null = map_jobs(NULL, progress, |round| {
            let mut rng = stream(seed, round, 0);
            // The truth of a pair and its draw change places, or do not.
            let exchanged: Vec<bool> = (0..n).map(|_| rng.random()).collect();
            let first: Vec<bool> = (0..2 * n).map(|row| is_truth[row] != exchanged[row % n]).collect();
            Ok(classifier.departure(&first, &here))
        })?;
        Ok(Self {
            null,
            statistic: classifier.departure(&is_truth, &here),
        })
    }

    /// The probability of a statistic as large, if the posterior is exact.
    pub fn p_value(&self) -> f64 {
        let above = self.null.iter().filter(|&&null| null >= self.statistic).count();
        (1 + above) as f64 / (1 + self.null.len()) as f64
    }
}
