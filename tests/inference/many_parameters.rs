//! More than two parameters: polynomials of a total degree, and what they say against fits of every hypothesis.

use motherlode::Result;
use motherlode::inference::{Constraint, Estimate, Interpolation, Likelihood, LikelihoodScan, ParameterBox};
use motherlode::likelihood::LogRatio;
use ndarray::{Array1, Array2, ArrayView2, array};
use std::sync::Mutex;

use crate::tolerance::close;

/// A product of powers of total degree 6 in four parameters, and a smaller one.
fn sextic(t: &[f64]) -> f64 {
    t[0].powi(3) * t[1] * t[2].powi(2) - 2.0 * t[3].powi(5) * t[0] + t[1].powi(6) + 0.5 * t[2] * t[3] - 1.0
}

#[test]
fn a_polynomial_is_reproduced_up_to_its_degree() {
    let space = ParameterBox::new([(-1.0, 2.0), (0.0, 1.0), (0.3, 0.3), (-2.0, -1.0), (-1.0, 1.0)]).unwrap();
    let of_free = |t: &[f64]| sextic(&[t[0], t[1], t[3], t[4]]);
    let points = [[0.7, 0.2, 0.3, -1.3, 0.9], [-1.0, 1.0, 0.3, -2.0, 1.0]];
    for (degree, is_exact) in [(5, false), (6, true), (8, true)] {
        let interpolation = Interpolation::with_total_degree(space.clone(), degree).unwrap();
        let nodes = interpolation.nodes();
        assert_eq!(nodes.dim(), (interpolation.n_nodes(), 5));
        let values: Array1<f64> = nodes.rows().into_iter().map(|theta| of_free(&theta.to_vec())).collect();
        for theta in &points {
            let weights = interpolation.weights(theta);
            assert!(close(weights.sum(), 1.0, 1e-11));
            let error = (weights.dot(&values) - of_free(theta)).abs();
            assert_eq!(error < 1e-9, is_exact, "degree {degree}: {error}");
        }
    }
}

/// Counts in five channels with rates of which the logarithms are linear in four parameters: ln L is no polynomial.
struct Channels;

const RATES: [[f64; 4]; 5] = [
    [1.0, 0.3, 0.0, 0.2],
    [-0.4, 1.0, 0.3, 0.0],
    [0.0, -0.5, 1.0, 0.4],
    [0.3, 0.0, -0.2, 1.0],
    [0.5, 0.5, 0.5, -0.5],
];

fn rates(theta: &[f64]) -> [f64; 5] {
    RATES.map(|row| 4.0 * row.iter().zip(theta).map(|(a, t)| a * t).sum::<f64>().exp())
}

impl LogRatio for Channels {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let (above, below) = (rates(theta0), rates(theta1));
        let one = |(k, count): (usize, &f64)| count * (above[k] / below[k]).ln() - above[k] + below[k];
        Ok(x.rows()
            .into_iter()
            .map(|row| row.iter().enumerate().map(one).sum())
            .collect())
    }
}

fn counts() -> Array2<f64> {
    array![
        [5.0, 3.0, 6.0, 4.0, 7.0],
        [4.0, 2.0, 5.0, 6.0, 3.0],
        [3.0, 6.0, 4.0, 2.0, 5.0]
    ]
}

/// The same likelihood, asked at every hypothesis: another route to the same fits, intervals and errors.
#[test]
fn profiles_of_four_parameters_are_those_of_every_hypothesis() {
    let (x, reference) = (counts(), [0.0; 4]);
    let space = ParameterBox::new([(-2.0, 2.0), (-2.0, 2.0), (-2.0, 2.0), (-3.0, 3.0)]).unwrap();
    let constraint = |parameter| Constraint {
        parameter,
        mean: 0.0,
        sd: 0.5,
    };
    let likelihood = Likelihood::new(&Channels, x.view(), &reference)
        .with_constraint(constraint(2))
        .and_then(|likelihood| likelihood.with_constraint(constraint(3)))
        .unwrap();
    let found = LikelihoodScan::new(likelihood.clone(), &space).estimate(&()).unwrap();
    let reports = Mutex::new(Vec::new());
    let progress = |done: u64, all: u64| reports.lock().unwrap().push((done, all));
    let direct = Estimate::from_direct_fits(&likelihood, &space, &progress).unwrap();
    let reports = reports.into_inner().unwrap();
    let (steps, last) = (reports.len() as u64, *reports.iter().max().unwrap());
    assert!(steps >= last.1 && last.0 == last.1, "{steps} {last:?}");
    let (a, b) = (found.covariance.as_ref().unwrap(), direct.covariance.as_ref().unwrap());
    for k in 0..4 {
        let sd = b[(k, k)].sqrt();
        assert!((a[(k, k)].sqrt() / sd - 1.0).abs() < 0.02, "{a} {b}");
        assert!((found.best.theta[k] - direct.best.theta[k]).abs() < 0.02 * sd);
        for level in [0.68, 0.95] {
            let ends = |estimate: &Estimate| estimate.intervals(k, level).unwrap()[0];
            let (near, far) = (ends(&found), ends(&direct));
            // The direct profile has 31 values, between which q is interpolated by lines.
            let coarse = 4.0 / 30.0 * 0.25;
            assert!(
                (near.0 - far.0).abs() < coarse && (near.1 - far.1).abs() < coarse,
                "{near:?} {far:?}"
            );
        }
    }
    // Two parameters are constrained by nothing else: q of these, the others profiled.
    let plane = found.plane.as_ref().unwrap();
    assert_eq!(plane.parameters, [0, 1]);
    let (i, j) = (5, 30);
    let pair = [(0, plane.values[0][i]), (1, plane.values[1][j])];
    let log_likelihood = |theta: &[f64]| likelihood.at(theta);
    let mut test = motherlode::inference::RatioTest::new(&log_likelihood, space).unwrap();
    let expected = test.test(&pair).unwrap().statistic;
    assert!(
        (plane.q[[i, j]] - expected).abs() < 0.05 * expected.max(1.0),
        "{} {expected}",
        plane.q[[i, j]]
    );
    assert!(direct.plane.is_none());
}
