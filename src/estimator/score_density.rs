//! From an estimated score to a likelihood ratio: the density of the score as a summary statistic.

use ndarray::{Array1, Array2, ArrayView2};

use super::ScoreEstimator;
use crate::dataset::{AugmentedData, Memories};
use crate::error::{Error, Result};
use crate::gold::Design;
use crate::likelihood::{LogRatio, Score};
use crate::trace::Instrumented;

/// Added to both contents of a bin, in events: a bin that one hypothesis cannot reach stays a number.
const FLOOR: f64 = 1e-9;

/// The ratio of two hypotheses from histograms of the estimated score, projected onto the line between them.
///
/// t̂(x)·(θ0 − θ1) is filled into bins of equal probability with the events of the reference point, weighted to θ0 and to
/// θ1 by what they remember of their paths: w = p(x,z|θ)/p(x,z|θ_ref). Exact only close to the reference point, where
/// the score is a sufficient statistic; the error further away is a bias that more events do not cure.
///
/// # Source
/// Brehmer, Cranmer, Louppe and Pavez 2018, arXiv:1805.00020 (SALLY; SALLINO for more than one parameter).
pub struct ScoreDensity<'a> {
    estimator: &'a ScoreEstimator,
    simulator: &'a dyn Instrumented,
    memories: &'a Memories,
    /// θ_ref, the point of the events, `[p]`.
    reference: Vec<f64>,
    /// t̂ of each event at θ_ref, `[n, p]`.
    scores: Array2<f64>,
    /// ln p(x,z|θ_ref) of each event, up to a constant, `[n]`.
    log_reference: Vec<f64>,
    n_bins: usize,
}

impl std::fmt::Debug for ScoreDensity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScoreDensity")
            .field("events", &self.log_reference.len())
            .field("bins", &self.n_bins)
            .finish()
    }
}

impl<'a> ScoreDensity<'a> {
    /// Fills the histograms with `data`, events of `simulator` at one reference point; it is the estimator's, unless that
    /// knows the score everywhere.
    ///
    /// # Errors
    /// If `data` was mined without memories, or they do not belong to `simulator` or to one point.
    pub fn new(
        estimator: &'a ScoreEstimator,
        data: &'a AugmentedData,
        simulator: &'a dyn Instrumented,
        n_bins: usize,
    ) -> Result<Self> {
        let memories = data.remembered("a density of the score")?;
        let reference = reference(estimator, data)?;
        let scores = estimator.score(data.x.view(), &reference)?;
        let log_reference = log_probabilities(simulator, memories, &reference)?;
        Ok(Self {
            estimator,
            simulator,
            memories,
            reference,
            scores,
            log_reference,
            n_bins,
        })
    }

    /// Weights of the events at `theta`, `[n]`.
    fn weights(&self, theta: &[f64]) -> Result<Vec<f64>> {
        let log_probabilities = log_probabilities(self.simulator, self.memories, theta)?;
        Ok(log_probabilities
            .iter()
            .zip(&self.log_reference)
            .map(|(log, reference)| (log - reference).exp())
            .collect())
    }
}

/// The point at which the score is taken.
fn reference(estimator: &ScoreEstimator, data: &AugmentedData) -> Result<Vec<f64>> {
    match (estimator.theta_ref(), &data.header.design) {
        (Some(theta), _) => Ok(theta.to_vec()),
        (None, Design::Reference { theta }) => Ok(theta.clone()),
        (None, design) => Err(Error::usage(format!(
            "a density of the score is filled with events of one point, and these are of {design}: mine with --reference"
        ))),
    }
}

fn log_probabilities(simulator: &dyn Instrumented, memories: &Memories, theta: &[f64]) -> Result<Vec<f64>> {
    (0..memories.memory_end.len())
        .map(|event| simulator.log_probability_at(theta, memories.event(event)))
        .collect::<Result<_, _>>()
        .map_err(|rejected| Error::simulation(format!("a remembered event cannot be reweighted: {rejected}")))
}

impl LogRatio for ScoreDensity<'_> {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let p = self.scores.ncols();
        if theta0.len() != p || theta1.len() != p {
            return Err(Error::theta(format!(
                "hypotheses {theta0:?} and {theta1:?} were given; needed are {p} values for each"
            )));
        }
        let direction: Array1<f64> = theta0.iter().zip(theta1).map(|(a, b)| a - b).collect();
        if direction.iter().all(|&step| step == 0.0) {
            return Ok(Array1::zeros(x.nrows()));
        }
        let bins = Bins::of_equal_probability(self.scores.dot(&direction).to_vec(), self.n_bins);
        let filled = |theta: &[f64]| -> Result<Vec<f64>> {
            let mut sums = vec![0.0; bins.len()];
            for (position, weight) in self.scores.dot(&direction).iter().zip(self.weights(theta)?) {
                sums[bins.find(*position)] += weight;
            }
            Ok(sums)
        };
        let (numerator, denominator) = (filled(theta0)?, filled(theta1)?);
        let position = self.estimator.score(x, &self.reference)?.dot(&direction);
        Ok(position.mapv(|position| {
            let bin = bins.find(position);
            ((numerator[bin] + FLOOR) / (denominator[bin] + FLOOR)).ln()
        }))
    }
}

/// Values closer together than this share of their spread are one value: networks give equal observations answers that
/// differ in their last digits.
const TIE: f64 = 1e-5;

/// Bins that hold equally many of the values they were made for; the outer ones are open.
struct Bins {
    /// Inner edges, ascending, halfway between values.
    edges: Vec<f64>,
}

impl Bins {
    /// A value that occurs more often than a bin should hold (x may be discrete) has a bin of its own.
    fn of_equal_probability(mut values: Vec<f64>, n_bins: usize) -> Self {
        values.sort_by(f64::total_cmp);
        let size = values.len() as f64 / n_bins as f64;
        let spread = values
            .last()
            .zip(values.first())
            .map_or(0.0, |(last, first)| last - first);
        let mut edges = Vec::new();
        let mut filled = 0;
        let mut last = f64::NAN;
        for group in values.chunk_by(|a, b| b - a <= TIE * spread) {
            if filled > 0 && (filled + group.len()) as f64 > size {
                edges.push(0.5 * (last + group[0]));
                filled = 0;
            }
            filled += group.len();
            last = group[group.len() - 1];
        }
        Self { edges }
    }

    fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bin of a value.
    fn find(&self, value: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_equally_many_values() {
        let bins = Bins::of_equal_probability((0..100).map(f64::from).collect(), 4);
        let mut counts = vec![0; bins.len()];
        (0..100).for_each(|value| counts[bins.find(f64::from(value))] += 1);
        assert_eq!(counts, [25, 25, 25, 25]);
    }

    #[test]
    fn a_value_that_repeats_has_a_bin_of_its_own() {
        let values = [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0];
        let bins = Bins::of_equal_probability(values.to_vec(), 5);
        let mut counts = vec![0; bins.len()];
        values.iter().for_each(|&value| counts[bins.find(value)] += 1);
        assert_eq!(counts, [4, 1, 3]);
    }

    /// The last digits of a network's answer do not tear equal observations apart.
    #[test]
    fn values_that_differ_by_rounding_are_one() {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 3) + 1e-7 * f64::from(i % 7)).collect();
        let bins = Bins::of_equal_probability(values, 10);
        assert_eq!(bins.len(), 3);
        assert_eq!([0.0, 1.0, 2.0].map(|value| bins.find(value)), [0, 1, 2]);
    }
}
