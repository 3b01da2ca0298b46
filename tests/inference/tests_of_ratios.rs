//! Likelihood-ratio tests against Wilks, a linear model in closed form, and Li and Ma.

use motherlode::inference::{Estimate, ParameterBox, RatioTest, covariance, critical_value, p_value, p_value_at_bound};

use crate::tolerance::close;

#[test] // scipy.stats.chi2.ppf
fn critical_values_are_those_of_chi_squared() {
    let known = [
        (0.6827, 1, 1.000_043),
        (0.9, 1, 2.705_543),
        (0.95, 1, 3.841_459),
        (0.99, 1, 6.634_897),
        (0.6827, 2, 2.295_815),
        (0.95, 2, 5.991_465),
        (0.99, 2, 9.210_340),
    ];
    for (level, parameters, expected) in known {
        let found = critical_value(level, parameters).unwrap();
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        assert!(close(p_value(found, parameters).unwrap(), 1.0 - level, 1e-9));
    }
    assert!(close(p_value_at_bound(2.705_543_454), 0.05, 1e-8));
    assert_eq!(p_value_at_bound(0.0), 1.0);
    assert!(critical_value(1.0, 1).is_err() && p_value(1.0, 0).is_err());
}

/// Four measurements of θ₁ + θ₂ k: weighted least squares with numpy.
fn line(theta: &[f64]) -> f64 {
    let (x, sd) = ([1.2, 1.9, 3.4, 3.7], [0.5, 0.5, 1.0, 1.0]);
    let pull = |k: usize| (x[k] - theta[0] - theta[1] * (k + 1) as f64) / sd[k];
    -0.5 * (0..4).map(|k| pull(k).powi(2)).sum::<f64>()
}

#[test]
fn a_linear_model_is_profiled_in_closed_form() {
    let f = |theta: &[f64]| Ok(line(theta));
    let space = ParameterBox::new([(-5.0, 5.0), (-5.0, 5.0)]).unwrap();
    let mut test = RatioTest::new(&f, space.clone()).unwrap();
    let best = test.best().clone();
    for (found, expected) in best.theta.iter().zip([0.252_809, 0.893_258]) {
        assert!((found - expected).abs() < 1e-5, "{best:?}");
    }
    let covariance = covariance(&f, &best, &space).unwrap();
    for (found, expected) in covariance.iter().zip([0.505_618, -0.213_483, -0.213_483, 0.112_360]) {
        assert!((found - expected).abs() < 1e-5, "{covariance}");
    }
    let tested = test.test(&[(1, 1.2)]).unwrap();
    assert!((tested.statistic - 0.837_404).abs() < 1e-5, "{tested:?}");
    assert!((tested.p_value - 0.360_14).abs() < 1e-5);
    assert!((tested.theta[0] + 0.33).abs() < 1e-5);
    // Not profiled, with the nuisance left at its best fit, the answer is another one.
    let fixed = test.test(&[(0, best.theta[0]), (1, 1.2)]).unwrap();
    assert!((fixed.statistic - 4.234_068).abs() < 1e-4, "{fixed:?}");
}

/// n_on ~ Poisson(s + α b), n_off ~ Poisson(b): the significance of s = 0 with b profiled is that of Li and Ma 1983,
/// equation 17.
#[test]
fn an_on_off_measurement_has_the_significance_of_li_and_ma() {
    for (on, off, alpha, significance) in [(140.0, 100.0, 1.0, 2.588_026), (25.0, 60.0, 0.25, 2.064_836)] {
        let poisson = |n: f64, expected: f64| n * expected.ln() - expected;
        let f = move |theta: &[f64]| Ok(poisson(on, theta[0] + alpha * theta[1]) + poisson(off, theta[1]));
        let space = ParameterBox::new([(0.0, 200.0), (1.0, 300.0)]).unwrap();
        let tested = RatioTest::new(&f, space).unwrap().test(&[(0, 0.0)]).unwrap();
        let found = tested.statistic.sqrt();
        assert!((found - significance).abs() < 1e-5, "{found} is not {significance}");
    }
}

#[test]
fn hypotheses_that_make_no_sense_are_usage_errors() {
    let f = |theta: &[f64]| Ok(line(theta));
    let mut test = RatioTest::new(&f, ParameterBox::new([(-5.0, 5.0), (-5.0, 5.0)]).unwrap()).unwrap();
    for fixed in [
        vec![],
        vec![(2, 0.0)],
        vec![(0, 0.0), (0, 1.0)],
        vec![(0, 9.0)],
        vec![(0, f64::NAN)],
    ] {
        assert!(test.test(&fixed).unwrap_err().is_usage(), "{fixed:?}");
    }
}

/// ln L with a broad maximum at ν = −½ and a higher one at ν = ψ that is as narrow as 0.05: a scan of ν in twelve places misses
/// it at some ψ, but not if it follows the neighbours.
#[test]
fn profiles_do_not_stop_at_the_lower_of_two_maxima() {
    let f = |t: &[f64]| {
        let broad = -0.5 * ((t[1] + 0.5) / 0.3).powi(2) - 4.0 * t[0].powi(2);
        let narrow = 1.0 - 0.5 * ((t[1] - t[0]) / 0.05).powi(2) - t[0].powi(2);
        Ok(broad.max(narrow))
    };
    let space = ParameterBox::new([(-1.0, 1.0), (-1.0, 1.0)]).unwrap();
    let estimate = Estimate::new(&f, &space, 81).unwrap();
    let profile = &estimate.profiles[0];
    for (psi, q) in profile.values.iter().zip(&profile.q) {
        assert!((q - 2.0 * psi * psi).abs() < 1e-4, "{q} at {psi}");
    }
}
