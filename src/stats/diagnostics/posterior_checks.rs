//! Posteriors over pairs of prior and simulator: coverage and ranks.

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use rand::RngExt;

use super::likelihood_table::{DiagnosedEstimator, LikelihoodTable};
use super::two_samples::two_samples;
use super::{Coverage, LocalTest, Uniformity, distance_rank, rank};
use crate::inference::{ParameterBox, Posterior};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::observations;
use motherlode_core::mean::Mean;
use motherlode_core::parallel::map_jobs;
use motherlode_core::trace::{Stream, stream};

/// Draws of a posterior among which the truth is ranked.
const DRAWS: usize = 199;
/// Smallest number of data sets.
const FEWEST_PAIRS: usize = 20;
/// Draws of the posterior of one observation, for a local test.
const LOCAL_DRAWS: usize = 1_000;

/// Number, size and seed of the data sets of [`PosteriorChecks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PosteriorCheckSettings {
    /// Pairs of a hypothesis, drawn from the box, and its data set.
    pub pairs: usize,
    /// Events in a data set.
    pub events: usize,
    /// The seed.
    pub seed: u64,
}

/// Coverage, ranks and gain of the posteriors of an estimator; the prior is uniform in a box.
#[derive(Debug, Clone, PartialEq)]
pub struct PosteriorChecks {
    /// Coverage of credible regions.
    pub coverage: Coverage,
    /// Uniformity of the ranks of each parameter, `[p]`.
    pub ranks: Vec<Uniformity>,
    /// The ranks of each parameter themselves, `[p][pairs]`.
    pub rank_values: Vec<Vec<f64>>,
    /// Uniformity of the distances from a reference hypothesis, which follows from the means of the observables of each data set and not
    /// from the estimator: references that depend on x reveal a posterior that has learned nothing.
    pub distances: Uniformity,
    /// These distances themselves, as ranks, `[pairs]`.
    pub distance_values: Vec<f64>,
    /// Accuracy of a classifier between one draw of each posterior and the true hypotheses: 1/2 if posteriors average to the prior.
    pub averaged: Mean,
    /// Mean information gain, ln q(θ*|x) less the log density of the prior, in nats.
    pub learned: f64,
    /// The hypotheses, a draw of the posterior of each, `[pairs, p]`, and what is known of its data, `[pairs, 2 p]`.
    truths: Array2<f64>,
    drawn: Array2<f64>,
    known: Array2<f64>,
}

impl PosteriorChecks {
    /// Checks the posteriors of data sets that are drawn at hypotheses from the box.
    ///
    /// # Errors
    /// If there are more than two parameters or less than 20 pairs, data cannot be drawn, or the estimator fails.
    pub fn new(
        examined: DiagnosedEstimator<'_>,
        plan: PosteriorCheckSettings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        if plan.pairs < FEWEST_PAIRS || plan.events == 0 {
            return Err(Error::usage(format!(
                "coverage and ranks from {} data sets of {} events: draw {FEWEST_PAIRS} at least, of one event or more",
                plan.pairs, plan.events
            )));
        }
        let DiagnosedEstimator { simulator, space, .. } = examined;
        let p = space.dimensions();
        let table = LikelihoodTable::new(examined, plan.events, plan.seed ^ 1, progress)?;
        let pointer = Pointer::new(table.typical.view());
        let pairs = map_jobs(plan.pairs as u64, progress, |pair| {
            let mut rng = stream(plan.seed, pair, 0);
            let truth = space.at(&(0..p).map(|_| rng.random()).collect::<Vec<f64>>());
            let x = observations(simulator, &truth, plan.events, rng.random())?;
            let posterior = table.posterior(&table.at_nodes(x.view())?)?;
            let reference = space.at(&pointer.shares(x.view(), p));
            Ok(Pair::new(truth, &posterior, &reference, space, &mut rng))
        })?;
        Self::of_pairs(&pairs, space)
    }

    fn of_pairs(pairs: &[Pair], space: &ParameterBox) -> Result<Self> {
        let n = pairs.len();
        let p = space.dimensions();
        let rows =
            |of: fn(&Pair) -> &Vec<f64>| Array2::from_shape_fn((n, of(&pairs[0]).len()), |(i, k)| of(&pairs[i])[k]);
        let (truths, drawn) = (rows(|pair| &pair.truth), rows(|pair| &pair.draw));
        let rank_values: Vec<Vec<f64>> = (0..p)
            .map(|k| pairs.iter().map(|pair| pair.ranks[k]).collect())
            .collect();
        let distance_values: Vec<f64> = pairs.iter().map(|pair| pair.distance).collect();
        let nothing = Mean {
            value: f64::NAN,
            standard_error: f64::NAN,
        };
        Ok(Self {
            ranks: rank_values
                .iter()
                .map(|ranks| Uniformity::new(ranks))
                .collect::<Result<_>>()?,
            distances: Uniformity::new(&distance_values)?,
            coverage: Coverage::new(pairs.iter().map(|pair| pair.level).collect())?,
            learned: pairs.iter().map(|pair| pair.log_density).sum::<f64>() / n as f64 + space.volume().ln(),
            averaged: two_samples(truths.view(), drawn.view()).unwrap_or(nothing), // too few pairs to say
            known: rows(|pair| &pair.known),
            rank_values,
            distance_values,
            truths,
            drawn,
        })
    }

