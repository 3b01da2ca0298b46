//! From an estimated score to a likelihood ratio: the density of the score as a summary statistic.

mod cells;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::dataset::{AugmentedData, Memories};
use crate::error::{Error, Result};
use crate::gold::Design;
use crate::likelihood::{LogRatio, Score};
use crate::trace::Instrumented;
use cells::Cells;

/// Added to both contents of a bin, in events: a bin that one hypothesis cannot reach stays a number.
const FLOOR: f64 = 1e-9;

/// The ratio of two hypotheses from histograms of the estimated score.
///
/// The first direction of the histogram is the line between the hypotheses, t̂(x)·(θ0 − θ1); the others are components of
/// t̂ that are uncorrelated with those before them. With all p directions this is SALLY, with the first alone SALLINO,
/// which needs fewer events and knows a little less. Bins are of equal probability, those of a direction within each bin
/// of the one before. They are filled with the events of the reference point, weighted to θ0 and to θ1 by what these
/// remember of their paths: w = p(x,z|θ)/p(x,z|θ_ref). Exact only close to the reference point, where the score is a
/// sufficient statistic; the error further away is a bias that more events do not cure.
///
/// # Source
/// Brehmer, Cranmer, Louppe and Pavez 2018, arXiv:1805.00020 (SALLY and SALLINO).
pub struct ScoreDensity<'a> {
    score: &'a dyn Score,
    simulator: &'a dyn Instrumented,
    memories: &'a Memories,
    /// θ_ref, the point of the events, `[p]`.
    reference: Vec<f64>,
    /// t̂ of each event at θ_ref, `[n, p]`.
    scores: Array2<f64>,
    /// ln p(x,z|θ_ref) of each event, up to a constant, `[n]`.
    log_reference: Vec<f64>,
    bins: Vec<usize>,
}

impl std::fmt::Debug for ScoreDensity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScoreDensity")
            .field("events", &self.log_reference.len())
            .field("bins", &self.bins)
            .finish()
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
        let p = data.n_parameters();
        if !(1..=p).contains(&bins.len()) || bins.contains(&0) {
            return Err(Error::usage(format!(
                "a density of the score needs 1 to {p} numbers of bins, each positive; got {bins:?}"
            )));
        }
        let memories = data.remembered("a density of the score")?;
        let reference = reference(data)?;
        let scores = score.score(data.x.view(), &reference)?;
        let log_reference = log_probabilities(simulator, memories, &reference)?;
        Ok(Self {
            score,
            simulator,
            memories,
            reference,
            scores,
            log_reference,
            bins: bins.to_vec(),
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

/// The point of the events, at which the score is taken.
fn reference(data: &AugmentedData) -> Result<Vec<f64>> {
    match &data.header.design {
        Design::Reference { theta } => Ok(theta.clone()),
        design => Err(Error::usage(format!(
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
        let directions = uncorrelated(&direction, &self.scores, self.bins.len());
        let positions = self.scores.dot(&directions);
        let cells = Cells::of_equal_probability(positions.view(), &self.bins);
        let filled = |theta: &[f64]| -> Result<Vec<f64>> {
            let mut sums = vec![0.0; cells.len()];
            for (position, weight) in positions.rows().into_iter().zip(self.weights(theta)?) {
                sums[cells.find(position)] += weight;
            }
            Ok(sums)
        };
        let (numerator, denominator) = (filled(theta0)?, filled(theta1)?);
        let positions = self.score.score(x, &self.reference)?.dot(&directions);
        Ok(positions.map_axis(Axis(1), |position| {
            let cell = cells.find(position);
            ((numerator[cell] + FLOOR) / (denominator[cell] + FLOOR)).ln()
        }))
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
