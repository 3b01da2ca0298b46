//! Posteriors over pairs of prior and simulator: coverage and ranks.

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use rand::RngExt;

use super::likelihood_table::{DiagnosedEstimator, LikelihoodTable};
use super::pilot_regression::PilotRegression;
use super::posterior_sample::PosteriorSample;
use super::two_samples::two_samples;
use super::{Coverage, LocalTest, Uniformity, distance_rank, rank};
use crate::inference::ParameterBox;
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
    /// Uniformity of the ranks of a log likelihood that follows from the data sets by regression, and not from the estimator.
    pub log_likelihood: Uniformity,
    /// These ranks themselves, `[pairs]`.
    pub log_likelihood_values: Vec<f64>,
    /// Accuracy of a classifier between one draw of each posterior and the true hypotheses: 1/2 if posteriors average to the prior.
    pub averaged: Mean,
    /// Accuracy of a classifier between the same, which sees the mean and the width of each posterior, too: 1/2 if posteriors are right in
    /// width and place.
    pub one_by_one: Mean,
    /// Number of data sets whose posterior had too few effective draws; all results are of the others.
    pub unresolved: usize,
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
    /// If there are less than 20 pairs, or less than 20 whose posteriors are resolved, data cannot be drawn, or the estimator fails.
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
        let regression = PilotRegression::new(&table, plan.pairs, plan.events, plan.seed)?;
        let pairs = map_jobs(plan.pairs as u64, progress, |pair| {
            let mut rng = stream(plan.seed, pair, 0);
            let truth = space.at(&(0..p).map(|_| rng.random()).collect::<Vec<f64>>());
            let x = observations(simulator, &truth, plan.events, rng.random())?;
            let posterior = table.data_set(x.view())?.posterior(&truth, DRAWS, &mut rng)?;
            let reference = space.at(&pointer.shares(x.view(), p));
            let log_likelihood = regression.of_data_set(x.view());
            let pair = |posterior| Pair::new(&truth, posterior, &reference, &log_likelihood, space, &mut rng);
            Ok(posterior.map(pair))
        })?;
        let resolved: Vec<Pair> = pairs.into_iter().flatten().collect();
        if resolved.len() < FEWEST_PAIRS {
            return Err(Error::numerical(format!(
                "the posteriors of {} of {} data sets could not be drawn: the likelihood has several peaks, or is zero or no number \
                 nearly everywhere; diagnose fewer events (--events), or hold parameters fixed",
                plan.pairs - resolved.len(),
                plan.pairs
            )));
        }
        Self::of_pairs(&resolved, plan.pairs - resolved.len(), space)
    }

    fn of_pairs(pairs: &[Pair], unresolved: usize, space: &ParameterBox) -> Result<Self> {
        let n = pairs.len();
        let p = space.dimensions();
        let rows =
            |of: fn(&Pair) -> &Vec<f64>| Array2::from_shape_fn((n, of(&pairs[0]).len()), |(i, k)| of(&pairs[i])[k]);
        let (truths, drawn) = (rows(|pair| &pair.truth), rows(|pair| &pair.draw));
        let known = rows(|pair| &pair.known);
        let rank_values: Vec<Vec<f64>> = (0..p)
            .map(|k| pairs.iter().map(|pair| pair.ranks[k]).collect())
            .collect();
        let distance_values: Vec<f64> = pairs.iter().map(|pair| pair.distance).collect();
        let log_likelihood_values: Vec<f64> = pairs.iter().map(|pair| pair.log_likelihood).collect();
        let nothing = Mean {
            value: f64::NAN,
            standard_error: f64::NAN,
        };
        let with_known = |theta| concatenate![Axis(1), relative(theta, known.view()), known];
        Ok(Self {
            ranks: rank_values
                .iter()
                .map(|ranks| Uniformity::new(ranks))
                .collect::<Result<_>>()?,
            distances: Uniformity::new(&distance_values)?,
            coverage: Coverage::new(pairs.iter().map(|pair| pair.level).collect())?,
            log_likelihood: Uniformity::new(&log_likelihood_values)?,
            learned: pairs.iter().map(|pair| pair.gain).sum::<f64>() / n as f64,
            averaged: two_samples(truths.view(), drawn.view()).unwrap_or(nothing), // too few pairs to say
            one_by_one: two_samples(with_known(&truths).view(), with_known(&drawn).view()).unwrap_or(nothing),
            unresolved,
            rank_values,
            distance_values,
            log_likelihood_values,
            known,
            truths,
            drawn,
        })
    }

    /// Tests the posterior of the data set `x`, `[n, m]`, which has as many events as the data sets of these pairs.
    ///
    /// # Errors
    /// If there are less than 100 pairs, the posterior cannot be drawn, or the estimator fails.
    pub fn local(
        &self,
        examined: DiagnosedEstimator<'_>,
        x: ArrayView2<f64>,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<LocalTest> {
        let table = LikelihoodTable::new(examined, x.nrows(), seed ^ 1, progress)?;
        let middle = examined.space.middle();
        let posterior = table
            .data_set(x)?
            .posterior(&middle, LOCAL_DRAWS, &mut stream(seed, 0, 1))?;
        let unresolved =
            "the posterior of the observed events could not be drawn: hold parameters fixed, or leave out --local";
        let PosteriorSample { draws, known, .. } = posterior.ok_or_else(|| Error::numerical(unresolved))?;
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
    log_likelihood: f64,
    gain: f64,
}

impl Pair {
    fn new(
        truth: &[f64],
        posterior: PosteriorSample,
        reference: &[f64],
        log_likelihood: &dyn Fn(&[f64]) -> f64,
        space: &ParameterBox,
        rng: &mut Stream,
    ) -> Self {
        let (truth, reference) = (space.free_values(truth), space.free_values(reference));
        let draws = posterior.draws;
        let ranks = truth
            .iter()
            .zip(draws.columns())
            .map(|(&truth, draws)| rank(truth, draws, rng));
        let ranks = ranks.collect();
        let scales: Vec<f64> = space.ranges().map(|(_, (low, high))| high - low).collect();
        let distance = distance_rank(&truth, draws.view(), &reference, &scales, rng);
        let of_draws: Array1<f64> = draws
            .rows()
            .into_iter()
            .map(|theta| log_likelihood(&theta.to_vec()))
            .collect();
        Self {
            level: posterior.credible_level,
            gain: posterior.gain,
            known: posterior.known,
            draw: draws.row(0).to_vec(),
            log_likelihood: rank(log_likelihood(&truth), of_draws.view(), rng),
            ranks,
            distance,
            truth,
        }
    }
}
