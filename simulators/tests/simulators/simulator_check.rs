//! The check of a simulator finds each kind of fault in words, and none in the simulators of the registry.

use motherlode_core::gold::{
    Design, Identity, Miner, SimulatorCheckSettings, SimulatorFault, SimulatorReport, check_simulator,
};
use motherlode_core::prior::Prior;
use motherlode_core::trace::density::{Normal, Poisson};
use motherlode_core::trace::{
    Density, Hypotheses, Instrumented, Memory, Observable, Parameter, Rejected, Simulator, Stream, Trace,
};
use motherlode_core::{Progress, Real};
use motherlode_simulators::registry;

use crate::known::moves_its_support;

/// Returns true if a run takes milliseconds: thousands of steps, or an image.
fn is_slow(simulator: &dyn Instrumented) -> bool {
    let names = ["lotka-volterra", "lensing", "lensing-summary", "neural-mass"];
    let families = ["epidemiology", "bumpers", "fusion"];
    names.contains(&simulator.name()) || families.iter().any(|family| simulator.name().starts_with(family))
}

/// As many events as there is time for.
fn settings(simulator: &dyn Instrumented) -> SimulatorCheckSettings {
    let settings = SimulatorCheckSettings::new().with_seed(11);
    match is_slow(simulator) {
        true => settings.with_pairs(1).with_events(100).with_replayed(8),
        false if simulator.truth().is_some() => settings.with_pairs(2),
        false => settings.with_pairs(2).with_events(500),
    }
}

#[test]
fn no_simulator_of_the_registry_is_suspected() {
    for simulator in registry() {
        let report = check_simulator(&*simulator, &settings(&*simulator), &());
        if simulator.without_gold().is_some() {
            assert!(report.unwrap_err().is_usage());
            continue;
        }
        let report = report.unwrap();
        // What is wrong with a support that moves is found, and nothing else.
        let expected = if moves_its_support(&*simulator) { 1 } else { 0 };
        let faults = report.faults();
        let of_support = faults.iter().filter(|fault| fault.kind == "support").count();
        assert!(
            (faults.len(), of_support) == (expected, expected),
            "{}: {faults:#?}",
            simulator.name()
        );
        assert!(report.has_replays, "{}", simulator.name());
    }
}

#[test]
fn mining_suspects_no_simulator_of_the_registry() {
    // A density with a kink at a hypothesis of its box has no slope there, and is suspected with reason.
    for simulator in registry() {
        if simulator.without_gold().is_some() || moves_its_support(&*simulator) {
            continue;
        }
        let hypotheses = simulator.hypotheses().unwrap();
        let prior = Prior::uniform(hypotheses.prior.clone()).unwrap();
        let reference = hypotheses.theta_ref();
        for (seed, design) in [
            Design::Pair {
                theta0: hypotheses.theta0,
                theta1: hypotheses.theta1.clone(),
            },
            Design::Prior {
                prior: prior.clone(),
                theta1: hypotheses.theta1,
            },
            Design::Mixture { prior, n_points: 10 },
            Design::Reference { theta: reference },
        ]
        .into_iter()
        .enumerate()
        {
            if seed > 0 && is_slow(&*simulator) {
                break;
            }
            let miner = Miner::new(&*simulator, design, seed as u64).unwrap();
            let found = miner.faults(10_000, &()).unwrap();
            assert_eq!(found, [], "{}", simulator.name());
        }
    }
}

/// A faulty simulator with parameters `a` and `b` and observables `x` and `y`, from the body of its `simulate`.
macro_rules! faulty {
    ($name:ident, $doc:literal, $theta:ident, $trace:ident => $body:expr) => {
        #[doc = $doc]
        struct $name;

        impl Simulator for $name {
            fn name(&self) -> &str {
                stringify!($name)
            }

            fn parameters(&self) -> Vec<Parameter> {
                ["a", "b"].map(|name| Parameter::new(name, -10.0, 10.0)).into()
            }

            fn observables(&self) -> Vec<Observable> {
                ["x", "y"].map(Observable::new).into()
            }

            fn hypotheses(&self) -> Option<Hypotheses> {
                Some(Hypotheses::new([0.4, 0.5], [0.6, 0.5], [(0.2, 0.8), (0.2, 0.8)]))
            }

            fn simulate<R: Real>(&self, $theta: &[R], $trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
                $body
            }
        }
    };
}

fn report(simulator: &dyn Instrumented) -> SimulatorReport {
    let settings = SimulatorCheckSettings::new()
        .with_pairs(3)
        .with_events(2_000)
        .with_seed(3);
    check_simulator(simulator, &settings, &()).unwrap()
}

