//! Posteriors of exact answers pass every check, and those of distorted ones fail the right ones.

use motherlode_core::Result;
use motherlode_core::likelihood::{LogRatio, Truth};
use motherlode_core::trace::Instrumented;
use motherlode_simulators::{Galton, LinearGaussian, Projectile};
use motherlode_stats::diagnostics::{
    Check, DiagnosedEstimator, DiagnosticResults, Outcome, PosteriorCheckSettings, PosteriorChecks, TestEvents,
};
use ndarray::{Array1, ArrayView2};

use crate::known::truth;

/// The exact log r times a power, and that of hypotheses which are off: log r(x|θ0 + shift, θ1 + shift).
struct Distorted {
    exact: Box<dyn Truth>,
    power: f64,
    shift: f64,
}

impl LogRatio for Distorted {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let off = |theta: &[f64]| theta.iter().map(|value| value + self.shift).collect::<Vec<_>>();
        Ok(self.exact.log_ratio(x, &off(theta0), &off(theta1))? * self.power)
    }
}

fn examined(simulator: &dyn Instrumented, power: f64, shift: f64, events: usize) -> (PosteriorChecks, Vec<Check>) {
    let hypotheses = simulator.hypotheses().unwrap();
    let exact = truth(simulator);
    let estimate = Distorted { exact, power, shift };
    let space = hypotheses.prior;
    let plan = PosteriorCheckSettings {
        pairs: 2_000,
        events,
        seed: 5,
    };
    let examined = DiagnosedEstimator {
        estimator: &estimate,
        reference: &hypotheses.theta1,
        simulator,
        space: &space,
    };
    let checks = PosteriorChecks::new(examined, plan, &()).unwrap();
    let closure = TestEvents::new(simulator, 8_000, &())
        .unwrap()
        .ratio(&estimate)
        .unwrap()
        .closure;
    let names: Vec<String> = simulator
        .parameters()
        .into_iter()
        .map(|parameter| parameter.name)
        .collect();
    let found = DiagnosticResults {
        parameters: &names,
        posteriors: Some(&checks),
        closure: Some(&closure),
        ..DiagnosticResults::default()
    }
    .checks();
    (checks, found)
}

fn failed(found: &[Check]) -> Vec<&str> {
    let failed = found.iter().filter(|check| check.outcome == Outcome::Fail);
    failed.map(|check| check.name.as_str()).collect()
}

#[test]
fn exact_posteriors_pass() {
    let linear = LinearGaussian::new(1).unwrap();
    for (simulator, events) in [
        (&linear as &dyn Instrumented, 10),
        (&Galton::default(), 5),
        (&Projectile, 2),
    ] {
        let (checks, found) = examined(simulator, 1.0, 0.0, events);
        assert!(
            found.iter().all(|check| check.outcome == Outcome::Pass),
            "{}: {found:#?}",
            simulator.name()
        );
        assert!(checks.learned > 0.0);
    }
}

/// log r to the power g has a posterior narrower by √g: in a box much wider than the posterior, coverage at l is
/// Φ(z/√g) − Φ(−z/√g), 0.6729 of 95 % for g = 4, and 0.9967 for g = 1/1.5².
#[test]
fn posteriors_of_a_power_of_the_ratio_have_their_analytic_coverage() {
    let linear = LinearGaussian::new(1).unwrap();
    // Posteriors at the edges of the box differ: 200 events make the rest.
    for (power, expected) in [(4.0, 0.6729), (1.0 / 2.25, 0.9967)] {
        let (checks, found) = examined(&linear, power, 0.0, 200);
        let coverage = checks.coverage.at(0.95);
        assert!((coverage - expected).abs() < 0.04, "{coverage} is not {expected}");
        let of_coverage = found
            .iter()
            .find(|check| check.name == "coverage of 95 % regions")
            .unwrap();
        let (outcome, words) = if power > 1.0 {
            (Outcome::Fail, "too narrow")
        } else {
            (Outcome::Warn, "too wide")
        };
        assert_eq!(of_coverage.outcome, outcome, "{found:#?}");
        assert!(of_coverage.remedy.as_ref().unwrap().contains(words));
    }
}

#[test]
fn posteriors_that_are_off_fail_their_ranks_and_those_that_did_not_learn_fail_their_distances() {
    let linear = LinearGaussian::new(1).unwrap();
    let (_, off) = examined(&linear, 1.0, 0.15, 20);
    assert!(
        failed(&off).iter().any(|check| check.starts_with("ranks of")),
        "{off:#?}"
    );
    let (checks, blind) = examined(&linear, 0.0, 0.0, 20);
    assert!(checks.learned.abs() < 1e-9);
    assert!(
        !failed(&blind)
            .iter()
            .any(|check| check.starts_with("coverage") || check.ends_with("distance from uniform"))
    );
    let failed = failed(&blind);
    for check in [
        "ranks of a log likelihood by regression",
        "distances from points that look at x",
        "AUC after reweighting",
    ] {
        assert!(failed.contains(&check), "{blind:#?}");
    }
}
