//! Tests that all tasks share.

use motherlode_core::trace::stream;
use motherlode_simulators::sbibm::{prior, reference_posterior, task, tasks};

use super::pair;
use crate::tolerance::{ALGEBRA, FINITE_DIFFERENCE, close};

#[test]
fn priors_are_those_of_the_parameters_and_draws_lie_in_them() {
    for task in tasks() {
        let (parameters, prior) = (task.parameters(), prior(task.name()).unwrap());
        prior.check(&parameters).unwrap();
        let (theta, x) = pair(&*task, 1);
        assert_eq!(prior.n_parameters(), theta.len());
        let found = task.posterior(&x, 200, 2).unwrap();
        assert_eq!(found.draws.dim(), (200, theta.len()));
        for draw in found.draws.rows() {
            let log = prior.log_density(&parameters, &draw.to_vec());
            assert!(log.is_finite(), "{}: {draw}", task.name());
        }
        assert_eq!(reference_posterior(task.name(), &x, 200, 2).unwrap(), found.draws);
        assert_ne!(task.posterior(&x, 200, 3).unwrap().draws, found.draws);
        if let Some((effective, points)) = found.n_effective {
            assert!(
                effective > 0.1 * points as f64,
                "{}: {effective} of {points}",
                task.name()
            );
        }
    }
}

/// Ranks of θ among draws from the posterior of its x are uniform: their mean is ½, and the mean square about it 1/12.
#[test]
fn true_parameters_are_anywhere_among_the_draws() {
    for task in tasks().iter().filter(|task| !task.name().ends_with("-ode")) {
        let p = task.parameters().len();
        let mut ranks = vec![];
        for seed in 0..40 {
            let (theta, x) = pair(&**task, 100 + seed);
            let draws = task.posterior(&x, 99, seed).unwrap().draws;
            for (k, theta) in theta.iter().enumerate() {
                let below = draws.column(k).iter().filter(|draw| *draw < theta).count();
                ranks.push((below as f64 + 0.5) / 100.0 - 0.5);
            }
        }
        // Ranks of the parameters of one observation may go together: the number of observations counts.
        let n = (ranks.len() / p) as f64;
        let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
        let square = ranks.iter().map(|rank| rank * rank).sum::<f64>() / ranks.len() as f64;
        assert!(mean.abs() < 4.0 * (1.0 / (12.0 * n)).sqrt(), "{}: {mean}", task.name());
        assert!(
            (square - 1.0 / 12.0).abs() < 4.0 * (1.0 / (180.0 * n)).sqrt(),
            "{}: {square}",
            task.name()
        );
    }
}

/// Exact scores are derivatives of exact likelihoods, and second derivatives of paths those of joint scores.
#[test]
fn scores_and_curvatures_are_derivatives() {
    for task in tasks() {
        let (theta, truth) = (task.hypotheses().unwrap().theta0, task.truth().unwrap());
        let (p, name) = (theta.len(), task.name().to_owned());
        let mut memory = vec![];
        for event in 0..5 {
            let mined = task.mine(&theta, &mut stream(8, event, 0), &mut memory).unwrap();
            let x = ndarray::Array2::from_shape_vec((1, mined.x.len()), mined.x).unwrap();
            let exact = truth.score(x.view(), &theta).unwrap();
            let (mut score, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
            let log = task.curvature_at(&theta, &memory, &mut score, &mut hessian).unwrap();
            assert!(close(log, mined.log_probability, ALGEBRA));
            for i in 0..p {
                let step = 1e-5 * theta[i].abs().max(0.1);
                let moved = |sign: f64| {
                    let mut there = theta.clone();
                    there[i] += sign * step;
                    there
                };
                let joint = |sign: f64| {
                    let mut score = vec![0.0; p];
                    task.score_at(&moved(sign), &memory, &mut score).unwrap();
                    score
                };
                let marginal = |sign: f64| truth.log_likelihood(x.view(), &moved(sign)).unwrap()[0];
                let slope = (marginal(1.0) - marginal(-1.0)) / (2.0 * step);
                assert!(close(exact[[0, i]], slope, 3e-5), "{name}: {} {slope}", exact[[0, i]]);
                let (above, below) = (joint(1.0), joint(-1.0));
                for j in 0..p {
                    let (found, numeric) = (hessian[i * p + j], (above[j] - below[j]) / (2.0 * step));
                    assert!(close(found, numeric, FINITE_DIFFERENCE), "{name}: {found} {numeric}");
                }
            }
        }
    }
}

#[test]
fn impossible_requests_are_refused() {
    let refused = |name: &str, x: &[f64], n: usize| reference_posterior(name, x, n, 1).unwrap_err().to_string();
    let unknown = task("two-moon").err().unwrap().to_string();
    assert!(
        unknown.contains("(`two-moons`?)") && unknown.contains("slcp"),
        "{unknown}"
    );
    assert!(refused("slcp", &[0.0; 3], 10).contains("give 8 finite numbers"));
    assert!(refused("gaussian-linear", &[f64::NAN; 10], 10).contains("10 finite numbers"));
    assert!(refused("gaussian-linear", &[0.0; 10], 2_000_000).contains("1000000 or fewer"));
    for (name, x) in [
        ("two-moons", vec![5.0, 5.0]),
        ("gaussian-mixture", vec![1e4, 0.0]),
        ("gaussian-linear-uniform", vec![1e9; 10]),
        ("sir-ode", vec![0.5; 10]),
        ("sir-ode", vec![1001.0; 10]),
        ("lotka-volterra-ode", vec![0.0; 20]),
    ] {
        let refused = refused(name, &x, 10);
        assert!(refused.contains("no parameters of its prior"), "{name}: {refused}");
    }
}

#[test]
fn no_draws_are_an_empty_array() {
    for task in tasks() {
        let (_, x) = pair(&*task, 3);
        assert_eq!(task.posterior(&x, 0, 1).unwrap().draws.nrows(), 0, "{}", task.name());
    }
}
