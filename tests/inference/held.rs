//! Spaces in which some parameters are held fixed.

use motherlode::inference::{ChainSettings, Interpolation, ParameterBox, Posterior, covariance, maximise, sample};
use motherlode::{Error, Result};

use crate::tolerance::close;

/// Curvature, correlated, and the maximum of ln L = −½ (θ − μ)ᵀ A (θ − μ).
const A: [[f64; 3]; 3] = [[4.0, 1.5, 0.4], [1.5, 3.0, -0.7], [0.4, -0.7, 2.0]];
const MU: [f64; 3] = [0.3, -0.2, 0.5];
/// Where the second parameter is held.
const HELD: f64 = 0.4;

fn off(theta: &[f64]) -> [f64; 3] {
    std::array::from_fn(|k| theta[k] - MU[k])
}

fn log_likelihood(theta: &[f64]) -> Result<f64> {
    let d = off(theta);
    Ok(-0.5
        * (0..3)
            .flat_map(|i| (0..3).map(move |j| d[i] * A[i][j] * d[j]))
            .sum::<f64>())
}

fn space() -> ParameterBox {
    ParameterBox::new([(-4.5, 4.5), (HELD, HELD), (-4.5, 4.5)]).unwrap()
}

/// Of the first and third parameter, given the second: mean μ_f − A_ff⁻¹ A_fh (h − μ_h) and covariance A_ff⁻¹.
fn conditional() -> ([f64; 2], [[f64; 2]; 2]) {
    let (a, b, c) = (A[0][0], A[0][2], A[2][2]);
    let determinant = a * c - b * b;
    let covariance = [[c / determinant, -b / determinant], [-b / determinant, a / determinant]];
    let pull = [A[0][1], A[2][1]].map(|slope| slope * (HELD - MU[1]));
    let mean = |i: usize, mu: f64| mu - covariance[i][0] * pull[0] - covariance[i][1] * pull[1];
    ([mean(0, MU[0]), mean(1, MU[2])], covariance)
}

#[test]
fn fits_and_covariances_are_those_given_what_is_held() {
    let fit = maximise(&log_likelihood, &space()).unwrap();
    let (mean, expected) = conditional();
    assert_eq!(fit.theta[1], HELD);
    assert!(
        close(fit.theta[0], mean[0], 1e-5) && close(fit.theta[2], mean[1], 1e-5),
        "{fit:?}"
    );
    let found = covariance(&log_likelihood, &fit, &space()).unwrap();
    for (i, &k) in [0, 2].iter().enumerate() {
        assert_eq!(found[(k, 1)], 0.0);
        for (j, &l) in [0, 2].iter().enumerate() {
            assert!((found[(k, l)] - expected[i][j]).abs() < 1e-5, "{found}");
        }
    }
}

#[test]
fn a_point_is_a_space_too() {
    let point = ParameterBox::new([(0.1, 0.1), (HELD, HELD), (0.2, 0.2)]).unwrap();
    let fit = maximise(&log_likelihood, &point).unwrap();
    assert_eq!((fit.theta.as_slice(), fit.evaluations), (&[0.1, HELD, 0.2][..], 1));
}

#[test]
fn grids_and_polynomials_are_of_what_is_free() {
    let grid = space().grid(&[3, 2]).unwrap();
    assert_eq!(grid.column(0).to_vec(), [-4.5, -4.5, 0.0, 0.0, 4.5, 4.5]);
    assert_eq!(grid.column(1).to_vec(), [HELD; 6]);
    assert!(space().grid(&[3, 2, 2]).is_err());
    let interpolation = Interpolation::new(space(), &[3, 3]).unwrap();
    let nodes = interpolation.nodes();
    assert_eq!(nodes.dim(), (9, 3));
    let values: Vec<f64> = nodes
        .rows()
        .into_iter()
        .map(|theta| log_likelihood(&theta.to_vec()).unwrap())
        .collect();
    let theta = [0.7, HELD, -1.1];
    let found = interpolation.weights(&theta).dot(&ndarray::aview1(&values));
    assert!(close(found, log_likelihood(&theta).unwrap(), 1e-12));
}

#[test]
fn posteriors_are_those_given_what_is_held() {
    let posterior = Posterior::new(&log_likelihood, &space(), &[400, 400]).unwrap();
    let (mean, covariance) = conditional();
    let (found, deviation) = (posterior.mean(), posterior.standard_deviation());
    assert!(close(found[1], HELD, 1e-12) && deviation[1] == 0.0);
    for (i, k) in [0, 2].into_iter().enumerate() {
        assert!((found[k] - mean[i]).abs() < 1e-4, "{found}");
        assert!((deviation[k] - covariance[i][i].sqrt()).abs() < 1e-4, "{deviation}");
    }
    // A density over the two that are free: at its maximum 1/(2π √det).
    let determinant = covariance[0][0] * covariance[1][1] - covariance[0][1].powi(2);
    let expected = -(2.0 * std::f64::consts::PI * determinant.sqrt()).ln();
    let here = posterior.log_density(&[mean[0], HELD, mean[1]]);
    assert!((here - expected).abs() < 2e-3, "{here} instead of {expected}");
    let beside = posterior.log_density(&[mean[0], HELD + 0.1, mean[1]]);
    assert_eq!(beside, f64::NEG_INFINITY);
}

#[test]
fn chains_move_in_what_is_free() {
    let density = |theta: &[f64]| {
        let d = off(theta);
        let slope = (0..3).map(|i| -(0..3).map(|j| A[i][j] * d[j]).sum::<f64>()).collect();
        Ok::<_, Error>((log_likelihood(theta)?, slope))
    };
    let plan = ChainSettings {
        chains: 4,
        draws: 1_500,
        warmup: 500,
        seed: 3,
    };
    let chains = sample(&density, &space(), plan, &()).unwrap();
    let (mean, covariance) = conditional();
    assert!(chains.draws().iter().skip(1).step_by(3).all(|&value| value == HELD));
    for (i, k) in [0, 2].into_iter().enumerate() {
        let (found, marginal) = (chains.mean(k), chains.marginal(k));
        assert!((found.value - mean[i]).abs() < 4.0 * found.standard_error, "{found:?}");
        let ratio = marginal.standard_deviation() / covariance[i][i].sqrt();
        assert!((ratio - 1.0).abs() < 0.06, "{ratio}"); // 4/√(2 · 2000)
    }
}