fn mined(simulator: &dyn Instrumented) -> Vec<SimulatorFault> {
    let hypotheses = simulator.hypotheses().unwrap();
    let design = Design::Prior {
        prior: Prior::uniform(hypotheses.prior).unwrap(),
        theta1: hypotheses.theta1,
    };
    Miner::new(simulator, design, 5).unwrap().faults(10_000, &()).unwrap()
}

fn fault<'a>(found: &'a [SimulatorFault], kind: &str, words: &[&str]) -> &'a SimulatorFault {
    let said = |fault: &SimulatorFault| fault.to_string();
    let matches = |fault: &&SimulatorFault| fault.kind == kind && words.iter().all(|word| said(fault).contains(word));
    found.iter().find(matches).unwrap_or_else(|| {
        panic!(
            "no {kind} with {words:?} among {:#?}",
            found.iter().map(said).collect::<Vec<_>>()
        )
    })
}

/// Finds the fault by the full check and before mining.
fn assert_found(simulator: &dyn Instrumented, kind: &str, words: &[&str]) -> SimulatorReport {
    let report = report(simulator);
    assert!(!report.pass());
    fault(&report.faults(), kind, words);
    fault(&mined(simulator), kind, words);
    report
}

fn normal<R: Real>(mean: R) -> Result<Normal<R>, Rejected> {
    Normal::new(mean, R::from(1.0))
}

faulty!(
    Healthy,
    "Two measurements, with noise that depends on a draw.",
    theta, trace => {
        let (x, y) = (trace.draw(normal(theta[0])?), trace.draw(normal(theta[1] * 2.0)?));
        Ok(vec![x, trace.noise(Normal::new(y, 0.1)?)])
    }
);

#[test]
fn healthy_simulator_passes() {
    let report = report(&Healthy);
    assert!(report.pass(), "{:#?}", report.faults());
    assert!(report.has_replays && report.pairs.len() == 3 && report.faults().is_empty());
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::from_str::<SimulatorReport>(&json).unwrap().pairs,
        report.pairs
    );
}

faulty!(
    Silenced,
    "Noise whose density depends on b.",
    theta, trace => {
        let x = trace.draw(normal(theta[0])?);
        let y = trace.draw(normal(theta[1])?);
        Ok(vec![x, y + trace.noise(Normal::new(theta[1].value() * 5.0, 0.1)?)])
    }
);

#[test]
fn noise_that_depends_on_a_parameter_is_named() {
    let words = [
        "choice 3 of a run, a `Normal` drawn as noise",
        "depends on `b`",
        "`draw` instead of `noise`",
    ];
    let report = assert_found(&Silenced, "noise", &words);
    assert!(
        report
            .faults()
            .iter()
            .all(|fault| !fault.message.contains("depends on `a`"))
    );
    fault(&report.faults(), "reweighting", &["`y` differs by"]);
}

faulty!(
    Shifted,
    "A shift by a after the draw.",
    theta, trace => {
        let (x, y) = (trace.draw(normal(theta[0])?), trace.draw(normal(theta[1])?));
        Ok(vec![x + theta[0].value(), y])
    }
);

#[test]
fn shift_after_the_draw_is_named() {
    let words = ["another `x` at another `a`, in 64 of 64 events: a shift after the draws"];
    let report = report(&Shifted);
    fault(&report.faults(), "observation", &words);
    fault(&report.faults(), "reweighting", &["`x` differs by"]);
    fault(&report.faults(), "derivative", &["x, a"]);
    fault(
        &mined(&Shifted),
        "observation",
        &["another `x` at another `a`, in 32 of 32 events: a shift after the draws"],
    );
}

faulty!(
    Loops,
    "Draws once more where b > 0.5.",
    theta, trace => {
        let x = trace.draw(normal(theta[0])?);
        let mut y = trace.draw(normal(theta[1])?);
        if theta[1].value() > 0.5 {
            y += trace.draw(normal(theta[1])?);
        }
        Ok(vec![x, y])
    }
);

#[test]
fn branch_that_changes_the_number_of_choices_is_named() {
    let words = [
        "make other choices where `b` passes 0.5",
        "a branch on the value of `b`",
        "make the branch a draw",
    ];
    assert_found(&Loops, "path", &words);
}

faulty!(
    Compares,
    "Compares b with a draw, so that the branch is no draw.",
    theta, trace => {
        let (x, y) = (trace.draw(normal(theta[0])?), trace.draw(normal(theta[1])?));
        Ok(vec![x, if y < theta[1].value() { 1.0 } else { 0.0 }])
    }
);

#[test]
fn branch_on_a_comparison_with_a_parameter_is_named() {
    assert_found(
        &Compares,
        "observation",
        &[
            "another `y` at another `b`",
            "a branch on the value of `b`",
            "make a branch on θ a draw",
        ],
    );
}

faulty!(
    Steps,
    "Draws from another density where a > 0.5.",
    theta, trace => {
        let mean = if theta[0].value() > 0.5 { theta[0] + 0.5 } else { theta[0] };
        Ok(vec![trace.draw(normal(mean)?), trace.draw(normal(theta[1])?)])
    }
);

