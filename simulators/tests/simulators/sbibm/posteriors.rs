//! Posteriors without a closed form, against independent importance samplers and identities.

use motherlode_core::importance::WeightedPoints;
use motherlode_core::likelihood::Truth;
use motherlode_core::mean::Mean;
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::sbibm::{BernoulliGlm, LotkaVolterraOde, SirOde, Slcp, Task};
use ndarray::{Array2, ArrayView1, Axis};

use super::{assert_same, mean, pair};
use crate::known::truth;

/// ln p(x|θ) of a row.
fn log_likelihood(exact: &dyn Truth, x: &[f64], theta: &[f64]) -> f64 {
    let x = ndarray::ArrayView2::from_shape((1, x.len()), x).unwrap();
    exact.log_likelihood(x, theta).unwrap()[0]
}

/// Means of θ, its squares and products of neighbours, over draws and over weighted points.
fn assert_moments(draws: &Array2<f64>, points: &WeightedPoints, what: &str) {
    let p = draws.ncols();
    let weights = points.weights();
    let centre: Vec<f64> = (0..p).map(|k| draws.column(k).mean().unwrap()).collect();
    for i in 0..p {
        for j in i..p {
            let product = |t: ArrayView1<f64>| (t[i] - centre[i]) * (t[j] - centre[j]);
            let weighted = points
                .points
                .iter()
                .zip(&weights)
                .map(|(t, w)| (product(t.as_slice().into()), *w));
            assert_same(
                mean(draws, product),
                Mean::weighted(weighted),
                &format!("{what}: {i} {j}"),
            );
        }
        let weighted = points.points.iter().zip(&weights).map(|(t, w)| (t[i], *w));
        assert_same(mean(draws, |t| t[i]), Mean::weighted(weighted), &format!("{what}: {i}"));
    }
}

/// Normals fitted to weighted points, step by step from the `first` points.
fn population(log_target: impl Fn(&[f64]) -> f64, first: Vec<Vec<f64>>, seed: u64) -> WeightedPoints {
    let mut rng = stream(seed, 7, 0);
    let mut found = WeightedPoints {
        log_weights: first.iter().map(|u| log_target(u)).collect(),
        points: first,
    };
    for round in 0..16 {
        let normal = found.fitted().unwrap();
        let n = if round == 15 { 8_000 } else { 1_000 };
        let points: Vec<Vec<f64>> = (0..n).map(|_| normal.draw(&mut rng)).collect();
        found = WeightedPoints {
            log_weights: points.iter().map(|u| log_target(u) - normal.log_density(u)).collect(),
            points,
        };
    }
    assert!(found.n_effective() > 500.0, "{}", found.n_effective());
    found
}

/// Points of the prior of a task, after a transform.
fn spread(task: &dyn Task, seed: u64, transform: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    let mut rng = stream(seed, 8, 0);
    let points = task
        .prior()
        .unwrap()
        .spread_points(&task.parameters(), 10_000, &mut rng);
    points.unwrap().iter().map(|theta| transform(theta)).collect()
}

/// In θ1, θ2, ln |θ3|, ln |θ4| and θ5.
#[test]
fn four_points_against_population_monte_carlo() {
    let exact = truth(&Slcp);
    for (theta, seed) in [
        ([0.7, -1.9, -1.3, 1.6, 0.6], 1),
        ([2.8, -2.5, 1.9, 1.2, 1.5], 2),
        ([0.0, 1.0, 0.3, 2.5, -2.0], 3),
    ] {
        let x = Slcp.sample(&theta, &mut stream(seed, 0, 0)).unwrap();
        let log_target = |u: &[f64]| {
            let theta = [u[0], u[1], u[2].exp(), u[3].exp(), u[4]];
            match theta.iter().all(|value| value.abs() <= 3.0) {
                true => log_likelihood(&*exact, &x, &theta) + u[2] + u[3],
                false => f64::NEG_INFINITY,
            }
        };
        let folded = |t: &[f64]| vec![t[0], t[1], t[2].abs().ln(), t[3].abs().ln(), t[4]];
        let points = population(log_target, spread(&Slcp, seed, folded), seed);
        let draws = Slcp.posterior(&x, 4_000, seed).unwrap().draws;
        for k in [2, 3] {
            let signs = mean(&draws, |t| t[k].signum());
            assert!(signs.z_score(0.0).abs() < 4.5, "{signs:?}");
        }
        let rows = draws.axis_iter(Axis(0)).flat_map(|theta| folded(&theta.to_vec()));
        let draws = Array2::from_shape_vec(draws.dim(), rows.collect()).unwrap();
        assert_moments(&draws, &points, &format!("slcp {seed}"));
    }
}

