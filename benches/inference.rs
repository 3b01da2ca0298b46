//! How long does inference take with a trained network? Cases: best fit, covariance, profiles and a grid of both parameters for 100 000
//! simulated events of the projectile; toys of 40 events at one hypothesis; profiles of four parameters for 500 events, from a
//! polynomial and by fits of every hypothesis.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use motherlode::gold::{Design, Miner, observations};
use motherlode::inference::{Estimate, Likelihood, LikelihoodScan, ToyPlan, Toys};
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Method, RatioEstimator, Settings, TrainingData};
use motherlode::prior::Prior;
use motherlode::trace::Instrumented;
use motherlode_simulators::{LinearGaussian, Projectile};
use ndarray::Array2;

const EVENTS: usize = 100_000;
const TOYS: ToyPlan = ToyPlan {
    events: 40,
    toys: 1_000,
    seed: 1,
};

/// Trains ALICES on 10 000 events.
fn network(simulator: &dyn Instrumented) -> RatioEstimator {
    let prior = Prior::Box {
        edges: simulator.hypotheses().unwrap().prior,
    };
    let design = Design::Mixture { prior, n_points: 100 };
    let miner = Miner::new(simulator, design, 1).expect("a simulator with gold");
    let data = miner.events(0..10_000).expect("events");
    let data = TrainingData::from(&data).with_simulator(simulator);
    RatioEstimator::train(Method::Alices, data, &Settings::default(), &()).expect("training ends")
}

fn inference(criterion: &mut Criterion) {
    let simulator = Projectile;
    let hypotheses = Instrumented::hypotheses(&simulator).unwrap();
    let (network, space) = (network(&simulator), hypotheses.prior);
    let x: Array2<f64> = observations(&simulator, &hypotheses.theta0, EVENTS, 9).expect("events");
    let likelihood = Likelihood::new(&network, x.view(), &hypotheses.theta1);
    let mut group = criterion.benchmark_group("inference");
    group.sample_size(10);
    group.bench_function("expected results of 1e5 events", |bencher| {
        bencher.iter(|| black_box(LikelihoodScan::new(likelihood.clone(), &space).estimate(&())));
    });
    let few = x.slice_axis(ndarray::Axis(0), (..TOYS.events).into());
    let scan = LikelihoodScan::new(Likelihood::new(&network, few, &hypotheses.theta1), &space);
    let interpolation = scan.interpolation().expect("a polynomial");
    let pool = || {
        let seen = (&network as &dyn LogRatio, hypotheses.theta1.as_slice());
        Toys::new(&simulator, seen, interpolation, TOYS, &())
    };
    group.bench_function("a pool for toys", |bencher| {
        bencher.iter(|| black_box(pool()));
    });
    let toys = pool().expect("a pool");
    let belt = scan.neyman_belt(&[0.68, 0.95]).expect("a grid");
    group.bench_function("1000 toys of 40 events", |bencher| {
        bencher.iter(|| {
            let sums = toys.sums(0, &hypotheses.theta0).expect("toys");
            black_box(belt.test(0, sums.view(), &()).unwrap())
        });
    });
    group.finish();
}

fn four_parameters(criterion: &mut Criterion) {
    let simulator = LinearGaussian::new(4).expect("four dimensions");
    let hypotheses = Instrumented::hypotheses(&simulator).unwrap();
    let (network, space) = (network(&simulator), hypotheses.prior);
    let x: Array2<f64> = observations(&simulator, &[0.1; 4], 500, 9).expect("events");
    let likelihood = Likelihood::new(&network, x.view(), &hypotheses.theta1);
    let mut group = criterion.benchmark_group("four parameters");
    group.sample_size(10);
    group.bench_function("from a polynomial", |bencher| {
        bencher.iter(|| black_box(LikelihoodScan::new(likelihood.clone(), &space).estimate(&())));
    });
    group.bench_function("by fits of every hypothesis", |bencher| {
        bencher.iter(|| black_box(Estimate::from_direct_fits(&likelihood, &space, &())));
    });
    group.finish();
}

criterion_group!(benches, inference, four_parameters);
criterion_main!(benches);
