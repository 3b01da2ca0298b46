//! One chain of the No-U-Turn sampler; the only file that names the crate that has it.

use std::cell::RefCell;
use std::collections::HashMap;

use nuts_rs::rand::Rng;
use nuts_rs::{Chain as _, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings};
use rand::RngExt;

use super::super::{Coordinates, ParameterBox};
use super::{ChainSettings, Density};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::{Stream, stream};

/// Doublings of a trajectory: 2¹⁰ − 1 steps at the most.
const DEEPEST: u64 = 10;
/// Places that a chain tries to start from.
const STARTS: usize = 100;

/// Draws and statistics of one chain.
#[derive(Debug)]
pub(super) struct Chain {
    /// θ of each draw.
    pub draws: Vec<Vec<f64>>,
    /// Mean over the draws of the mean acceptance probability along a trajectory.
    pub acceptance: f64,
    pub divergences: usize,
    pub truncated: usize,
    pub evaluations: u64,
}

/// Runs chain `number`, in [coordinates](Coordinates) without edges; `step` is called after every draw.
///
/// # Source
/// Hoffman and Gelman 2014, arXiv:1111.4246; Betancourt 2017, arXiv:1701.02434; the metric adapts to draws and
/// gradients, one number for each parameter.
pub(super) fn chain(
    log_density: Density<'_>,
    space: &ParameterBox,
    plan: ChainSettings,
    number: u64,
    step: &dyn Fn() -> Result<()>,
    progress: &dyn Progress,
) -> Result<Chain> {
    let mut rng = stream(plan.seed, number, 0);
    let coordinates = Coordinates(space);
    let settings = DiagNutsSettings {
        num_tune: plan.warmup as u64,
        num_draws: plan.draws as u64,
        maxdepth: DEEPEST,
        ..DiagNutsSettings::default()
    };
    let log_density = |theta: &[f64]| {
        progress.check()?;
        log_density(theta)
    };
    let start = start(&log_density, &coordinates, &mut rng)?;
    let failed = RefCell::new(None);
    let function = Function {
        log_density: &log_density,
        coordinates: coordinates.clone(),
        failed: &failed,
    };
    // What the sampler makes of an error of the estimator is no longer that error.
    let sampler = settings.new_chain(number, CpuMath::new(function), &mut rng);
    let mut sampler = sampler.map_err(|error| Error::numerical(format!("no chain: {error}")))?;
    let stopped = |words: String| {
        let error = failed.take();
        error.unwrap_or_else(|| {
            Error::numerical(format!(
                "chain {number} stopped: {words}; has the density a slope everywhere?"
            ))
        })
    };
    sampler
        .set_position(&start)
        .map_err(|error| stopped(error.to_string()))?;
    let mut chain = Chain {
        draws: Vec::with_capacity(plan.draws),
        acceptance: 0.0,
        divergences: 0,
        truncated: 0,
        evaluations: 0,
    };
    for draw in 0..plan.warmup + plan.draws {
        let drawn = sampler.expanded_draw().map_err(|error| stopped(error.to_string()))?;
        let (position, _, statistics, progress) = drawn;
        chain.evaluations += progress.num_gradients;
        if draw >= plan.warmup {
            chain.divergences += usize::from(progress.diverging);
            chain.truncated += usize::from(statistics.maxdepth_reached);
            chain.acceptance += statistics.adapt.step_size.mean_tree_accept / plan.draws as f64;
            chain.draws.push(coordinates.theta(&position));
        }
        step()?;
    }
    Ok(chain)
}

/// A place drawn from the box at which the data are possible.
fn start(log_density: Density<'_>, coordinates: &Coordinates<'_>, rng: &mut Stream) -> Result<Vec<f64>> {
    for _ in 0..STARTS {
        let shares: Vec<f64> = coordinates.0.ranges().map(|_| rng.random()).collect();
        let theta = coordinates.0.at(&shares);
        if log_density(&theta)?.0.is_finite() {
            return Ok(coordinates.of(&theta));
        }
    }
    Err(Error::numerical(format!(
        "the data are impossible at {STARTS} hypotheses drawn from {}, where a chain was to start: take a box in \
         which they are possible",
        coordinates.0
    )))
}

/// The log density in coordinates without edges.
struct Function<'a> {
    log_density: Density<'a>,
    coordinates: Coordinates<'a>,
    /// The error that stopped the sampler.
    failed: &'a RefCell<Option<Error>>,
}

impl HasDims for Function<'_> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::new()
    }
}

impl CpuLogpFunc for Function<'_> {
    type LogpError = Failure;
    type FlowParameters = ();
    type ExpandedVector = ();

    fn dim(&self) -> usize {
        self.coordinates.0.dimensions()
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Failure> {
        let (log, slope) = (self.log_density)(&self.coordinates.theta(position)).map_err(|error| {
            self.failed.replace(Some(error));
            Failure::OfEstimator
        })?;
        if !log.is_finite() {
            return Err(Failure::Impossible);
        }
        Ok(self.coordinates.pull_back(position, log, &slope, gradient))
    }

    fn expand_vector<R: Rng + ?Sized>(&mut self, _: &mut R, _: &[f64]) -> Result<(), CpuMathError> {
        Ok(())
    }
}

/// Why there is no log density.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The data are impossible there: a trajectory ends.
    #[error("the data are impossible")]
    Impossible,
    /// The estimator failed: the chain ends.
    #[error("the estimator failed")]
    OfEstimator,
}

impl LogpError for Failure {
    fn is_recoverable(&self) -> bool {
        matches!(self, Self::Impossible)
    }
}
