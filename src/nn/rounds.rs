//! Truncated rounds: the posterior of an observation, or of a few, on a prior that is wide.

use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner};
use motherlode_core::trace::{Instrumented, Parameter, stream};
use motherlode_core::{Estimator, ParameterBox, Posterior, Prior, Progress};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{Method, PosteriorEstimator, Settings};

/// Draws of a posterior that a region is found from.
const DRAWS: usize = 4_000;
/// Probability beyond either end of the draws, and the share of their range by which a region is wider on either side.
const TAILS: (f64, f64) = (0.001, 0.25);
/// A region that holds more than this share of the last one is not worth a truncation.
const WORTHWHILE: f64 = 0.5;
/// Draws of the prior by which that share is estimated.
const SHARE_DRAWS: usize = 2_000;
/// Stream of these draws.
const SHARES: u64 = 1 << 44;

/// Settings of [`PosteriorEstimator::in_rounds`].
#[derive(Debug, Clone)]
pub struct RoundSettings {
    /// Method, NPE or ANPE.
    pub method: Method,
    /// Number of rounds.
    pub rounds: usize,
    /// Simulations of all rounds together.
    pub simulations: u64,
    /// Settings of each training.
    pub training: Settings,
    /// Seed of the simulations; each round has the one that follows that of the round before.
    pub seed: u64,
}

/// Record of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Round {
    /// Number of events that were simulated.
    pub simulated: u64,
    /// Number of events that the network was trained on: these, and all earlier ones that lie in the region.
    pub used: usize,
    /// The prior of the round: that of the analysis, cut to the region.
    pub prior: Prior,
    /// Share of the region of the round before that this region holds; 1 in the first round.
    pub share: f64,
}

impl PosteriorEstimator {
    /// Trains in rounds for the observations `x`, `[n, m]`: each round simulates where the posterior of an observation is not negligible.
    ///
    /// The region of a round is a box around the draws of the posteriors of the round before. Cutting a prior off does not change its shape, so
    /// that all earlier events in the box are as good as new ones, and the posterior in the box is that under the whole prior. Features and
    /// coordinates are those of the events in the box. A round whose network has regions that are too small, by its certificate, or whose box
    /// would hold more than half of the last one, does not cut the prior off.
    ///
    /// The result knows nothing beyond the last region, which is its [prior](Posterior::prior), and is of no use for other observations.
    ///
    /// # Errors
    /// If there are no rounds or fewer than two simulations in one, and as [`train`](Self::train).
    ///
    /// # Source
    /// Truncated proposals: Deistler, Gonçalves and Macke 2022, arXiv:2210.04815; boxes: Miller et al. 2021, arXiv:2107.01214.
    pub fn in_rounds(
        simulator: &dyn Instrumented,
        prior: &Prior,
        x: ArrayView2<f64>,
        settings: &RoundSettings,
        progress: &dyn Progress,
    ) -> Result<(Self, Vec<Round>)> {
        settings.check()?;
        let parameters = simulator.parameters();
        let mut region = Region {
            prior: prior.clone(),
            share: 1.0,
        };
        let (mut events, mut rounds) = (None, Vec::new());
        let mut estimator = None;
        for round in 0..settings.rounds as u64 {
            progress.check()?;
            if let Some(last) = &estimator {
                region = region.next(last, x, &parameters, settings.seed)?;
            }
            let simulated = settings.simulations_of(round);
            let design = Design::Joint {
                prior: region.prior.clone(),
            };
            let new = Miner::new(simulator, design, settings.seed.wrapping_add(round))?
                .events_with_progress(0..simulated, progress)?;
            let all = joined(events.take(), new, &region.prior, &parameters);
            let trained = Self::train(
                settings.method,
                all.with_simulator(simulator),
                &settings.training,
                progress,
            )?;
            rounds.push(Round {
                simulated,
                used: all.n_events(),
                prior: region.prior.clone(),
                share: region.share,
            });
            (events, estimator) = (Some(all), Some(trained));
        }
        let estimator = estimator.ok_or_else(|| Error::usage("no round was asked for: give at least one"))?;
        Ok((estimator, rounds))
    }
}

impl RoundSettings {
    fn check(&self) -> Result<()> {
        match self.rounds >= 1 && self.simulations / self.rounds.max(1) as u64 >= 2 {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "{} simulations in {} rounds: give at least one round, and two simulations for each",
                self.simulations, self.rounds
            ))),
        }
    }

    /// Simulations of a round; the first ones have the rest.
    fn simulations_of(&self, round: u64) -> u64 {
        let rounds = self.rounds as u64;
        self.simulations / rounds + u64::from(round < self.simulations % rounds)
    }
}

/// The prior of a round.
struct Region {
    prior: Prior,
    /// Share of the region before.
    share: f64,
}

impl Region {
    /// The region of the next round.
    fn next(self, last: &PosteriorEstimator, x: ArrayView2<f64>, parameters: &[Parameter], seed: u64) -> Result<Self> {
        let too_small = last
            .certificates()
            .iter()
            .any(|one| one.too_small().iter().any(|size| size.events == 1));
        if too_small {
            return Ok(Self { share: 1.0, ..self });
        }
        let prior = self.prior.within(&box_of_draws(last, x, seed)?)?;
        let share = share(&self.prior, &prior, parameters)?;
        match share > WORTHWHILE {
            true => Ok(Self { share: 1.0, ..self }),
            false => Ok(Self { prior, share }),
        }
    }
}

/// A box around the draws of the posteriors of all observations.
fn box_of_draws(posterior: &PosteriorEstimator, x: ArrayView2<f64>, seed: u64) -> Result<ParameterBox> {
    let drawn = x.rows().into_iter().map(|x| posterior.draw(x, DRAWS, seed));
    let drawn: Vec<Array2<f64>> = drawn.map(|one| one.map(|one| one.theta)).collect::<Result<_>>()?;
    let (tail, wider) = TAILS;
    let edges = |k: usize| {
        let ends = drawn.iter().map(|theta| {
            let mut values = theta.column(k).to_vec();
            values.sort_by(f64::total_cmp);
            let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
            let (low, high) = (at(tail), at(1.0 - tail));
            (low - wider * (high - low), high + wider * (high - low))
        });
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| {
            (all.0.min(one.0), all.1.max(one.1))
        })
    };
    let p = drawn.first().map_or(0, Array2::ncols);
    ParameterBox::new((0..p).map(edges).collect::<Vec<_>>())
}

/// The share of the draws of `before` that lie in `after`.
fn share(before: &Prior, after: &Prior, parameters: &[Parameter]) -> Result<f64> {
    let mut rng = stream(0, 0, SHARES);
    let mut theta = vec![0.0; parameters.len()];
    let mut inside = 0;
    for _ in 0..SHARE_DRAWS {
        before.draw(parameters, &mut rng, &mut theta)?;
        inside += usize::from(after.log_density(parameters, &theta).is_finite());
    }
    Ok(inside as f64 / SHARE_DRAWS as f64)
}

/// All events in the region: the new ones, and those of earlier rounds that lie in it.
fn joined(before: Option<AugmentedData>, new: AugmentedData, prior: &Prior, parameters: &[Parameter]) -> AugmentedData {
    let Some(before) = before else {
        return new;
    };
    let lies_in = |event: &usize| {
        prior
            .log_density(parameters, &before.theta0.row(*event).to_vec())
            .is_finite()
    };
    let kept: Vec<usize> = (0..before.n_events()).filter(lies_in).collect();
    let mut all = new;
    all.append(&before.select(&kept));
    all
}
