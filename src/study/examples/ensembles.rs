//! Accuracy and cost of an ensemble: ALICES on the Galton board, against the exact answer.
//!
//! `gain` prints, for several data sets of 1000 events, the mean squared error of log r of five members and of their mean, and the
//! error of a single member that follows from their spread. `cost` prints the time of two members trained in parallel and one after
//! another. Without an argument, both are run.

use std::time::Instant;

use motherlode_core::Result;
pub use motherlode_core::dataset::AugmentedData;
pub use motherlode_core::gold::{Design, Miner};
pub use motherlode_core::likelihood::{LogRatio, Truth};
pub use motherlode_core::prior::Prior;
pub use motherlode_core::trace::{Hypotheses, Instrumented};
pub use motherlode_nn::{Ensemble, Method, Model, Settings, TrainingData};
use motherlode_simulators::Galton;

const EVENTS: u64 = 1_000;
const MEMBERS: usize = 5;
const DATA_SETS: u64 = 8;
const REPETITIONS: usize = 7;
/// Number of hypotheses θ0 over which the error is averaged.
const POINTS: usize = 25;

fn main() -> Result<()> {
    let galton = Galton::default();
    let part = std::env::args().nth(1);
    if part.as_deref() != Some("cost") {
        gains(&galton)?;
    }
    if part.as_deref() != Some("gain") {
        cost(&galton)?;
    }
    Ok(())
}

fn gains(galton: &Galton) -> Result<()> {
    let truth = Instrumented::truth(galton).expect("the board has an exact truth");
    println!("labels    data set  members (sorted)                                  mean of {MEMBERS}  rms spread²");
    for recalled in [false, true] {
        for seed in 0..DATA_SETS {
            gain(galton, truth.as_ref(), seed, recalled)?;
        }
    }
    Ok(())
}

fn mine(galton: &Galton, seed: u64) -> Result<AugmentedData> {
    let Hypotheses { theta1, prior, .. } = galton.hypotheses()?;
    let prior = Prior::Box { edges: prior };
    Miner::new(galton, Design::Prior { prior, theta1 }, seed)?.events(0..EVENTS)
}

fn gain(galton: &Galton, truth: &dyn Truth, seed: u64, recalled: bool) -> Result<()> {
    let data = mine(galton, seed)?;
    let settings = Settings {
        seed: 100 * seed,
        ..Settings::default()
    };
    let training_data = if recalled {
        data.with_simulator(galton).into()
    } else {
        TrainingData::from(&data)
    };
    let ensemble = Ensemble::train(Method::Alices, training_data, &settings, MEMBERS, &())?;
    let theta1 = galton.hypotheses()?.theta1;
    let mut members = ensemble
        .members()
        .iter()
        .map(|member| prior_error(galton, truth, |x, theta0| member.log_ratio(x.view(), theta0, &theta1)))
        .collect::<Result<Vec<f64>>>()?;
    members.sort_by(f64::total_cmp);
    let mean = prior_error(galton, truth, |x, theta0| ensemble.log_ratio(x.view(), theta0, &theta1))?;
    let spread = prior_error(galton, truth, |x, theta0| {
        let (_, spread) = ensemble.log_ratio_and_spread(x.view(), theta0, &theta1)?;
        Ok(truth.log_ratio(x.view(), theta0, &theta1)? + spread)
    })?;
    let labels = if recalled { "recalled" } else { "stored  " };
    let members: Vec<String> = members.iter().map(|error| format!("{error:.6}")).collect();
    println!(
        "{labels}  {seed:>8}  {}  {mean:>9.6}  {spread:>11.6}",
        members.join("  ")
    );
    Ok(())
}

/// ⟨(log r̂ − log r)²⟩ under θ0, averaged over the prior of θ0.
fn prior_error(
    galton: &Galton,
    truth: &dyn Truth,
    estimate: impl Fn(&ndarray::Array2<f64>, &[f64]) -> Result<ndarray::Array1<f64>>,
) -> Result<f64> {
    let Hypotheses { theta1, prior, .. } = galton.hypotheses()?;
    let (low, high) = prior.edges()[0];
    let x = truth.support().expect("the board has finitely many bins");
    let mut sum = 0.0;
    for k in 0..POINTS {
        let theta0 = [low + (high - low) * k as f64 / (POINTS - 1) as f64];
        let weight = truth.log_likelihood(x.view(), &theta0)?.mapv(f64::exp);
        let difference = estimate(&x, &theta0)? - truth.log_ratio(x.view(), &theta0, &theta1)?;
        sum += weight.dot(&difference.mapv(|d| d * d));
    }
    Ok(sum / POINTS as f64)
}

/// Compares the times of two members trained one after another and in parallel.
fn cost(galton: &Galton) -> Result<()> {
    let data = mine(galton, 0)?;
    let settings = Settings {
        steps: Some(2_000),
        patience: 1.0,
        ..Settings::default()
    };
    let mut factors = Vec::new();
    println!("\none after another  side by side  factor");
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        for seed in 0..2 {
            let settings = Settings {
                seed,
                ..settings.clone()
            };
            Model::train(Method::Alices, &data, &settings, &())?;
        }
        let sequential = started.elapsed().as_secs_f64();
        let started = Instant::now();
        Ensemble::train(Method::Alices, &data, &settings, 2, &())?;
        let parallel = started.elapsed().as_secs_f64();
        factors.push(sequential / parallel);
        println!(
            "{sequential:>15.2} s {parallel:>11.2} s  {:>6.2}",
            sequential / parallel
        );
    }
    factors.sort_by(f64::total_cmp);
    println!(
        "median {:.2}, best {:.2}",
        factors[REPETITIONS / 2],
        factors[REPETITIONS - 1]
    );
    Ok(())
}
