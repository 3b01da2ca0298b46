//! The identities of gold hold for every simulator of the registry, and each way to break them is caught by name.

use std::sync::atomic::{AtomicU64, Ordering};

use motherlode_core::gold::{Identities, Identity, algebraic_identities, identities};
use motherlode_core::trace::density::{Bernoulli, Normal};
use motherlode_core::trace::{
    Density, Hypotheses, Instrumented, Memory, Observable, Parameter, Rejected, Simulator, Stream, Trace,
};
use motherlode_core::{Check, Real};
use motherlode_simulators::{Interference, Projectile, registry};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::known::moves_its_support;

/// Returns true if a run makes an image, which takes milliseconds.
fn is_image(simulator: &dyn Instrumented) -> bool {
    ["lensing", "lensing-summary"].contains(&simulator.name())
}

#[test]
fn registry_passes() {
    for simulator in registry() {
        let hypotheses = simulator.hypotheses().unwrap();
        if simulator.without_gold().is_some() || moves_its_support(&*simulator) {
            continue;
        }
        let n_events = match simulator.name() {
            "lotka-volterra" => 500,       // five thousand steps each
            "lotka-volterra-ode" => 2_000, // differential equations, of forty numbers
            "bernoulli-glm" => 2_000,      // a hundred draws each, of ten parameters
            "fusion-4l-partons" => 1_000,  // a hundred proposals each
            _ if is_image(&*simulator) => 200,
            _ if simulator.truth().is_some() => 10_000,
            _ => 1_000, // without an exact answer there is a long history
        };
        let found = identities(&*simulator, &hypotheses.theta0, &hypotheses.theta1, n_events, 21).unwrap();
        assert!(
            found.pass(),
            "{}: {:#?}",
            simulator.name(),
            found.failures().collect::<Vec<_>>()
        );
        let (p, m) = (simulator.parameters().len(), simulator.observables().len());
        // Replay, antisymmetry, additivity, support twice, three means of ratios; slope, mean and m derivatives for each parameter.
        // Where runs are discarded, acceptances are compared, too.
        let checks = found
            .checks
            .iter()
            .filter(|check| check.name != Identity::Acceptance.name());
        assert_eq!(checks.count(), 8 + p * (2 + m), "{}", simulator.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, rng_seed: RngSeed::Fixed(22), ..ProptestConfig::default() })]
    #[test]
    fn algebra_holds_anywhere_in_the_prior(
        places in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 16),
        seed in any::<u64>(),
    ) {
        for simulator in registry().into_iter().filter(|simulator| !moves_its_support(&**simulator)) {
            let prior: Vec<_> = simulator.hypotheses().unwrap().prior.into();
            let at = |u: f64, (low, high): (f64, f64)| low + u * (high - low);
            let theta: Vec<f64> = prior.iter().zip(&places).map(|(edges, place)| at(place.0, *edges)).collect();
            let theta1: Vec<f64> = prior.iter().zip(&places).map(|(edges, place)| at(place.1, *edges)).collect();
            let n_events = if is_image(&*simulator) { 4 } else { 20 };
            let found = algebraic_identities(&*simulator, &theta, &theta1, n_events, seed).unwrap();
            prop_assert!(found.pass(), "{}: {:?}", simulator.name(), found.failures().collect::<Vec<_>>());
        }
    }
}

/// Among these events is one whose amplitude nearly vanishes at θ: with a step of a thousandth of the prior, its difference
/// is wrong by 3.5e-5.
#[test]
fn paths_that_are_almost_impossible_are_differenced_with_a_smaller_step() {
    let theta = [-1.0 + 2.0 * 0.183_854_281_171_995_8];
    let found = algebraic_identities(&Interference, &theta, &[-1.0], 20, 10_682_618_872_521_367_837).unwrap();
    assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
}

/// A faulty simulator with one parameter and one observable, from the body of its `simulate`.
macro_rules! faulty {
    ($name:ident, $doc:literal, $hypotheses:expr, $theta:ident, $trace:ident => $body:expr) => {
        #[doc = $doc]
        struct $name;

        impl Simulator for $name {
            fn name(&self) -> &str {
                stringify!($name)
            }

            fn parameters(&self) -> Vec<Parameter> {
                vec![Parameter::new("theta", -10.0, 10.0)]
            }

            fn observables(&self) -> Vec<Observable> {
                vec![Observable::new("x")]
            }

            fn hypotheses(&self) -> Option<Hypotheses> {
                let (theta0, theta1, prior) = $hypotheses;
                Some(Hypotheses::new([theta0], [theta1], [prior]))
            }

            fn simulate<R: Real>(&self, theta: &[R], $trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
                let $theta = theta[0];
                $body
            }
        }
    };
}

fn identity(check: &Check) -> Option<Identity> {
    Identity::from_name(&check.name)
}

fn checks(simulator: &dyn Instrumented) -> Identities {
    let hypotheses = simulator.hypotheses().unwrap();
    identities(simulator, &hypotheses.theta0, &hypotheses.theta1, 10_000, 22).unwrap()
}

