//! The linear Gaussian model in closed form.

use motherlode_core::likelihood::LogRatio;
use motherlode_core::trace::{Instrumented, Mined};
use motherlode_simulators::LinearGaussian;
use ndarray::aview2;

use crate::known::{PRINTED, mined, score, truth};
use crate::tolerance::{ALGEBRA, close, z_score};

// x ~ N(θ, v): log r(x) = (D/v)(x − (θ0 + θ1)/2), score (x − θ)/v
#[test]
fn linear_gaussian_is_its_closed_form() {
    let simulator = LinearGaussian::new(3).unwrap().with_variances(0.9, 0.1).unwrap();
    let truth = truth(&simulator);
    let (x, theta0, theta1) = ([0.3, -1.2, 2.0], [0.5, 0.0, -0.25], [-0.5, 0.25, 1.0]);
    let expected: f64 = (0..3)
        .map(|i| (theta0[i] - theta1[i]) * (x[i] - 0.5 * (theta0[i] + theta1[i])))
        .sum();
    let found = truth.log_ratio(aview2(&[x]), &theta0, &theta1).unwrap()[0];
    assert!(close(found, expected, ALGEBRA));
    let norm = -1.5 * std::f64::consts::TAU.ln();
    assert!(close(truth.log_likelihood(aview2(&[x]), &x).unwrap()[0], norm, ALGEBRA));
    let t = truth.score(aview2(&[x]), &theta0).unwrap();
    (0..3).for_each(|i| assert!(close(t[[0, i]], x[i] - theta0[i], ALGEBRA)));
    assert!(truth.score(aview2(&[x]), &[0.0]).is_err());
    for (found, n) in [(LinearGaussian::new(0), 0), (LinearGaussian::new(17), 17)] {
        assert!(found.unwrap_err().to_string().contains(&format!("in {n} dimensions")));
    }
    assert!(LinearGaussian::new(1).unwrap().with_variances(0.0, 1.0).is_err());
    assert!(LinearGaussian::new(1).unwrap().with_variances(1.0, f64::NAN).is_err());
}

// With s₁ the latent and s₂ the noise variance, v = s₁ + s₂: the joint score scatters about the score with variance
// s₂/(s₁ v), and not at all on average; E1[(r(x,z) − r(x))²] = exp(D²/v)(exp(D² s₂/(s₁ v)) − 1).
#[test]
fn linear_gaussian_has_gold_of_known_noise() {
    for (s1, s2, seed) in [(0.5, 0.5, 7), (0.9, 0.1, 8)] {
        let simulator = LinearGaussian::new(1).unwrap().with_variances(s1, s2).unwrap();
        let truth = truth(&simulator);
        let residual = |(event, _): &(Mined, Vec<f64>)| event.score[0] - score(&*truth, event.x[0], &[0.5])[0];
        let residuals: Vec<f64> = mined(&simulator, &[0.5], 20_000, seed).iter().map(residual).collect();
        assert!(z_score(&residuals).abs() < 5.0);
        let floor = s2 / s1;
        let squares: Vec<f64> = residuals.iter().map(|d| d * d - floor).collect();
        assert!(z_score(&squares).abs() < 5.0, "score floor at s1 = {s1}");
        // The residual is blind to x: E[t(x,z)|x] is the score for each x, not only on average.
        let events = mined(&simulator, &[0.5], 20_000, seed + 10);
        let tilted: Vec<f64> = events
            .iter()
            .map(|event| residual(event) * event.0.x[0].sin())
            .collect();
        assert!(z_score(&tilted).abs() < 5.0);
    }
}

#[test] // the floor 4.670774 of the squared error of the ratio, at s₁ = s₂ = ½ and D = 1
fn linear_gaussian_has_the_known_ratio_floor() {
    let simulator = LinearGaussian::new(1).unwrap();
    let truth = truth(&simulator);
    let (theta0, theta1) = ([0.5], [-0.5]);
    let floor = 1f64.exp() * (1f64.exp() - 1.0);
    assert!(close(floor, 4.670_774, PRINTED));
    let noise: Vec<f64> = mined(&simulator, &theta1, 400_000, 9)
        .iter()
        .map(|(event, memory)| {
            let joint = simulator.log_probability_at(&theta0, memory).unwrap() - event.log_probability;
            let exact = truth.log_ratio(aview2(&[[event.x[0]]]), &theta0, &theta1).unwrap()[0];
            (joint.exp() - exact.exp()).powi(2) - floor
        })
        .collect();
    assert!(z_score(&noise).abs() < 5.0);
}
