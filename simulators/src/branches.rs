//! A branch that is taken at random, several times: the shortest example of all.
//!
//! The program draws a random number and does one thing `if random() > 0.1 + 2.5 θ`, and another if not. Ten times over;
//! *x* is how often it did the first. *z* is the order in which the branches were taken. Written as it stands, the
//! branch hides its probability; drawn through a trace, it has the probability 0.9 − 2.5 θ, and
//! this is all of the instrumentation. The order carries no information on θ: the gold of an event is its exact answer.
//!
//! As a draw, p(x|θ) = C(10, x) (0.9 − 2.5 θ)ˣ (0.1 + 2.5 θ)¹⁰⁻ˣ.

use motherlode_core::Real;
use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::{Bernoulli, Binomial};
use motherlode_core::trace::{Density, Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};
use ndarray::{Array2, ArrayView2};

const REPETITIONS: u64 = 10;

/// A branch taken with probability 0.9 − 2.5 θ, ten times.
#[derive(Debug, Clone, Default)]
pub struct Branches;

/// The probability that a number below one, drawn uniformly, lies above 0.1 + 2.5 θ.
fn above<R: Real>(theta: R) -> R {
    -(theta * 2.5 + 0.1) + 1.0
}

impl Simulator for Branches {
    fn name(&self) -> &str {
        "branches"
    }

    fn about(&self) -> &str {
        "a branch `if random() > 0.1 + 2.5 θ` is met ten times; how often it is taken is counted"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", -0.04, 0.36).with_about("moves the threshold of the branch from 0 to 1")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("taken")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.12], [0.16], [(0.08, 0.24)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut taken = 0.0;
        for _ in 0..REPETITIONS {
            if trace.draw(Bernoulli::new(above(theta[0]))?) {
                taken += 1.0;
            }
        }
        Ok(vec![taken])
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Count)))
    }
}

/// The distribution of the number of times.
struct Count;

impl ExactDensity for Count {
    fn route(&self) -> &str {
        "closed form (binomial)"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let impossible = R::from(f64::NEG_INFINITY);
        let count = Binomial::new(REPETITIONS, above(theta[0]));
        let one = |x: f64| match &count {
            Ok(count) if x >= 0.0 && x.fract() == 0.0 => count.log_density(&(x as u64)),
            _ => impossible,
        };
        x.column(0).iter().map(|&x| one(x)).collect()
    }

    fn support(&self) -> Option<Array2<f64>> {
        Some(Array2::from_shape_fn((REPETITIONS as usize + 1, 1), |(x, _)| x as f64))
    }
}