fn failed(simulator: &dyn Instrumented) -> Vec<Identity> {
    let mut failed: Vec<Identity> = checks(simulator).failures().filter_map(identity).collect();
    failed.dedup();
    failed
}

faulty!(
    Branches,
    "Draws once more where θ > ½, and nobody drew that.",
    (0.4, 0.6, (0.3, 0.7)),
    theta, trace => {
        let mut x = 0.0;
        for _ in 0..if theta.value() > 0.5 { 2 } else { 1 } {
            x += f64::from(u8::from(trace.draw(Bernoulli::new(theta)?)));
        }
        Ok(vec![x])
    }
);

#[test]
fn branch_without_a_draw_is_a_path_that_does_not_exist() {
    let found = checks(&Branches);
    let fault = found
        .failures()
        .find(|check| identity(check) == Some(Identity::Path))
        .unwrap();
    assert!(fault.note.contains("without a draw") && fault.remedy.as_ref().unwrap().contains("make the branch a draw"));
}

faulty!(
    Unseen,
    "Compares θ with noise: a branch that no record shows.",
    (0.4, 0.6, (0.3, 0.7)),
    theta, trace => Ok(vec![f64::from(u8::from(trace.noise(Bernoulli::new(theta.value())?)))])
);

faulty!(
    Stretches,
    "Scales an observation with θ after the last draw.",
    (1.0, 1.2, (0.5, 1.5)),
    theta, trace => Ok(vec![trace.draw(Normal::new(theta, R::from(1.0))?) * theta.value()])
);

#[test]
fn parameter_that_bypasses_the_trace_is_caught_by_the_derivative() {
    assert_eq!(failed(&Unseen), [Identity::Derivative]);
    assert_eq!(failed(&Stretches), [Identity::Derivative]);
}

/// Draws with standard deviation 1, and says 2.
struct WrongScale<R>(R);

impl<R: Real> Density<R> for WrongScale<R> {
    type Draw = f64;

    fn sample(&self, rng: &mut Stream) -> f64 {
        Normal::new(self.0.re(), 1.0).expect("a finite mean").sample(rng)
    }

    fn log_density(&self, draw: &f64) -> R {
        -(self.0 - *draw).powi(2) / 8.0
    }
}

faulty!(
    Misjudges,
    "Scores another width than it draws with.",
    (0.5, -0.5, (-1.0, 1.0)),
    theta, trace => Ok(vec![trace.draw(WrongScale(theta))])
);

#[test]
fn wrong_scale_is_caught_by_means() {
    // The two hypotheses mirror each other, so that the score and the balance keep their means.
    assert_eq!(
        failed(&Misjudges),
        [Identity::Ratio, Identity::InverseRatio, Identity::Derivative]
    );
}

/// Unnormalised: the factor θ of an exponential is missing.
struct Unnormalised<R>(R);

impl<R: Real> Density<R> for Unnormalised<R> {
    type Draw = f64;

    fn sample(&self, rng: &mut Stream) -> f64 {
        let normal = |rng: &mut Stream| Normal::new(0.0, 1.0).expect("a standard normal").sample(rng);
        (normal(rng).powi(2) + normal(rng).powi(2)) * 0.5 / self.0.re() // half a χ² of two degrees is exponential
    }

    fn log_density(&self, draw: &f64) -> R {
        -self.0 * *draw
    }
}

faulty!(
    Forgets,
    "Leaves out a normalisation that depends on θ.",
    (1.1, 1.0, (0.8, 1.2)),
    theta, trace => Ok(vec![trace.draw(Unnormalised(theta))])
);

#[test]
fn missing_normalisation_is_caught_by_the_mean_score() {
    let failed = failed(&Forgets);
    assert!(
        failed.contains(&Identity::Score) && failed.contains(&Identity::Ratio),
        "{failed:?}"
    );
}

faulty!(
    Undefined,
    "Has a width that is no number for θ < 0.",
    (-0.5, 0.5, (-1.0, 1.0)),
    theta, trace => Ok(vec![trace.draw(Normal::new(theta, theta.sqrt())?)])
);

/// A density without a value.
struct NoNumber;

impl<R: Real> Density<R> for NoNumber {
    type Draw = f64;

    fn sample(&self, _: &mut Stream) -> f64 {
        0.5
    }

    fn log_density(&self, _: &f64) -> R {
        R::from(f64::NAN)
    }
}

faulty!(
    NotANumber,
    "Gives NaN for a probability.",
    (0.4, 0.6, (0.3, 0.7)),
    _theta, trace => Ok(vec![trace.draw(NoNumber)])
);

#[test]
fn numbers_that_are_none_are_named() {
    assert!(failed(&Undefined).iter().all(|&identity| identity == Identity::Defined));
    let found = checks(&Undefined);
    assert!(
        found
            .failures()
            .next()
            .unwrap()
            .note
            .contains("Normal needs a finite mean and sd > 0")
    );
    assert_eq!(failed(&NotANumber), [Identity::Defined]);
    assert!(checks(&NotANumber).failures().next().unwrap().note.contains("NaN"));
}

/// Uniform on θ … θ + 1.
struct Moving<R>(R);

