//! A walker in continuous time: the exact test of everything that is simulated event by event.
//!
//! A walker on a line of integers starts at 0. It steps up at rate θ and down at rate 100, for one unit of time, and
//! *x* is where it ends. *z* is the whole walk: when each step came, and which way it went. Walks are simulated as
//! chemical reactions are (Gillespie's algorithm): draw the time of the next step, draw its direction, repeat. The
//! interval in which the clock runs out is an outcome too, "no further step", and has its own probability.
//!
//! Steps up and steps down are independent Poisson processes, so x is the difference of two Poisson variables
//! (Skellam's distribution): a sum over one of them gives p(x|θ).

use motherlode_core::likelihood::{Exact, ExactDensity, Truth};
use motherlode_core::trace::density::Race;
use motherlode_core::trace::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Real, Result, Special};
use ndarray::ArrayView2;

const RATE_DOWN: f64 = 100.0;
const DURATION: f64 = 1.0;

/// A continuous-time random walk with rate θ up and rate 100 down.
#[derive(Debug, Clone, Default)]
pub struct RandomWalk;

impl Simulator for RandomWalk {
    fn name(&self) -> &str {
        "random-walk"
    }

    fn about(&self) -> &str {
        "a walker steps up at rate θ and down at rate 100 for a unit of time; the end point is observed"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("rate_up", 0.0, 1000.0).with_about("steps up in a unit of time")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("position")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([130.0], [100.0], [(70.0, 140.0)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let rates = [theta[0], R::from(RATE_DOWN)];
        let (mut up, mut down, mut time) = (0.0, 0.0, 0.0);
        while let Some((dt, direction)) = trace.draw(Race::new(&rates, DURATION - time)?) {
            time = DURATION.min(time + dt);
            match direction {
                0 => up += 1.0,
                _ => down += 1.0,
            }
        }
        trace.remember(&[up, down, DURATION]);
        Ok(vec![up - down])
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    /// ln p = n₊ ln θ + n₋ ln 100 − (θ + 100) T: the walk's probability asks for two counts and a duration only.
    ///
    /// The second term does not depend on θ, and n₊ and T alone would do; with it, the sum is the one of the steps.
    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let &[up, down, duration] = memory else {
            return Err(Rejected::Invalid(format!(
                "a walk is remembered by 3 numbers (steps up, steps down, duration), got {}",
                memory.len()
            )));
        };
        let moves = if up == 0.0 { R::from(0.0) } else { theta[0].ln() * up };
        Ok(moves + down * RATE_DOWN.ln() - (theta[0] + RATE_DOWN) * duration)
    }

    fn truth(&self) -> Option<Box<dyn Truth>> {
        Some(Box::new(Exact(Skellam)))
    }
}

/// The distribution of steps up less steps down.
struct Skellam;

impl Skellam {
    /// ln Σ Pois(n₊|μ₊) Pois(n₋|100) over n₊ − n₋ = x, by the smaller of the two counts.
    fn log_probability<R: Real>(x: f64, up: R) -> R {
        if x.fract() != 0.0 {
            return R::from(f64::NEG_INFINITY);
        }
        let product = up * RATE_DOWN * DURATION;
        let excess = x.abs();
        let drift = match x {
            x if x > 0.0 => up.ln() * x,
            x => R::from(-x * (RATE_DOWN * DURATION).ln()),
        };
        drift + Self::log_pairs(excess, product) - up - RATE_DOWN * DURATION
    }

    /// ln Σⱼ qʲ / (j! (j + a)!).
    ///
    /// Terms are counted in units of the largest, from which both tails are followed by their ratios: nothing
    /// overflows, and a derivative needs no exponential.
    fn log_pairs<R: Real>(a: f64, q: R) -> R {
        let mode = (q.re() / ((q.re() + 0.25 * a * a).sqrt() + 0.5 * a)).floor().max(0.0); // 0/0 at q = a = 0
        let mut sum = R::from(1.0);
        let (mut term, mut j) = (R::from(1.0), mode);
        while term.re() > f64::EPSILON * 1e-3 {
            j += 1.0;
            term = term * q / (j * (j + a));
            sum += term;
        }
        (term, j) = (R::from(1.0), mode);
        while j > 0.0 && term.re() > f64::EPSILON * 1e-3 {
            term = term / q * (j * (j + a));
            j -= 1.0;
            sum += term;
        }
        let largest = (mode + 1.0).ln_gamma_function() + (mode + a + 1.0).ln_gamma_function();
        let weight = if mode > 0.0 { q.ln() * mode } else { R::from(0.0) };
        sum.ln() + weight - largest
    }
}

impl ExactDensity for Skellam {
    fn route(&self) -> &str {
        "sum over the steps down (Skellam)"
    }

    fn shape(&self) -> (usize, usize) {
        (1, 1)
    }

    fn log_density<R: Real>(&self, x: ArrayView2<f64>, theta: &[R]) -> Vec<R> {
        let up = theta[0] * DURATION;
        x.column(0).iter().map(|&x| Self::log_probability(x, up)).collect()
    }
}