/// In ln θ.
#[test]
fn equations_against_population_monte_carlo() {
    for (task, seeds) in [(&SirOde as &dyn Task, [1, 4]), (&LotkaVolterraOde, [1, 3])] {
        let (exact, prior, parameters) = (task.truth().unwrap(), task.prior().unwrap(), task.parameters());
        for seed in seeds {
            let (_, x) = pair(task, seed);
            let log_target = |u: &[f64]| {
                let theta: Vec<f64> = u.iter().map(|u| u.exp()).collect();
                let log = prior.log_density(&parameters, &theta);
                match log.is_finite() {
                    true => log + log_likelihood(&*exact, &x, &theta) + u.iter().sum::<f64>(),
                    false => f64::NEG_INFINITY,
                }
            };
            let first = spread(task, seed, |theta| theta.iter().map(|t| t.ln()).collect());
            let points = population(log_target, first, seed);
            let draws = task.posterior(&x, 2_000, seed).unwrap().draws.mapv(f64::ln);
            assert_moments(&draws, &points, task.name());
        }
    }
}

/// A late epidemic, and a cycle far from the middle of the prior, whose posteriors are thin and curved.
#[test]
fn curved_posteriors_are_refined() {
    let cases: [(&dyn Task, &[f64]); 2] = [
        (&SirOde, &[0.180_730, 0.114_845]),
        (&LotkaVolterraOde, &[1.494_180, 0.032_695, 0.203_956, 0.143_181]),
    ];
    for (task, theta) in cases {
        for seed in 0..2 {
            let x = task.sample(theta, &mut stream(seed, 0, 0)).unwrap();
            let found = task.posterior(&x, 500, seed).unwrap();
            let (effective, _) = found.n_effective.unwrap();
            assert!(effective > 1_000.0, "{}: {effective}", task.name());
            for (k, theta) in theta.iter().enumerate() {
                let below = found.draws.column(k).iter().filter(|draw| *draw < theta).count();
                assert!((1..500).contains(&below), "{}: {below}", task.name());
            }
        }
    }
}

/// E[∂ₖ ln p(θ|x)] = 0 and E[(θₖ − c) ∂ₖ ln p(θ|x)] = −1 under the posterior (Stein).
#[test]
fn neuron_obeys_the_identities_of_its_posterior() {
    let task = BernoulliGlm::default();
    let (exact, prior, parameters) = (truth(&task), task.prior().unwrap(), task.parameters());
    for seed in 0..4 {
        let (_, x) = pair(&task, seed);
        let found = task.posterior(&x, 4_000, seed).unwrap();
        let (effective, points) = found.n_effective.unwrap();
        assert!(effective > 0.45 * points as f64, "{effective} of {points}");
        let x = Array2::from_shape_vec((1, 10), x).unwrap();
        let slopes: Vec<f64> = found
            .draws
            .axis_iter(Axis(0))
            .flat_map(|theta| {
                let theta = theta.to_vec();
                let score = exact.score(x.view(), &theta).unwrap();
                let prior = prior.gradient(&parameters, &theta);
                score.iter().zip(prior).map(|(a, b)| a + b).collect::<Vec<_>>()
            })
            .collect();
        let slopes = Array2::from_shape_vec(found.draws.dim(), slopes).unwrap();
        for k in 0..10 {
            let slope = mean(&slopes, |slope| slope[k]);
            assert!(slope.z_score(0.0).abs() < 4.5, "{k}: {slope:?}");
            let centre = found.draws.column(k).mean().unwrap();
            let products = found.draws.column(k).into_iter().zip(slopes.column(k));
            let products: Vec<f64> = products.map(|(theta, slope)| (theta - centre) * slope).collect();
            let product = Mean::from_values(products.into_iter());
            assert!(product.z_score(-1.0).abs() < 4.5, "{k}: {product:?}");
        }
    }
}
