//! Posteriors on the tasks of the benchmark sbibm, beside published ones.
//!
//! `cargo run --release --workspace --example sbibm -- tasks=two-moons,slcp methods=npe,anpe n=1000,10000 seeds=3 observations=10`
//!
//! prints a row of a table for each task, method and number of simulations: the C2ST between 1000 draws of the trained posterior and 1000 of the
//! exact one, the mean over observations drawn from the prior and over seeds. Without arguments: all tasks, 1000 simulations, one seed.

mod options;
mod published;

use std::time::Instant;

use motherlode_core::Estimator;
use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::{Design, Miner, SimulatedEvents};
use motherlode_core::mean::Mean;
use motherlode_core::trace::Instrumented;
use motherlode_nn::{Method, Model};
use motherlode_simulators::sbibm::{Task, task};
use motherlode_stats::diagnostics::two_samples;
use ndarray::ArrayView1;
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
        let data = mined(&*task, n, seed)?;
        let simulator: &dyn Instrumented = &*task;
        let events = SimulatedEvents {
            events: &data,
            simulator,
        };
        let start = Instant::now();
        let model = Model::train(method, events, &options.settings.clone().with_seed(seed), &())?;
        seconds += start.elapsed().as_secs_f64();
        for x in observed.x.rows() {
            all.push(compared(&*task, &model, x)?);
        }
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

fn mined(task: &dyn Task, n: u64, seed: u64) -> Result<AugmentedData> {
    Miner::new(task, Design::Joint { prior: task.prior()? }, seed)?.events(0..n)
}

/// C2ST of the posterior of one observation.
fn compared(task: &dyn Task, model: &Model, x: ArrayView1<f64>) -> Result<f64> {
    let exact = task.posterior(&x.to_vec(), DRAWS, 1)?.draws;
    let posterior = model.as_posterior();
    let posterior = posterior.ok_or_else(|| Error::usage("this method learns no posterior: choose npe or anpe"))?;
    let drawn = posterior.draw(x, DRAWS, 2)?.theta;
    Ok(two_samples(exact.view(), drawn.view())?.value)
}
