//! Default hypotheses are optional: a simulator without them can be mined, and whatever needs them says so.

use motherlode_core::gold::{Design, Miner, identities};
use motherlode_core::trace::density::Normal;
use motherlode_core::trace::{Instrumented, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Error, Real};
use motherlode_simulators::Coins;
use motherlode_stats::diagnostics::TestEvents;

/// A normal observation of mean θ, for any θ, without default hypotheses.
struct Location;

impl Simulator for Location {
    fn name(&self) -> &str {
        "location"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", f64::NEG_INFINITY, f64::INFINITY)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("x")]
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        Ok(vec![trace.draw(Normal::new(theta[0], R::from(1.0))?)])
    }
}

fn is_refused(error: &Error) -> bool {
    error.is_usage() && error.to_string().contains("location has no default hypotheses")
}

#[test]
fn a_simulator_without_hypotheses_is_mined_and_checked() {
    let (theta0, theta1) = (vec![0.5], vec![-0.5]);
    let found = identities(&Location, &theta0, &theta1, 2_000, 1).unwrap();
    assert!(found.pass(), "{:?}", found.failures().collect::<Vec<_>>());
    let design = Design::Pair { theta0, theta1 };
    let data = Miner::new(&Location, design, 1).unwrap().events(0..100).unwrap();
    // ln N(x; 0.5, 1) − ln N(x; −0.5, 1) = x
    let ratios = data.joint_log_ratio.unwrap();
    assert!(data.x.iter().zip(&ratios).all(|(x, log)| (x - log).abs() < 1e-12));
}

#[test]
fn needed_hypotheses_that_are_absent_are_a_usage_error() {
    assert!(is_refused(&Instrumented::hypotheses(&Location).unwrap_err()));
    assert!(is_refused(&TestEvents::new(&Location, 5_000, &()).unwrap_err()));
    assert_eq!(Instrumented::hypotheses(&Coins::default()).unwrap().theta_ref(), [0.5]);
}
