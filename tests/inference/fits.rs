//! Best fits and their covariance in closed form.

use motherlode::inference::{Constraint, Estimate, Likelihood, ParameterBox, covariance, maximise};
use motherlode::{Error, ErrorKind, Result};
use ndarray::{Array2, array};

use crate::gauss::normal;
use crate::tolerance::{ALGEBRA, close};

/// BOBYQA ends at a radius of 1e-7 of the box; ln L is flat to rounding within 1e-6 of its maximum.
const FITTED: f64 = 1e-5;

fn space(p: usize) -> ParameterBox {
    ParameterBox::new(vec![(-2.0, 3.0); p]).unwrap()
}

#[test] // n events: θ̂ = x̄, covariance 1/n, ln L(θ̂) − ln L(θ) = n (x̄ − θ)²/2
fn normal_events_are_fitted_by_their_mean() {
    for p in 1..=4 {
        let x = Array2::from_shape_fn((10, p), |(i, k)| (i as f64 * 0.7 + k as f64).sin());
        let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
        let truth = normal(p);
        let likelihood = Likelihood::new(&truth, x.view(), &vec![0.0; p]);
        let fit = maximise(&|theta| likelihood.at(theta), &space(p)).unwrap();
        assert!(
            fit.theta.iter().zip(&mean).all(|(a, b)| close(*a, *b, FITTED)),
            "{fit:?} is not {mean}"
        );
        assert!(close(fit.log_likelihood, 5.0 * mean.dot(&mean), ALGEBRA.max(1e-10)));
        assert!(fit.at_edge.is_empty());
        let covariance = covariance(&|theta| likelihood.at(theta), &fit, &space(p)).unwrap();
        for (i, j) in (0..p).flat_map(|i| (0..p).map(move |j| (i, j))) {
            let expected = if i == j { 0.1 } else { 0.0 };
            assert!((covariance[(i, j)] - expected).abs() < 1e-6, "{covariance}");
        }
    }
}

#[test] // the sample stands for 1000 events: ln L and information are those of 1000
fn a_sample_stands_for_any_number_of_events() {
    let (truth, x, weights) = (normal(1), array![[0.4], [1.0], [-0.2]], array![1.0, 2.0, 3.0]);
    let mean = (0.4 + 2.0 - 0.6) / 6.0;
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0])
        .with_weights(weights.view())
        .unwrap()
        .scaled_to(1000.0)
        .unwrap();
    let fit = maximise(&|theta| likelihood.at(theta), &space(1)).unwrap();
    assert!(close(fit.theta[0], mean, FITTED));
    assert!(close(likelihood.at(&[mean]).unwrap(), 500.0 * mean * mean, 1e-12));
    let covariance = covariance(&|theta| likelihood.at(theta), &fit, &space(1)).unwrap();
    assert!(close(covariance[(0, 0)], 1e-3, 1e-6));
}

#[test] // Poisson: n ln ν − ν has its maximum at ν = n; a constraint adds its information
fn counts_and_constraints_are_data() {
    let (truth, none) = (normal(1), Array2::zeros((0, 1)));
    let expected = |theta: &[f64]| Ok(100.0 * theta[0]);
    let likelihood = Likelihood::new(&truth, none.view(), &[1.0]).with_rate(&expected, 150.0);
    let wide = ParameterBox::new([(0.1, 5.0)]).unwrap();
    let fit = maximise(&|theta| likelihood.at(theta), &wide).unwrap();
    assert!(close(fit.theta[0], 1.5, FITTED));
    let constraint = Constraint {
        parameter: 0,
        mean: 1.0,
        sd: 0.1,
    };
    let both = likelihood.clone().with_constraint(constraint).unwrap();
    // d/dθ: 150/θ − 100 − (θ − 1)/0.01 = 0, a quadratic equation
    let root = (-(100.0 - 100.0) + (4.0 * 100.0 * 150.0f64).sqrt()) / 200.0;
    assert!(close(
        maximise(&|theta| both.at(theta), &wide).unwrap().theta[0],
        root,
        FITTED
    ));
}