#[test]
fn step_of_a_density_is_named_with_its_place() {
    let report = report(&Steps);
    fault(
        &report.faults(),
        "continuity",
        &["has a step of", "where `a` passes 0.5", "a branch on the value of `a`"],
    );
    assert!(!report.faults().iter().any(|fault| fault.kind == "observation"));
}

faulty!(
    Loses,
    "Loses the derivative by b on the way to the density.",
    theta, trace => {
        let half = theta[1] * 0.5 + theta[1].value() * 0.5;
        Ok(vec![trace.draw(normal(theta[0])?), trace.draw(normal(half)?)])
    }
);

#[test]
fn score_that_is_not_the_slope_is_named() {
    let words = [
        "the joint score of `b` is not the slope of ln p(x,z|θ) that the same choices have at b ± h",
        "a derivative was lost",
    ];
    let report = assert_found(&Loses, "finite_difference", &words);
    assert!(
        report
            .faults()
            .iter()
            .all(|fault| !fault.message.contains("score of `a`"))
    );
}

faulty!(
    Deaf,
    "Has a parameter b that reaches no density.",
    theta, trace => Ok(vec![trace.draw(normal(theta[0])?), trace.noise(Normal::new(0.0, 1.0)?)])
);

#[test]
fn score_that_is_always_zero_is_named() {
    assert_found(
        &Deaf,
        "sensitivity",
        &[
            "the joint score of `b` is exactly zero in all",
            "reaches the density of no draw",
        ],
    );
}

/// A rate that only `b` changes: it has no part in the density of an event, and need not have one.
struct RateOnly;

impl Simulator for RateOnly {
    fn name(&self) -> &str {
        "rate only"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Simulator::parameters(&Deaf)
    }

    fn observables(&self) -> Vec<Observable> {
        Simulator::observables(&Deaf)
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Simulator::hypotheses(&Deaf)
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        Deaf.simulate(theta, trace)
    }

    fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> {
        Some(theta[1])
    }
}

#[test]
fn parameter_of_the_rate_alone_may_have_no_score() {
    let report = report(&RateOnly);
    assert!(report.pass() && mined(&RateOnly).is_empty(), "{:#?}", report.faults());
}

/// Draws a count, of which it remembers one that is correct at θ = 0.5 only.
struct Misremembers;

impl Simulator for Misremembers {
    fn name(&self) -> &str {
        "misremembers"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("rate", 0.1, 10.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("n")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([2.0], [3.0], [(1.0, 4.0)]))
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let n = trace.draw(Poisson::new(theta[0])?);
        let log = Poisson::new(theta[0].value())?.log_density(&n);
        trace.remember(&[n as f64, log, theta[0].value()]);
        Ok(vec![n as f64])
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        // The mean is forgotten: exp(−θ) stays as it was.
        Ok((theta[0].ln() - memory[2].ln()) * memory[0] + memory[1])
    }
}

#[test]
fn memory_that_is_right_at_one_theta_only_is_found() {
    let found = report(&Misremembers).faults();
    fault(&found, "replay", &["from their memory than from their choices"]);
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
    theta, trace => Ok(vec![trace.draw(WrongScale(theta[0])), trace.draw(normal(theta[1])?)])
);

/// No replay sees a density that is not the one that is drawn from, and reweighted events do.
#[test]
fn density_that_is_not_drawn_from_is_found_by_reweighting() {
    let settings = SimulatorCheckSettings::new()
        .with_pairs(2)
        .with_events(10_000)
        .with_prior(Prior::uniform(vec![(-1.0, 1.0), (0.2, 0.8)]).unwrap());
    let found = check_simulator(&Misjudges, &settings, &()).unwrap().faults();
    fault(
        &found,
        "reweighting",
        &["`x` differs by", "a density is not the one that is drawn from"],
    );
    assert!(
        !found.iter().any(|fault| fault.message.contains("`y` differs")),
        "{found:#?}"
    );
}

struct Stopped;

impl Progress for Stopped {
    fn is_stopped(&self) -> bool {
        true
    }
}

#[test]
fn check_refuses_what_makes_no_sense_and_stops_on_request() {
    let settings = SimulatorCheckSettings::new;
    for wrong in [
        settings().with_pairs(0),
        settings().with_events(10),
        settings().with_replayed(0),
        settings().with_prior(Prior::uniform(vec![(0.0, 1.0)]).unwrap()),
    ] {
        assert!(check_simulator(&Healthy, &wrong, &()).unwrap_err().is_usage());
    }
    assert!(check_simulator(&Healthy, &settings(), &Stopped).is_err());
    assert!(
        Identity::ALL
            .iter()
            .all(|identity| Identity::from_name(identity.name()) == Some(*identity))
    );
}
