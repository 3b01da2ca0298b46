//! Posteriors on the tasks of the benchmark sbibm, beside published ones.
//!
//! `cargo run --release --workspace --example sbibm -- tasks=two-moons,slcp methods=npe,anpe n=1000,10000 seeds=3 observations=10`
//!
//! prints a row of a table for each task, method and number of simulations: the C2ST between 1000 draws of the trained posterior and 1000 of the
//! exact one, the mean over observations drawn from the prior and over seeds, with the seconds of all that takes. `rounds=3` trains a network for
//! each observation in rounds. Without arguments: all tasks, 1000 simulations, one seed.

mod options;
mod published;

use std::time::Instant;

use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::Result;
use motherlode_core::gold::{Design, Miner};
use motherlode_core::mean::Mean;
use motherlode_core::posterior::Posterior;
use motherlode_core::trace::Instrumented;
use motherlode_nn::{Method, PosteriorEstimator, RoundSettings};
use motherlode_simulators::sbibm::{Task, task};
use motherlode_stats::diagnostics::two_samples;
use ndarray::{ArrayView1, Axis};
use options::Options;
use published::Published;

/// Seed of the observations, apart from those of the events.
const OBSERVED: u64 = 1 << 40;
/// Draws of each posterior.
const DRAWS: usize = 1_000;

fn main() -> Result<()> {
    let options = Options::read()?;
    println!("| task | simulations | method | C2ST | lowest and highest | published NPE | best published | seconds |");
    println!("|---|---|---|---|---|---|---|---|");
    for name in &options.tasks {
        for &n in &options.n {
            for &method in &options.methods {
                row(&options, name, n, method)?;
            }
        }
    }
    Ok(())
}

/// One row of the table.
fn row(options: &Options, name: &str, n: u64, method: Method) -> Result<()> {
    let task = task(name)?;
    let observed = mined(&*task, options.observations, OBSERVED)?;
    let (mut all, mut seconds) = (Vec::new(), 0.0);
    for seed in 0..options.seeds {
        let start = Instant::now();
        if options.rounds > 1 {
            for x in observed.x.rows() {
                let posterior = in_rounds(options, &*task, x, (method, n, seed))?;
                all.push(compared(&*task, &posterior, x)?);
            }
        } else {
            let posterior = amortised(options, &*task, (method, n, seed))?;
            for x in observed.x.rows() {
                all.push(compared(&*task, &posterior, x)?);
            }
        }
        seconds += start.elapsed().as_secs_f64();
    }
    let mean = Mean::from_values(all.iter().copied());
    let ends = all.iter().fold((1.0_f64, 0.0_f64), |(low, high), c2st| {
        (low.min(*c2st), high.max(*c2st))
    });
    let Published { npe, best } = Published::of(name, n);
    println!(
        "| {name} | {n} | {method} | {:.3} ± {:.3} | {:.3} to {:.3} | {npe} | {best} | {:.0} |",
        mean.value,
        mean.standard_error,
        ends.0,
        ends.1,
        seconds / options.seeds as f64
    );
    Ok(())
}

/// One network for all observations.
fn amortised(options: &Options, task: &dyn Task, (method, n, seed): (Method, u64, u64)) -> Result<PosteriorEstimator> {
    let data = mined(task, n, seed)?;
    let simulator: &dyn Instrumented = task;
    let settings = options.settings.clone().with_seed(seed);
    PosteriorEstimator::train(method, data.with_simulator(simulator), &settings, &())
}

/// Networks for one observation, in rounds.
fn in_rounds(
    options: &Options,
    task: &dyn Task,
    x: ArrayView1<f64>,
    (method, simulations, seed): (Method, u64, u64),
) -> Result<PosteriorEstimator> {
    let settings = RoundSettings {
        method,
        rounds: options.rounds,
        simulations,
        training: options.settings.clone().with_seed(seed),
        seed,
    };
    let x = x.insert_axis(Axis(0));
    Ok(PosteriorEstimator::in_rounds(task, &task.prior()?, x, &settings, &())?.0)
}

fn mined(task: &dyn Task, n: u64, seed: u64) -> Result<AugmentedData> {
    Miner::new(task, Design::Joint { prior: task.prior()? }, seed)?.events(0..n)
}

/// C2ST of the posterior of one observation.
fn compared(task: &dyn Task, posterior: &dyn Posterior, x: ArrayView1<f64>) -> Result<f64> {
    let exact = task.posterior(&x.to_vec(), DRAWS, 1)?.draws;
    let drawn = posterior.draw(x, DRAWS, 2)?.theta;
    Ok(two_samples(exact.view(), drawn.view())?.value)
}
