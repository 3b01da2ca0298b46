//! How fast are training steps and trained networks? Events per second on one thread for the network [12→100→100→100→1] with tanh: steps
//! of the plain classifier and of methods that learn from the joint score, whose cost must not grow with the number of parameters;
//! steps on images; two trainings in two threads; log r and its gradient. `compare_with_pytorch.py` compares with PyTorch.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use motherlode::dataset::{AugmentedData, Header};
use motherlode::gold::Design;
use motherlode::nn::{Activation, Encoding, Method, RatioEstimator, Settings, training_steps};
use motherlode::trace::stream;
use ndarray::{Array1, Array2};
use rand::RngExt;

const INPUTS: usize = 12;
const EVENTS: usize = 8_192;

/// Random numbers in the shape of augmented data; the cost of a step does not depend on their values.
fn random(n: usize, n_observables: usize, n_parameters: usize) -> AugmentedData {
    let mut rng = stream(1, 0, 0);
    let mut draw = |columns: usize| Array2::from_shape_simple_fn((n, columns), || rng.random_range(-1.0..1.0));
    let names = |n: usize| (0..n).map(|i| format!("v{i}")).collect::<Vec<_>>();
    AugmentedData {
        x: draw(n_observables),
        theta0: draw(n_parameters),
        theta1: None,
        y: Array1::from_shape_fn(n, |i| (i % 2) as f64),
        joint_log_ratio: Some(draw(1).column(0).to_owned()),
        joint_score0: Some(draw(n_parameters)),
        weights: None,
        memories: None,
        header: Header::new(
            "random",
            names(n_parameters),
            names(n_observables),
            Design::Reference {
                theta: vec![0.0; n_parameters],
            },
        )
        .with_seed(1),
    }
}

fn settings(batch: usize) -> Settings {
    Settings {
        activation: Some(Activation::Tanh),
        batch,
        ..Settings::default()
    }
}

/// Runs `work` on one thread.
fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread can be had").install(work)
}

fn step(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    let cases = [Method::Carl, Method::Alices, Method::Cascal, Method::Rascal].map(|method| (method, 2));
    let many = [1, 4, 8].map(|n_parameters| (Method::Alices, n_parameters));
    for (method, n_parameters) in cases.into_iter().chain(many) {
        let data = random(EVENTS, INPUTS - n_parameters, n_parameters);
        for batch in [128, 1_024] {
            group.throughput(Throughput::Elements(batch as u64));
            let id = BenchmarkId::new(format!("{method}/{n_parameters}"), batch);
            group.bench_function(id, |b| {
                let mut step = training_steps(method, &data, &settings(batch)).expect("the data suit the method");
                on_one_thread(|| b.iter(|| assert!(step().is_finite())));
            });
        }
    }
    group.finish();
}

/// Steps of the plain classifier with the image encoder, on images of 64 × 64 pixels.
fn images(c: &mut Criterion) {
    const SIDE: usize = 64;
    const BATCH: usize = 64;
    let data = random(BATCH, SIDE * SIDE, 2);
    let encoded = Settings {
        encoding: Some(Encoding::Image {
            first: data.header.observables[0].clone(),
            image: [1, SIDE, SIDE],
        }),
        ..settings(BATCH)
    };
    let mut group = c.benchmark_group("images");
    group.sample_size(10).throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("carl/64x64", |b| {
        let mut step = training_steps(Method::Carl, &data, &encoded).expect("the data are images");
        on_one_thread(|| b.iter(|| assert!(step().is_finite())));
    });
    group.finish();
}

/// Steps of one training, and of two in two threads: events per second in total.
fn two_trainings(c: &mut Criterion) {
    const STEPS: usize = 50;
    let data = random(EVENTS, INPUTS - 2, 2);
    let mut group = c.benchmark_group("trainings");
    for n_trainings in [1, 2] {
        group.throughput(Throughput::Elements((n_trainings * STEPS * 128) as u64));
        group.bench_function(BenchmarkId::new("alices/2/128", n_trainings), |b| {
            let start = |_| training_steps(Method::Alices, &data, &settings(128)).expect("the data suit ALICES");
            let mut trainings: Vec<_> = (0..n_trainings).map(start).collect();
            b.iter(|| {
                std::thread::scope(|scope| {
                    for step in &mut trainings {
                        scope.spawn(|| on_one_thread(|| (0..STEPS).for_each(|_| assert!(step().is_finite()))));
                    }
                });
            });
        });
    }
    group.finish();
}

fn evaluation(c: &mut Criterion) {
    let n_parameters = 2;
    let data = random(EVENTS, INPUTS - n_parameters, n_parameters);
    let few = Settings {
        steps: Some(10),
        ..settings(128)
    };
    let estimator = RatioEstimator::train(Method::Alices, &data, &few, &()).expect("the data suit ALICES");
    let theta = vec![0.3; n_parameters];
    let mut group = c.benchmark_group("evaluation");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("log_ratio", |b| {
        on_one_thread(|| {
            b.iter(|| {
                let values = estimator
                    .log_ratio_to_denominator(data.x.view(), black_box(&theta))
                    .unwrap();
                assert!(values[0].is_finite());
                values
            });
        });
    });
    group.bench_function("log_ratio_and_score", |b| {
        on_one_thread(|| {
            b.iter(|| {
                let (values, scores) = estimator.log_ratio_and_score(data.x.view(), black_box(&theta)).unwrap();
                assert!(values[0].is_finite() && scores[[0, 0]].is_finite());
                (values, scores)
            });
        });
    });
    group.finish();
}

criterion_group!(benches, step, images, two_trainings, evaluation);
criterion_main!(benches);
