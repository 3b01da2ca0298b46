//! Several chains in parallel, and summaries of their draws.

use motherlode_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array1, Array2, Array3, ArrayView2, Axis};
use serde::Serialize;

use super::super::{Marginal, ParameterBox};
use super::Density;
use super::chain_diagnostics::{bulk_effective_size, effective_size, r_hat, tail_effective_size};
use super::nuts::{self, Chain};
use motherlode_core::cost::{Cost, check_count, check_memory};
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;
use motherlode_core::parallel::in_parallel;

/// Smallest number of draws of a chain for tests of convergence.
const FEWEST_DRAWS: usize = 4;
/// Most chains, and most draws of each.
const MOST_CHAINS: u64 = 1_000;
const MOST_DRAWS: u64 = 10_000_000;

/// Number, length and seed of chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChainSettings {
    /// Number of chains. Only several can find out that they have not converged.
    pub chains: usize,
    /// Draws of each that are kept.
    pub draws: usize,
    /// Draws of each in which it adapts its steps, which are not kept.
    pub warmup: usize,
    /// The seed; chain c of a seed is always the same.
    pub seed: u64,
}

/// Draws of a posterior, with the account of how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Chains {
    draws: Array3<f64>,
    acceptance: Array1<f64>,
    divergences: usize,
    truncated: usize,
    evaluations: u64,
}

/// Draws from a log density over the hypotheses in `space`, by as many chains as `plan` says, on all cores. `progress`
/// receives the draws done and planned, and is asked before each evaluation whether to stop.
///
/// Each chain starts at a point of its own, drawn from the box: chains that end up in different places have not
/// converged.
///
/// # Errors
/// If there are no chains, draws or warm-up, `log_density` fails, or is −∞ wherever a chain tried to start.
pub fn sample(
    log_density: Density<'_>,
    space: &ParameterBox,
    plan: ChainSettings,
    progress: &dyn Progress,
) -> Result<Chains> {
    if plan.chains == 0 || plan.draws < FEWEST_DRAWS || plan.warmup == 0 {
        return Err(Error::usage(format!(
            "{} chains of {} draws after {} draws to adapt: ask for one chain at least, {FEWEST_DRAWS} draws and \
             some to adapt",
            plan.chains, plan.draws, plan.warmup
        )));
    }
    check_count("chains", plan.chains as u64, MOST_CHAINS, Cost::Seconds(0.1))?;
    check_count("draws", plan.draws as u64, MOST_DRAWS, Cost::Seconds(1e-4))?;
    check_count("draws to adapt", plan.warmup as u64, MOST_DRAWS, Cost::Seconds(1e-4))?;
    let numbers = plan.chains as f64 * plan.draws as f64 * space.n_parameters() as f64;
    // Each draw lies in a list of its own, and then in the array of all.
    check_memory(
        "the draws of all chains",
        numbers * 16.0 + plan.chains as f64 * plan.draws as f64 * 24.0,
    )?;
    let all = plan.chains as u64 * (plan.draws + plan.warmup) as u64;
    let done = AtomicU64::new(0);
    let step = || progress.advance(done.fetch_add(1, Ordering::Relaxed) + 1, all);
    let numbers: Vec<u64> = (0..plan.chains as u64).collect();
    let mut chains: Vec<Option<Chain>> = numbers.iter().map(|_| None).collect();
    in_parallel(
        &numbers,
        |&number| nuts::chain(log_density, space, plan, number, &step, progress),
        |&number, chain| {
            chains[number as usize] = Some(chain);
            Ok(())
        },
    )?;
    Ok(Chains::of(
        &chains.into_iter().flatten().collect::<Vec<_>>(),
        space.n_parameters(),
    ))
}

impl Chains {
    fn of(chains: &[Chain], parameters: usize) -> Self {
        let draws = chains.first().map_or(0, |chain| chain.draws.len());
        Self {
            draws: Array3::from_shape_fn((chains.len(), draws, parameters), |(chain, i, k)| {
                chains[chain].draws[i][k]
            }),
            acceptance: chains.iter().map(|chain| chain.acceptance).collect(),
            divergences: chains.iter().map(|chain| chain.divergences).sum(),
            truncated: chains.iter().map(|chain| chain.truncated).sum(),
            evaluations: chains.iter().map(|chain| chain.evaluations).sum(),
        }
    }

    /// Independent draws, `[n, p]`, as if they came from as many chains; the last ones that fill no chain are left out.
    pub fn of_independent(theta: Array2<f64>, chains: usize) -> Self {
        let chains = chains.max(1);
        let draws = theta.nrows() / chains;
        Self {
            draws: Array3::from_shape_fn((chains, draws, theta.ncols()), |(chain, i, k)| {
                theta[[chain * draws + i, k]]
            }),
            acceptance: Array1::ones(chains),
            divergences: 0,
            truncated: 0,
            evaluations: (chains * draws) as u64,
        }
    }

    /// θ, `[chains, draws, p]`.
    pub fn draws(&self) -> &Array3<f64> {
        &self.draws
    }

    /// Mean acceptance probability along the trajectories of each chain, `[chains]`; they adapt to 0.8.
    pub fn acceptance(&self) -> &Array1<f64> {
        &self.acceptance
    }

    /// Draws whose trajectory broke off because its energy was out by more than 1000, or came to where the data are
    /// impossible: the posterior has corners there that the chains do not get into.
    pub fn divergences(&self) -> usize {
        self.divergences
    }

    /// Draws whose trajectory was cut off after 1023 steps, before it turned back.
    pub fn truncated(&self) -> usize {
        self.truncated
    }

    /// Number of evaluations of the log density, warm-up included.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// The draws of parameter `k`, `[chains, draws]`.
    fn of_parameter(&self, k: usize) -> ArrayView2<'_, f64> {
        self.draws.index_axis(Axis(2), k)
    }

    /// The distribution of parameter `k` over all chains.
    pub fn marginal(&self, k: usize) -> Marginal {
        Marginal::from_draws(self.of_parameter(k).iter().copied())
    }

    /// The mean of parameter `k`, with the error that is left because draws are finitely many and depend on each other.
    pub fn mean(&self, k: usize) -> Mean {
        let marginal = self.marginal(k);
        Mean {
            value: marginal.mean(),
            standard_error: marginal.standard_deviation() / effective_size(self.of_parameter(k)).sqrt(),
        }
    }

    /// [R̂](r_hat) of parameter `k`.
    pub fn r_hat(&self, k: usize) -> f64 {
        r_hat(self.of_parameter(k))
    }

    /// Effective sample size of the bulk of parameter `k`.
    pub fn bulk_effective_size(&self, k: usize) -> f64 {
        bulk_effective_size(self.of_parameter(k))
    }

    /// Effective sample size of the [tails](tail_effective_size) of parameter `k`.
    pub fn tail_effective_size(&self, k: usize) -> f64 {
        tail_effective_size(self.of_parameter(k))
    }

    /// `n` draws in equal distances along the chains, `[n, p]`; all, if there are no more.
    pub fn thinned(&self, n: usize) -> Array2<f64> {
        let (chains, draws, parameters) = self.draws.dim();
        let all = chains * draws;
        let kept: Vec<usize> = (0..n.min(all)).map(|i| i * all / n.min(all)).collect();
        Array2::from_shape_fn((kept.len(), parameters), |(i, k)| {
            self.draws[[kept[i] / draws, kept[i] % draws, k]]
        })
    }
}