    /// Tests the posterior of the data set `x`, `[n, m]`, which has as many events as the data sets of these pairs.
    ///
    /// # Errors
    /// If there are less than 100 pairs, or the estimator fails.
    pub fn local(
        &self,
        examined: DiagnosedEstimator<'_>,
        x: ArrayView2<f64>,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<LocalTest> {
        let table = LikelihoodTable::new(examined, x.nrows(), seed ^ 1, progress)?;
        let posterior = table.posterior(&table.at_nodes(x)?)?;
        let draws = posterior.draws(LOCAL_DRAWS, &mut stream(seed, 0, 1));
        let space = examined.space;
        let (draws, known) = (draws.select(Axis(1), space.free()), known(&posterior, space));
        let relative = |theta: &Array2<f64>, known: &Array2<f64>| relative(theta, known.view());
        let place = Array2::from_shape_fn((draws.nrows(), known.len()), |(_, k)| known[k]);
        LocalTest::new(
            (
                relative(&self.truths, &self.known).view(),
                relative(&self.drawn, &self.known).view(),
                self.known.view(),
            ),
            (relative(&draws, &place).view(), &known),
            seed,
            progress,
        )
    }
}

/// Means and standard deviations of the free parameters under a posterior, `[2 p]`.
fn known(posterior: &Posterior, space: &ParameterBox) -> Vec<f64> {
    let of_free = |values: Array1<f64>| values.select(Axis(0), space.free());
    concatenate![
        Axis(0),
        of_free(posterior.mean()),
        of_free(posterior.standard_deviation())
    ]
    .to_vec()
}

/// Hypotheses `[n, p]` in units of their own posteriors, where a narrow one and a wide one look alike.
fn relative(theta: &Array2<f64>, known: ArrayView2<f64>) -> Array2<f64> {
    let (mean, deviation) = known.split_at(Axis(1), theta.ncols());
    (theta - &mean) / deviation
}

/// Makes a hypothesis of the means of observables: of the first for the first parameter, and so on.
struct Pointer {
    mean: Array1<f64>,
    sd: Array1<f64>,
}

impl Pointer {
    /// Takes means and standard deviations of the events `x`, `[n, m]`, as units.
    fn new(x: ArrayView2<f64>) -> Self {
        let mean = x.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(x.ncols()));
        let sd = x.std_axis(Axis(0), 0.0).mapv(|sd| if sd > 0.0 { sd } else { 1.0 });
        Self { mean, sd }
    }

    /// A place in the box for a data set, as `p` shares.
    fn shares(&self, x: ArrayView2<f64>, p: usize) -> Vec<f64> {
        let m = self.mean.len();
        let share = |k: usize| {
            let mean = x.column(k % m).mean().unwrap_or(0.0);
            1.0 / (1.0 + (-2.0 * (mean - self.mean[k % m]) / self.sd[k % m]).exp())
        };
        (0..p).map(share).collect()
    }
}

/// Results of one data set, for the free parameters.
struct Pair {
    truth: Vec<f64>,
    draw: Vec<f64>,
    known: Vec<f64>,
    level: f64,
    ranks: Vec<f64>,
    distance: f64,
    log_density: f64,
}

impl Pair {
    fn new(truth: Vec<f64>, posterior: &Posterior, reference: &[f64], space: &ParameterBox, rng: &mut Stream) -> Self {
        let draws = posterior.draws(DRAWS, rng).select(Axis(1), space.free());
        let (level, log_density) = (posterior.credible_level(&truth), posterior.log_density(&truth));
        let (truth, reference) = (space.free_values(&truth), space.free_values(reference));
        let ranks = truth
            .iter()
            .zip(draws.columns())
            .map(|(&truth, draws)| rank(truth, draws, rng));
        let ranks = ranks.collect();
        let scales: Vec<f64> = space.ranges().map(|(_, (low, high))| high - low).collect();
        Self {
            level,
            log_density,
            distance: distance_rank(&truth, draws.view(), &reference, &scales, rng),
            known: known(posterior, space),
            draw: draws.row(0).to_vec(),
            ranks,
            truth,
        }
    }
}
