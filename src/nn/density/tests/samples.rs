//! Samples follow the density that they are drawn from.

use super::*;

/// Probability of each of 3 × 3 boxes by summing the density over fine cells, and the share of `n` samples in it.
fn boxes(config: &DensityConfig, n: usize) -> Vec<(f64, f64)> {
    let device = Device::flex();
    let density = rough(config, DType::F32, &device);
    let theta = |n| rows([0.7, -0.4].repeat(n), 2, &device).cast(DType::F32);
    let samples = doubles(density.sample(theta(n), &mut rng(8)));

    const SIDE: usize = 400;
    const REACH: f64 = 20.0;
    let step = 2.0 * REACH / SIDE as f64;
    let points = (0..SIDE * SIDE).flat_map(|i| [i % SIDE, i / SIDE].map(|k| -REACH + step * (k as f64 + 0.5)));
    let points: Vec<f64> = points.collect();
    let log_prob = density.log_prob(rows(points.clone(), 2, &device).cast(DType::F32), theta(SIDE * SIDE));

    // Edges on edges of cells, where the density of all kinds here is.
    let place = |x: &[f64]| {
        x.iter()
            .fold(0, |at, x| 3 * at + usize::from(*x > -0.5) + usize::from(*x > 0.5))
    };
    let mut found = vec![(0.0, 0.0); 9];
    for (x, log_prob) in points.chunks(2).zip(doubles(log_prob)) {
        found[place(x)].0 += log_prob.exp() * step * step;
    }
    for x in samples.chunks(2) {
        found[place(x)].1 += 1.0 / n as f64;
    }
    found
}

#[test]
fn samples_fall_where_the_density_is() {
    let n = 20_000;
    for config in every_kind(2) {
        for (probability, share) in boxes(&config, n) {
            let error = (probability * (1.0 - probability) / n as f64).sqrt();
            let distance = (share - probability).abs();
            assert!(
                distance < 4.0 * error + 1e-4,
                "{config:?}: {share} of {probability} ± {error}"
            );
        }
    }
}

#[test]
fn classes_occur_as_often_as_is_probable() {
    let (n, device) = (20_000, Device::flex());
    let config = seven_classes();
    let density = rough(&config, DType::F32, &device);
    let theta = |n| rows([0.7, -0.4].repeat(n), 2, &device).cast(DType::F32);
    let samples = doubles(density.sample(theta(n), &mut rng(8)));
    let log_prob = doubles(density.log_prob(some_x(&config, 7, &device).cast(DType::F32), theta(7)));
    for (class, log_prob) in log_prob.into_iter().enumerate() {
        let share = samples.iter().filter(|x| **x == class as f64).count() as f64 / n as f64;
        let error = (log_prob.exp() * (1.0 - log_prob.exp()) / n as f64).sqrt();
        assert!((share - log_prob.exp()).abs() < 4.0 * error, "{class}: {share}");
    }
}

#[test]
fn a_seed_gives_the_same_samples() {
    let device = Device::flex();
    for config in every_kind(3).into_iter().chain([seven_classes()]) {
        let density = config.init(1, &device).unwrap();
        let theta = scattered(50, 2, 1.0, 4, &device).cast(DType::F32);
        let at = |seed| doubles(density.sample(theta.clone(), &mut rng(seed)));
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }
}

#[test]
fn the_mean_score_of_samples_vanishes() {
    let (n, device) = (20_000, Device::flex());
    for config in every_kind(2).into_iter().chain([seven_classes()]) {
        let density = rough(&config, DType::F32, &device);
        let theta = rows([0.7, -0.4].repeat(n), 2, &device).cast(DType::F32);
        let x = density.sample(theta.clone(), &mut rng(8));
        let score = density.log_prob_with_gradient(x, theta).1;
        for j in 0..2 {
            let t = doubles(score.clone().narrow(1, j, 1));
            let mean = t.iter().sum::<f64>() / n as f64;
            let error = (t.iter().map(|t| t * t).sum::<f64>()).sqrt() / n as f64;
            assert!(mean.abs() < 4.0 * error, "{config:?}: {mean} ± {error}");
        }
    }
}
