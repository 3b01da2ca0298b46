//! Checks of posteriors of three parameters: exact ones pass, distorted ones have the coverage that follows from χ² with three degrees of
//! freedom.

use motherlode::Result;
use motherlode::analysis::{Analysis, DiagnosisSettings};
use motherlode::diagnostics::{
    Check, DiagnosedEstimator, DiagnosticResults, FitConvergence, FixedCoverage, Outcome, PosteriorCheckSettings,
    PosteriorChecks,
};
use motherlode::inference::ParameterBox;
use motherlode::likelihood::{LogRatio, Truth};
use motherlode::trace::{Instrumented, stream};
use motherlode_simulators::LinearGaussian;
use ndarray::{Array1, Array2, ArrayView2};
use rand::RngExt;
use rand_distr::StandardNormal;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// Means are judged at this many standard errors.
const FAR: f64 = 5.0;
const P: usize = 3;

/// The exact ratio of x ~ N(θ, 1) to the power g; it is not a number where `fails` says so.
struct Distorted {
    exact: Box<dyn Truth>,
    power: f64,
    fails: fn(&[f64], &[f64]) -> bool,
}

impl LogRatio for Distorted {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let mut log_ratio = self.exact.log_ratio(x, theta0, theta1)? * self.power;
        for (log, x) in log_ratio.iter_mut().zip(x.rows()) {
            if (self.fails)(&x.to_vec(), theta0) {
                *log = f64::NAN;
            }
        }
        Ok(log_ratio)
    }
}

fn never(_: &[f64], _: &[f64]) -> bool {
    false
}

/// Ten parameters have posteriors that the edges of the box cut off in many directions.
#[test]
fn exact_posteriors_of_ten_parameters_are_resolved() {
    let simulator = LinearGaussian::new(10).unwrap();
    let exact = simulator.truth().unwrap();
    let examined = DiagnosedEstimator {
        estimator: &exact,
        reference: &[0.0; 10],
        simulator: &simulator,
        space: &ParameterBox::new([(-1.0, 1.0); 10]).unwrap(),
    };
    let plan = PosteriorCheckSettings {
        pairs: 200,
        events: 10,
        seed: 8,
    };
    let found = PosteriorChecks::new(examined, plan, &()).unwrap();
    assert!(found.unresolved <= 2, "{}", found.unresolved);
    let checks = verdicts(&found);
    assert!(checks.iter().all(|check| check.outcome == Outcome::Pass), "{checks:#?}");
    let gain = 10.0 * information_gain(10);
    assert!(
        (found.learned - gain).abs() < FAR * (5.0f64 / 200.0).sqrt(),
        "{} instead of {gain}",
        found.learned
    );
}

