//! Coverage of confidence regions by toys of trained networks, at several hypotheses.
//!
//! `cargo run --release --example neyman_coverage -- [SIMULATOR] [NUMBER OF TRAINING EVENTS]` trains CARL, RASCAL and ALICES. At each of
//! several hypotheses it draws 500 data sets of 40 events and counts how often the regions of all parameters, by toys and by Wilks'
//! theorem, contain the hypothesis. It also prints the expected coverage of credible regions.

pub use motherlode_core::gold::{Design, Miner, observations};
pub use motherlode_core::likelihood::LogRatio;
pub use motherlode_core::prior::Prior;
pub use motherlode_core::trace::Instrumented;
use motherlode_core::{Error, Result};
pub use motherlode_nn::{Method, RatioEstimator, Settings, TrainingData};
pub use motherlode_stats::diagnostics::{DiagnosedEstimator, PosteriorCheckSettings, PosteriorChecks};
pub use motherlode_stats::inference::{
    Distribution, Interpolation, Neyman, ParameterBox, ToyPlan, Toys, critical_value,
};

const DATA_SETS: u64 = 500;
const LEVELS: [f64; 2] = [0.6827, 0.95];
const PLAN: ToyPlan = ToyPlan {
    events: 40,
    toys: 2_000,
    seed: 11,
};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("projectile".into());
    let n_events: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let registry = motherlode_simulators::registry();
    let simulator = registry.iter().find(|simulator| simulator.name() == name);
    let simulator = simulator
        .ok_or_else(|| Error::usage(format!("there is no simulator {name}")))?
        .as_ref();
    let prior = Prior::Box {
        edges: simulator.hypotheses()?.prior,
    };
    let data = Miner::new(simulator, Design::Mixture { prior, n_points: 100 }, 1)?.events(0..n_events)?;
    println!(
        "{name}: networks trained on {n_events} events, {DATA_SETS} data sets of {} events",
        PLAN.events
    );
    for method in [Method::Carl, Method::Rascal, Method::Alices] {
        let data = TrainingData::from(&data).with_simulator(simulator);
        let network = RatioEstimator::train(method, data, &Settings::default(), &())?;
        check_coverage(simulator, &network, &method.to_string())?;
    }
    if let Some(truth) = simulator.truth() {
        check_coverage(simulator, &truth, "exact")?;
    }
    Ok(())
}

fn check_coverage(simulator: &dyn Instrumented, estimator: &dyn LogRatio, name: &str) -> Result<()> {
    let hypotheses = simulator.hypotheses()?;
    let (reference, space) = (hypotheses.theta1, hypotheses.prior);
    let sample = observations(simulator, &reference, 400, 5)?;
    let events = PLAN.events as f64;
    let interpolation =
        Interpolation::for_estimator(&space, estimator, sample.view(), &reference, (events, 0.02), &())?;
    let p = space.dimensions();
    let along = if p == 1 { 101 } else { 25 };
    let neyman = Neyman::new(&interpolation, &space, &vec![along; p])?;
    let toys = Toys::new(simulator, (estimator, &reference), &interpolation, PLAN, &())?;
    // well inside the box, and off the centre in each direction
    for share in [[0.25, 0.25], [0.5, 0.5], [0.75, 0.25], [0.75, 0.75]]
        .iter()
        .take(if p == 1 { 2 } else { 4 })
    {
        let place = |share: f64| (share * (along - 1) as f64).round() as usize;
        let g = share[..p].iter().fold(0, |g, &share| g * along + place(share));
        let theta = neyman.grid().row(g).to_vec();
        let null = Distribution::new(neyman.statistics(neyman.log_likelihoods(toys.sums(g, &theta)?.view()).view(), g));
        let mut covered = [[0u32; 2]; 2];
        for data_set in 0..DATA_SETS {
            let x = observations(simulator, &theta, PLAN.events, 1_000_000 + data_set)?;
            let q = neyman.statistics_of_table(interpolation.table(estimator, x.view(), &reference)?.view())[g];
            for (i, &level) in LEVELS.iter().enumerate() {
                covered[0][i] += u32::from(q <= null.critical_value(level));
                covered[1][i] += u32::from(q <= critical_value(level, p)?);
            }
        }
        let share = |n: u32| f64::from(n) / DATA_SETS as f64;
        println!(
            "{name:8} at {theta:.3?}: 68.27 and 95 % by toys {:.3} {:.3}, by Wilks {:.3} {:.3}",
            share(covered[0][0]),
            share(covered[0][1]),
            share(covered[1][0]),
            share(covered[1][1])
        );
    }
    let plan = PosteriorCheckSettings {
        pairs: 1_000,
        events: PLAN.events,
        seed: 3,
    };
    let examined = DiagnosedEstimator {
        estimator,
        reference: &reference,
        simulator,
        space: &space,
    };
    let checks = PosteriorChecks::new(examined, plan, &())?;
    let coverage = |level| checks.coverage.at(level);
    println!(
        "{name:8} expected coverage of 68.27 and 95 %: {:.3} {:.3}",
        coverage(0.6827),
        coverage(0.95)
    );
    Ok(())
}