#[test]
fn a_maximum_at_an_edge_is_told() {
    let fit = maximise(&|theta| Ok(theta[0] - theta[1] * theta[1]), &space(2)).unwrap();
    assert_eq!(fit.at_edge, [0]);
    assert!(close(fit.theta[0], 3.0, 1e-9));
    let error = covariance(&|theta: &[f64]| Ok(theta[0]), &fit, &space(2)).unwrap_err();
    assert!(error.to_string().contains("at the edge"), "{error}");
}

#[test] // the lower maximum is wide, the higher one narrow: the scan must find it
fn the_higher_of_two_maxima_is_found() {
    let two = |theta: &[f64]| {
        let bump = |mean: f64, sd: f64| (-0.5 * ((theta[0] - mean) / sd).powi(2)).exp();
        Ok((0.6 * bump(-1.0, 0.8) + bump(2.0, 0.3)).ln())
    };
    let fit = maximise(&two, &space(1)).unwrap();
    assert!((fit.theta[0] - 2.0).abs() < 0.01, "{fit:?}");
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    let fails = |_: &[f64]| -> Result<f64> { Err(Error::usage("out of reach")) };
    assert_eq!(maximise(&fails, &space(1)).unwrap_err().to_string(), "out of reach");
    let impossible = |_: &[f64]| Ok(f64::NEG_INFINITY);
    let error = maximise(&impossible, &space(1)).unwrap_err();
    assert!(error.to_string().contains("no hypothesis could be fitted"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Numerical);
    for edges in [vec![], vec![(1.0, 0.5)], vec![(0.0, f64::NAN)]] {
        assert!(ParameterBox::new(edges).unwrap_err().is_usage());
    }
    let truth = normal(1);
    let x = array![[f64::NAN]];
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0]);
    assert!(likelihood.at(&[0.1]).unwrap_err().to_string().contains("no numbers"));
    assert!(likelihood.clone().scaled_to(0.0).is_err());
    assert!(likelihood.with_weights(array![1.0, 2.0].view()).is_err());
}

#[test]
fn grids_run_over_the_last_parameter_first() {
    let grid = ParameterBox::new([(0.0, 1.0), (10.0, 30.0)])
        .unwrap()
        .grid(&[2, 3])
        .unwrap();
    let expected = array![
        [0.0, 10.0],
        [0.0, 20.0],
        [0.0, 30.0],
        [1.0, 10.0],
        [1.0, 20.0],
        [1.0, 30.0]
    ];
    assert_eq!(grid, expected);
    assert!(space(2).grid(&[5]).is_err() && space(1).grid(&[1]).is_err());
}

/// Edges of which the sum of steps is rounded to beyond the upper one: all hypotheses of a profile lie within.
#[test]
fn profiles_reach_the_edge_and_no_further() {
    let space = ParameterBox::new([(-0.5725, 0.472_500_000_000_000_3), (-1.0, 0.799_999_999_999_999_9)]).unwrap();
    let f = |t: &[f64]| Ok(-t[0] * t[0] - t[1] * t[1]);
    for points in [7, 31, 41, 61, 101, 121] {
        let estimate = Estimate::new(&f, &space, points).unwrap();
        assert_eq!(estimate.profiles[0].values[points - 1], space.edges()[0].1);
        assert!(
            space
                .grid(&[points, points])
                .unwrap()
                .rows()
                .into_iter()
                .all(|t| space.contains(&t.to_vec()))
        );
    }
}

#[test] // n events in a box of ten thousand errors: x̄ ± 1/√n all the same
fn intervals_far_narrower_than_the_box_are_resolved() {
    let x = Array2::from_shape_fn((100, 1), |(i, _)| (i as f64 * 0.7).sin());
    let mean = x.mean().unwrap();
    let truth = normal(1);
    let likelihood = Likelihood::new(&truth, x.view(), &[0.0]);
    let wide = ParameterBox::new([(-400.0, 600.0)]).unwrap();
    let estimate = Estimate::from_direct_fits(&likelihood, &wide, &()).unwrap();
    let found = estimate.intervals(0, 0.682_689_492).unwrap();
    let &[(low, high)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert!(
        (low - mean + 0.1).abs() < 0.005 && (high - mean - 0.1).abs() < 0.005,
        "{low} to {high} around {mean}"
    );
    let error = estimate.covariance.unwrap()[(0, 0)].sqrt();
    assert!((error - 0.1).abs() < 1e-3, "{error}");
}