impl<R: Real> Density<R> for Moving<R> {
    type Draw = f64;

    fn sample(&self, rng: &mut Stream) -> f64 {
        use rand::RngExt;
        self.0.re() + rng.random::<f64>()
    }

    fn log_density(&self, draw: &f64) -> R {
        let inside = (0.0..=1.0).contains(&(draw - self.0.re()));
        R::from(if inside { 0.0 } else { f64::NEG_INFINITY })
    }
}

faulty!(
    Shifts,
    "Has edges that move with θ.",
    (0.3, 0.0, (0.0, 1.0)),
    theta, trace => Ok(vec![trace.draw(Moving(theta))])
);

#[test]
fn path_that_is_impossible_at_the_other_hypothesis_is_named() {
    let found = checks(&Shifts);
    let shares: Vec<f64> = found
        .failures()
        .filter(|check| identity(check) == Some(Identity::Support))
        .map(|check| check.value)
        .collect();
    assert_eq!(shares.len(), 2);
    // 30 % of each hypothesis lies outside of the other.
    assert!(shares.iter().all(|share| (share - 0.3).abs() < 0.12), "{shares:?}");
    assert!(
        found
            .failures()
            .any(|check| identity(check) == Some(Identity::Derivative))
    );
}

/// The flight of [`Projectile`] integrated step by step, and differentiated through the loop.
struct Integrated;

impl Simulator for Integrated {
    fn name(&self) -> &str {
        "integrated projectile"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Simulator::parameters(&Projectile)
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(&Projectile)
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Simulator::hypotheses(&Projectile)
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        const STEP: f64 = 1e-3;
        let height = trace.noise(Normal::new(1.1, 0.3)?);
        let (sin, cos) = theta[1].sin_cos();
        let (speed_x, mut speed_y) = (theta[0] * cos, theta[0] * sin);
        let (mut x, mut y) = (R::from(0.0), R::from(height));
        while y.re() > 0.0 {
            x += speed_x * STEP;
            y += speed_y * STEP;
            speed_y -= R::from(9.81 * STEP);
        }
        Ok(vec![trace.draw(Normal::new(x, R::from(0.25))?)])
    }
}

#[test]
fn derivative_through_a_loop_is_caught() {
    let theta = [12.0, 37f64.to_radians()];
    let found = identities(&Integrated, &theta, &[12.05, 0.65], 2_000, 23).unwrap();
    let by_speed = found
        .checks
        .iter()
        .find(|check| identity(check) == Some(Identity::Derivative) && check.subject == "distance, speed")
        .unwrap();
    assert!(!by_speed.passes());
    // The slope through the loop is 1.284, the true one 2.370 (independent code; mpmath's quadrature).
    assert!((by_speed.value - 1.284).abs() < 0.1, "{}", by_speed.value);
    assert!((by_speed.expected.unwrap() - 2.370).abs() < 0.1, "{by_speed:?}");
    let exact = identities(&Projectile, &theta, &[12.05, 0.65], 2_000, 23).unwrap();
    assert!(exact.pass());
}

/// Remembers a statistic, and computes something else from it.
struct Misremembers(AtomicU64);

impl Simulator for Misremembers {
    fn name(&self) -> &str {
        "misremembers"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.4], [0.6], [(0.3, 0.7)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let x = f64::from(u8::from(trace.draw(Bernoulli::new(theta[0])?)));
        trace.remember(&[x]);
        Ok(vec![x])
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let calls = self.0.fetch_add(1, Ordering::Relaxed) as f64;
        Ok(theta[0] * memory[0] + calls * 1e-3)
    }
}

#[test]
fn probability_that_is_no_function_of_the_path_is_caught() {
    let failed = failed(&Misremembers(AtomicU64::new(0)));
    for identity in [
        Identity::Replay,
        Identity::Antisymmetry,
        Identity::Additivity,
        Identity::FiniteDifference,
    ] {
        assert!(failed.contains(&identity), "{identity} is not in {failed:?}");
    }
}

faulty!(
    Hopeless,
    "Discards every run.",
    (0.4, 0.6, (0.3, 0.7)),
    _theta, _trace => Err(Rejected::Discarded("no trigger".into()))
);

#[test]
fn simulator_that_discards_everything_is_named() {
    let found = algebraic_identities(&Hopeless, &[0.4], &[0.6], 10, 1).unwrap();
    assert!(!found.pass() && found.n_discarded == 30_001);
    assert!(
        found
            .failures()
            .next()
            .unwrap()
            .note
            .contains("discarded 30001 runs in a row")
    );
}

#[test]
fn questions_that_make_no_sense_are_usage_errors() {
    for (theta, theta1, n) in [
        (vec![0.5, 0.5], vec![0.6], 200),
        (vec![0.5], vec![11.0], 200),
        (vec![0.5], vec![0.6], 10),
    ] {
        assert!(identities(&Unseen, &theta, &theta1, n, 1).unwrap_err().is_usage());
    }
    assert!(identities(&Unseen, &[f64::NAN], &[0.5], 200, 1).is_err());
}