/// Looks at three parameters in boxes of half width 1 through a distorted ratio.
fn look<T>(power: f64, fails: fn(&[f64], &[f64]) -> bool, at: impl FnOnce(DiagnosedEstimator<'_>) -> T) -> T {
    let simulator = LinearGaussian::new(P).unwrap();
    let exact = simulator.truth().unwrap();
    let estimator = Distorted { exact, power, fails };
    let space = ParameterBox::new([(-1.0, 1.0); P]).unwrap();
    at(DiagnosedEstimator {
        estimator: &estimator,
        reference: &[-0.5, 0.0, 0.5],
        simulator: &simulator,
        space: &space,
    })
}

fn posteriors(power: f64, fails: fn(&[f64], &[f64]) -> bool, pairs: usize, events: usize) -> PosteriorChecks {
    let plan = PosteriorCheckSettings { pairs, events, seed: 5 };
    look(power, fails, |examined| {
        PosteriorChecks::new(examined, plan, &()).unwrap()
    })
}

fn verdicts(found: &PosteriorChecks) -> Vec<Check> {
    let parameters = ["a", "b", "c"].map(str::to_owned);
    let found = DiagnosticResults {
        parameters: &parameters,
        posteriors: Some(found),
        ..DiagnosticResults::default()
    };
    found.checks()
}

fn outcome(found: &PosteriorChecks, name: &str) -> Outcome {
    let checks = verdicts(found);
    let check = checks.iter().find(|check| check.name.contains(name));
    check.unwrap_or_else(|| panic!("no {name} in {checks:#?}")).outcome
}

/// The mutual information of θ, uniform from −1 to 1, and the mean of n measurements: h(mean) − ½ ln(2πe/n), by a sum over a grid.
fn information_gain(n: usize) -> f64 {
    let (sigma, step) = ((n as f64).sqrt().recip(), 1e-3);
    let normal = Normal::new(0.0, sigma).unwrap();
    let density = |m: f64| 0.5 * (normal.cdf(m + 1.0) - normal.cdf(m - 1.0));
    let entropy: f64 = (-3_000..=3_000)
        .map(|i| density(f64::from(i) * step))
        .filter(|density| *density > 1e-300)
        .map(|density| -step * density * density.ln())
        .sum();
    entropy - 0.5 * (std::f64::consts::TAU * std::f64::consts::E / n as f64).ln()
}

#[test]
fn exact_posteriors_of_three_parameters_pass_every_check() {
    for (pairs, events) in [(1_000, 10), (1_000, 200)] {
        let found = posteriors(1.0, never, pairs, events);
        let checks = verdicts(&found);
        assert_eq!(found.unresolved, 0);
        assert!(checks.iter().all(|check| check.outcome == Outcome::Pass), "{checks:#?}");
        let gain = P as f64 * information_gain(events);
        // ln q(θ*) has the variance 1/2 in each parameter.
        let error = (0.5 * P as f64 / pairs as f64).sqrt();
        assert!(
            (found.learned - gain).abs() < FAR * error,
            "{} instead of {gain}",
            found.learned
        );
    }
}

/// Regions of log r to the power g hold what χ² of three degrees of freedom says: P(g χ² < its quantile at the level).
#[test]
fn distorted_posteriors_of_three_parameters_have_their_analytic_coverage() {
    let chi_squared = ChiSquared::new(P as f64).unwrap();
    for power in [4.0, 1.0 / 2.25] {
        let found = posteriors(power, never, 1_000, 400);
        for level in [0.68, 0.95] {
            let expected = chi_squared.cdf(chi_squared.inverse_cdf(level) / power);
            // The edges of the box do the rest.
            let tolerance = 4.0 * (expected * (1.0 - expected) / 1_000.0).sqrt() + 0.02;
            let coverage = found.coverage.at(level);
            assert!(
                (coverage - expected).abs() < tolerance,
                "{power}, {level}: {coverage} instead of {expected}"
            );
        }
        let narrow = power > 1.0;
        let expected = if narrow { Outcome::Fail } else { Outcome::Warn };
        assert_eq!(outcome(&found, "coverage of 95 %"), expected);
        assert_eq!(outcome(&found, "one by one"), Outcome::Fail);
        assert_eq!(outcome(&found, "ranks of b"), Outcome::Fail);
        if narrow {
            // The distance of ranks for half the width (diagnostics: Φ(z/2) against Φ(z)).
            assert!((found.ranks[1].distance - 0.1613).abs() < 0.04, "{:?}", found.ranks[1]);
        }
    }
}

/// A posterior that equals the prior covers, and its ranks in each parameter are uniform: what depends on the data reveals it (Modrák et al.
/// 2023, arXiv:2211.02383).
#[test]
fn a_posterior_that_equals_the_prior_fails_where_the_data_are_looked_at() {
    let found = posteriors(0.0, never, 500, 20);
    // Integrals by some hundred draws are known to a few per cent each, and their average over data sets much better.
    assert!(found.learned.abs() < 0.02, "{}", found.learned);
    for passes in ["coverage of 68 %", "coverage of 95 %", "ranks of a,", "mean posterior"] {
        assert_eq!(outcome(&found, passes), Outcome::Pass, "{passes}");
    }
    for fails in ["log likelihood", "distances"] {
        assert_eq!(outcome(&found, fails), Outcome::Fail, "{fails}");
    }
}

/// Impossible hypotheses leave no polynomial: the estimator is evaluated at each draw, and says the same.
#[test]
fn an_estimator_that_cannot_be_interpolated_is_evaluated() {
    let far = |x: &[f64], theta: &[f64]| (x[0] - theta[0]).abs() > 4.0;
    let found = posteriors(1.0, far, 400, 10);
    assert!(found.unresolved < 4, "{}", found.unresolved);
    assert_eq!(outcome(&found, "coverage of 95 %"), Outcome::Pass);
    assert_eq!(outcome(&found, "ranks of a,"), Outcome::Pass);
    assert!((found.learned - P as f64 * information_gain(10)).abs() < FAR * (1.5f64 / 400.0).sqrt());
}

/// The estimator has no answer for events above 1: a known share of the data sets of one event cannot be resolved.
#[test]
fn posteriors_that_cannot_be_drawn_are_counted() {
    let found = posteriors(1.0, |x, _| x[0] > 1.0, 400, 1);
    // P(x > 1) over θ uniform from −1 to 1: ½ ∫ Φ(θ − 1) dθ.
    let normal = Normal::standard();
    let share = (0..1_000)
        .map(|i| normal.cdf(-2.0 + (f64::from(i) + 0.5) * 2e-3))
        .sum::<f64>()
        / 1_000.0;
    let error = (share * (1.0 - share) / 400.0).sqrt();
    let counted = found.unresolved as f64 / 400.0;
    assert!((counted - share).abs() < FAR * error, "{counted} instead of {share}");
    assert_eq!(found.coverage.pairs(), 400 - found.unresolved);
    assert_eq!(outcome(&found, "could not be drawn"), Outcome::Fail);
    let plan = PosteriorCheckSettings {
        pairs: 40,
        events: 1,
        seed: 5,
    };
    let refused = look(
        1.0,
        |_, _| true,
        |examined| PosteriorChecks::new(examined, plan, &()).unwrap_err(),
    );
    assert!(refused.to_string().contains("could not be drawn"), "{refused}");
}

/// Regions by Wilks' theorem are exact for normals; those of a power g hold P(g χ² < quantile).
#[test]
fn intervals_of_three_parameters_cover_at_each_hypothesis() {
    let chi_squared = ChiSquared::new(P as f64).unwrap();
    for power in [1.0, 4.0] {
        let found = look(power, never, |examined| {
            FixedCoverage::new(examined, 500, 200, 7, &()).unwrap()
        });
        assert_eq!(found.points.len(), 4);
        let expected = chi_squared.cdf(chi_squared.inverse_cdf(0.95) / power);
        let error = (expected * (1.0 - expected) / 500.0).sqrt();
        for (theta, coverage) in found.points {
            let value = coverage.at(0.95);
            assert!(
                (value - expected).abs() < FAR * error,
                "{theta:?}: {value} instead of {expected}"
            );
        }
    }
}

/// Root mean square errors √(1/n) in each of three parameters.
#[test]
fn best_fits_of_three_parameters_converge() {
    let found = look(1.0, never, |examined| {
        FitConvergence::new(examined, 1_000, 40, 3, &()).unwrap()
    });
    for k in 0..P {
        for (n, error) in found.events.iter().zip(found.errors(k)).skip(2) {
            let expected = (*n as f64).sqrt().recip();
            assert!(error.z_score(expected).abs() < FAR, "{n}: {error:?}, {expected}");
        }
        assert!(found.bias(k).z_score(0.0).abs() < FAR);
    }
}

#[test]
fn the_posterior_of_an_observation_of_three_parameters_is_tested() {
    let plan = PosteriorCheckSettings {
        pairs: 600,
        events: 20,
        seed: 2,
    };
    let mut rng = stream(9, 0, 0);
    let x = Array2::from_shape_fn((20, P), |_| 0.2 + rng.sample::<f64, _>(StandardNormal));
    let p_value = |power: f64| {
        look(power, never, |examined| {
            let checks = PosteriorChecks::new(examined, plan, &()).unwrap();
            checks.local(examined, x.view(), 1, &()).unwrap().p_value()
        })
    };
    let (exact, wide) = (p_value(1.0), p_value(0.25));
    assert!(exact > 1e-2 && wide < 1e-2, "{exact}, {wide}");
}

/// A diagnosis of three parameters has a line for each of the checks that there are for one.
#[test]
fn a_diagnosis_of_three_parameters_leaves_nothing_out() {
    let simulator = LinearGaussian::new(P).unwrap();
    let exact = simulator.truth().unwrap();
    let settings = DiagnosisSettings {
        pairs: 100,
        held_out: Some(4_000),
        converge: Some(100),
        ..DiagnosisSettings::default()
    };
    let found = Analysis::new(&exact)
        .with_simulator(&simulator)
        .diagnose(&settings, &())
        .unwrap();
    let names: Vec<&str> = found.checks.iter().map(|check| check.name.as_str()).collect();
    let parts = "coverage of 68 %|coverage of 95 %|ranks of|log likelihood|distances|mean posterior|one by one|95 % intervals|bias of|AUC";
    for part in parts.split('|') {
        assert!(names.iter().any(|name| name.contains(part)), "{part}: {names:#?}");
    }
    assert!(found.learned.unwrap() > 0.0);
    assert!(found.checks.iter().all(Check::passes), "{:#?}", found.checks);
}
