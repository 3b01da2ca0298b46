//! Tasks whose posteriors have a closed form, and the likelihoods of four points of a normal.

use std::f64::consts::TAU;

use motherlode_core::mean::Mean;
use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::sbibm::{GaussianMixture, Slcp, Task, reference_posterior};
use nalgebra::{Matrix2, Vector2};
use ndarray::{Array2, aview2};

use super::{assert_same, mean};
use crate::known::truth;
use crate::tolerance::{ALGEBRA, close};

/// A number that is known.
fn known(value: f64) -> Mean {
    Mean {
        value,
        standard_error: 0.0,
    }
}

// N(x/2, 0.05)
#[test]
fn posterior_under_a_normal_prior_has_its_moments() {
    let x: Vec<f64> = (0..10).map(|k| 0.3 * k as f64 - 1.0).collect();
    let draws = reference_posterior("gaussian-linear", &x, 20_000, 1).unwrap();
    for k in 0..10 {
        assert_same(mean(&draws, |t| t[k]), known(0.5 * x[k]), "mean");
        let square = mean(&draws, |t| (t[k] - 0.5 * x[k]).powi(2));
        assert_same(square, known(0.05), "variance");
    }
    assert_same(
        mean(&draws, |t| (t[3] - 0.5 * x[3]) * (t[4] - 0.5 * x[4])),
        known(0.0),
        "covariance",
    );
}

/// Moments of a normal of variance 0.1 around x, cut off at ±1, by sums over a fine grid.
#[test]
fn posterior_under_a_uniform_prior_is_a_truncated_normal() {
    let x = [0.0, 0.5, -0.5, 0.9, -0.99, 1.0, 1.3, -1.7, 2.5, -0.2];
    let draws = reference_posterior("gaussian-linear-uniform", &x, 20_000, 1).unwrap();
    for (k, x) in x.iter().enumerate() {
        let grid: Vec<f64> = (0..20_000).map(|i| (i as f64 + 0.5) / 10_000.0 - 1.0).collect();
        let weight = |t: f64| (-5.0 * (t - x).powi(2)).exp();
        let norm: f64 = grid.iter().map(|t| weight(*t)).sum();
        for power in [1, 2] {
            let expected = grid.iter().map(|t| weight(*t) * t.powi(power)).sum::<f64>() / norm;
            assert_same(mean(&draws, |t| t[k].powi(power)), known(expected), "moment");
        }
    }
}

/// ∫ p(x|θ) dx = 1, and posteriors at the edge of the prior, on a grid that resolves the narrow component.
#[test]
fn mixture_is_normalised_and_its_posterior_that_of_a_grid() {
    let exact = truth(&GaussianMixture);
    let grid = |low: f64, high: f64, n: usize| {
        let at = move |i: usize| low + (high - low) * (i as f64 + 0.5) / n as f64;
        let points: Vec<[f64; 2]> = (0..n * n).map(|cell| [at(cell / n), at(cell % n)]).collect();
        Array2::from(points)
    };
    let points = grid(-8.0, 8.0, 800);
    let log = exact.log_likelihood(points.view(), &[0.3, -0.2]).unwrap();
    let integral = log.iter().map(|log| log.exp()).sum::<f64>() * (16.0f64 / 800.0).powi(2);
    assert!((integral - 1.0).abs() < 1e-9, "{integral}");

    let x = [9.7, 9.0];
    let points = grid(4.0, 10.0, 600);
    let weights: Vec<f64> = points
        .rows()
        .into_iter()
        .map(|theta| exact.log_likelihood(aview2(&[x]), &theta.to_vec()).unwrap()[0].exp())
        .collect();
    let total: f64 = weights.iter().sum();
    let draws = GaussianMixture.posterior(&x, 40_000, 5).unwrap().draws;
    type Function = fn(ndarray::ArrayView1<f64>) -> f64;
    let functions: [Function; 4] = [
        |t| t[0],
        |t| t[1],
        |t| (t[1] - 9.0).powi(2),
        |t| f64::from(u8::from((t[0] - 9.7).abs() < 0.2)),
    ];
    for of in functions {
        let weighted = points.rows().into_iter().zip(&weights).map(|(t, w)| of(t) * w);
        let expected = weighted.sum::<f64>() / total;
        assert_same(mean(&draws, of), known(expected), "moment");
    }
}

/// Four points by the textbook density of one, with S written out.
#[test]
fn likelihood_of_four_points_is_a_product() {
    let theta = [0.7, -0.4, -1.1, 0.8, 0.6];
    let x = [0.5, -0.2, 2.0, -1.3, -0.4, 0.1, 1.2, -0.9];
    let (a, b) = (1.21f64, 0.64f64);
    let c = a * b * 0.6f64.tanh();
    let s = Matrix2::new(a * a + 1e-6, c, c, b * b + 1e-6);
    let one = |point: &[f64]| {
        let away = Vector2::new(point[0] - theta[0], point[1] - theta[1]);
        let inverse = s.try_inverse().unwrap();
        -0.5 * (away.transpose() * inverse * away)[0] - 0.5 * s.determinant().ln() - TAU.ln()
    };
    let expected: f64 = x.chunks(2).map(one).sum();
    let found = truth(&Slcp).log_likelihood(aview2(&[x]), &theta).unwrap()[0];
    assert!(close(found, expected, ALGEBRA), "{found} {expected}");
}

/// The latent does not change the marginal: means, variances and the covariance of points.
#[test]
fn four_points_have_their_covariance() {
    let theta = [0.7, -0.4, -1.1, 0.8, 0.6];
    let draws = (0..20_000).map(|event| Slcp.sample(&theta, &mut stream(4, event, 0)).unwrap());
    let x = Array2::from_shape_vec((20_000, 8), draws.flatten().collect()).unwrap();
    let (a, b) = (1.21f64, 0.64f64);
    assert_same(mean(&x, |x| (x[2] - 0.7).powi(2)), known(a * a + 1e-6), "variance");
    assert_same(mean(&x, |x| (x[7] + 0.4).powi(2)), known(b * b + 1e-6), "variance");
    let product = mean(&x, |x| (x[4] - 0.7) * (x[5] + 0.4));
    assert_same(product, known(a * b * 0.6f64.tanh()), "covariance");
    assert_same(mean(&x, |x| (x[0] - 0.7) * (x[3] + 0.4)), known(0.0), "independence");
}
