//! What does gold cost? Events per second on one thread: the Galton board written by hand, and instrumented: sampling, with the joint
//! ratio, with ratio and score, and through the whole miner; then every simulator: sampling, with the ratio, and with ratio and score.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use motherlode::gold::{Design, Miner};
use motherlode::trace::{Instrumented, Rejected, Stream, stream};
use motherlode_simulators::{Galton, registry};
use rand::RngExt;

const EVENTS: u64 = 4_096;
/// Number of events for simulators with runs of up to a tenth of a millisecond.
const FEW_EVENTS: u64 = 64;
const THETA0: [f64; 1] = [-0.8];
const THETA1: [f64; 1] = [-0.6];

/// The board written by hand, without a trace.
struct Board {
    tilt: [f64; 20],
}

impl Board {
    fn new() -> Self {
        Self {
            tilt: std::array::from_fn(|row| (std::f64::consts::PI * row as f64 / 19.0).sin()),
        }
    }

    fn drop_ball(&self, theta: f64, rng: &mut Stream) -> Vec<f64> {
        let mut column = 15;
        for (row, tilt) in self.tilt.iter().enumerate() {
            let place = 2.0 * column as f64 / 30.0 - 1.0;
            let left = tilt / ((-10.0 * place * theta).exp() + 1.0) + 0.5 * (1.0 - tilt);
            column += usize::from(rng.random::<f64>() >= left);
            column -= row % 2;
        }
        vec![column as f64]
    }
}

/// Mean bin of a fixed batch of balls.
fn mean_bin(mut bin: impl FnMut(&mut Stream) -> f64) -> f64 {
    (0..EVENTS).map(|event| bin(&mut stream(1, event, 0))).sum::<f64>() / EVENTS as f64
}

fn gold(c: &mut Criterion) {
    let board = Board::new();
    let galton = Galton::default();
    let simulator: &dyn Instrumented = &galton;
    let expected = mean_bin(|rng| board.drop_ball(THETA0[0], rng)[0]);
    let mut memory = Vec::new();
    let mut score = [0.0];

    let mut group = c.benchmark_group("galton");
    group.throughput(Throughput::Elements(EVENTS));
    group.bench_function("hand_written", |b| {
        b.iter(|| {
            let mean = mean_bin(|rng| board.drop_ball(black_box(THETA0[0]), rng)[0]);
            assert_eq!(mean, expected);
        });
    });
    group.bench_function("sample", |b| {
        b.iter(|| {
            let mean = mean_bin(|rng| simulator.sample(black_box(&THETA0), rng).unwrap()[0]);
            assert_eq!(mean, expected);
        });
    });
    group.bench_function("ratio", |b| {
        b.iter(|| {
            let mean = mean_bin(|rng| {
                let (x, above) = simulator.record(black_box(&THETA0), rng, &mut memory).unwrap();
                let below = simulator.log_probability_at(black_box(&THETA1), &memory).unwrap();
                assert!((above - below).is_finite());
                x[0]
            });
            assert_eq!(mean, expected);
        });
    });
    group.bench_function("ratio_and_score", |b| {
        b.iter(|| {
            let mean = mean_bin(|rng| {
                let mined = simulator.mine(black_box(&THETA0), rng, &mut memory).unwrap();
                let below = simulator.log_probability_at(black_box(&THETA1), &memory).unwrap();
                assert!((mined.log_probability - below + mined.score[0]).is_finite());
                mined.x[0]
            });
            assert_eq!(mean, expected);
        });
    });
    group.bench_function("ratio_and_score_of_the_denominator", |b| {
        b.iter(|| {
            let mean = mean_bin(|rng| {
                let (x, below) = simulator.record(black_box(&THETA0), rng, &mut memory).unwrap();
                let above = simulator.score_at(black_box(&THETA1), &memory, &mut score).unwrap();
                assert!((above - below + score[0]).is_finite());
                x[0]
            });
            assert_eq!(mean, expected);
        });
    });
    group.finish();
}

/// Every simulator at its own hypotheses: sampling, with the ratio, and with ratio and score.
fn simulators(c: &mut Criterion) {
    for simulator in &registry() {
        let hypotheses = simulator.hypotheses().unwrap();
        let (theta0, theta1) = (&hypotheses.theta0[..], &hypotheses.theta1[..]);
        let mut memory = Vec::new();
        let mut group = c.benchmark_group(format!("registry/{}", simulator.name()));
        group.throughput(Throughput::Elements(FEW_EVENTS));
        group.bench_function("plain", |b| {
            b.iter(|| {
                each(|rng| {
                    let x = simulator.sample(black_box(theta0), rng)?;
                    assert!(x[0].is_finite());
                    Ok(())
                });
            });
        });
        group.bench_function("with_ratio", |b| {
            b.iter(|| {
                each(|rng| {
                    let (_, above) = simulator.record(black_box(theta0), rng, &mut memory)?;
                    assert!(!(above - simulator.log_probability_at(theta1, &memory)?).is_nan()); // infinite where supports differ
                    Ok(())
                });
            });
        });
        group.bench_function("with_ratio_and_score", |b| {
            b.iter(|| {
                each(|rng| {
                    let mined = simulator.mine(black_box(theta0), rng, &mut memory)?;
                    let below = simulator.log_probability_at(theta1, &memory)?;
                    assert!(!(mined.log_probability - below + mined.score[0]).is_nan());
                    Ok(())
                });
            });
        });
        group.finish();
    }
}

/// Runs a fixed set of events. Discarded runs count as well.
fn each(mut run: impl FnMut(&mut Stream) -> Result<(), Rejected>) {
    for event in 0..FEW_EVENTS {
        match run(&mut stream(1, event, 0)) {
            Ok(()) | Err(Rejected::Discarded(_)) => {}
            Err(rejected) => panic!("{rejected}"),
        }
    }
}

fn miner(c: &mut Criterion) {
    let galton = Galton::default();
    let design = Design::Pair {
        theta0: THETA0.into(),
        theta1: THETA1.into(),
    };
    let miner = Miner::new(&galton, design, 1).expect("the design fits the board");
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("one thread can be had");

    let mut group = c.benchmark_group("miner/galton");
    for n in [4_096, 131_072] {
        group.throughput(Throughput::Elements(n));
        group.bench_function(format!("ratio_and_score/{n}"), |b| {
            b.iter_with_large_drop(|| {
                let data = pool.install(|| miner.events(0..n)).expect("every run succeeds");
                assert_eq!(data.n_events() as u64, n);
                data
            });
        });
    }
    group.finish();
}

criterion_group!(benches, gold, simulators, miner);
criterion_main!(benches);
